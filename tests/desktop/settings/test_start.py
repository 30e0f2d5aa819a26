"""The start page over a desk at work, and recordings that are plainly none."""

import asyncio
import subprocess
import sys

import pytest

from core.scope import LIVE, Scope
from desktop.messages import Level
from desktop.recordings import Recordings, _Child, complaint
from desktop.server import ServerPlace
from desktop.settings.setting import SettingError


def test_the_page_comes_when_asked_for_goes_and_changes_the_server(play):
    async def scenario(stage):
        app, window = stage.app, stage.app.windows[0]
        app.commands.run("start.page", window)
        page = app.start.page
        assert page.geometry() == window.manager.geometry()
        page.left.emit()
        assert app.start.page is None
        app.commands.run("start.page", window)
        page, bus = app.start.page, app.bus
        page.server.setText("nonsense://x")
        page.connect_button.click()
        await stage.until(lambda: "nats://host:port" in page.said.text(), "what is wrong")
        page.server.setText(stage.url)
        page.connect_button.click()
        await stage.until(lambda: app.bus is not bus and app.bus.connected, "the other connection")
        assert app.settings.current.start_with == "server"

    play(scenario)


def test_research_opens_its_workspace_once_with_an_empty_list_that_says_what_is_next(play, research_home):
    async def scenario(stage):
        app = stage.app
        for _ in range(2):
            app.commands.run("start.page", app.windows[0])
            app.start.page.research_button.click()
            await stage.until(lambda: app.start.page is None and app.workspaces.name == "Research")
        assert [name for name in app.workspaces.store.names if name == "Research"] == ["Research"]
        panel = app.research.runs_panel(app.windows[0])
        await stage.until(lambda: panel.state.title == "No runs yet", "the empty list")
        assert panel.state.actions[0] == "Import data"

    play(scenario)


@pytest.mark.parametrize("size", [(1_600, 1_000), (900, 640), (700, 900)])
def test_every_way_to_begin_is_seen_whole(play, size):
    async def scenario(stage):
        window = stage.app.windows[0]
        window.resize(*size)
        stage.app.commands.run("start.page", window)
        page = stage.app.start.page
        buttons = (page.demo_button, page.research_button, page.open_button, page.connect_button)

        def are_whole():
            ends = [button.mapTo(page, button.rect().bottomRight()) for button in buttons]
            return all(page.rect().contains(end) for end in ends)

        await stage.until(lambda: page.width() > size[0] - 20 and are_whole(), "all of them")
        page.left.emit()

    play(scenario)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("picture.png", "ends with .tape, .dbn"), ("gone.parquet", "is not there: choose another file")],
)
def test_what_is_no_recording_is_named_with_the_remedy_and_starts_nothing(play, tmp_path, name, remedy):
    (tmp_path / "picture.png").write_bytes(b"x")

    async def scenario(stage):
        assert not stage.app.recordings.open(tmp_path / name)
        assert remedy in stage.app.messages.all[-1].text
        assert stage.app.recordings.children == {}

    play(scenario)


def test_a_recording_is_told_by_its_name(tmp_path):
    for name in ("a.DBN", "b.dbn.zst", "c.parquet"):
        (tmp_path / name).write_bytes(b"")
        assert complaint(tmp_path / name) == ""


def test_a_login_in_the_address_is_refused_and_never_on_a_command_line(play, tmp_path):
    (tmp_path / "a.dbn").write_bytes(b"")

    async def scenario(stage):
        app, window = stage.app, stage.app.windows[0]
        for server in ("nats://ann:pa55@127.0.0.1:4222", "ann:pa55@127.0.0.1:4222"):
            with pytest.raises(SettingError, match="credentials file"):
                app.settings.change("server", server)
        app.commands.run("start.page", window)
        page, bus = app.start.page, app.bus
        page.server.setText("ann:pa55@127.0.0.1:4222")
        page.connect_button.click()
        await stage.until(lambda: "credentials file" in page.said.text(), "why not")
        assert app.bus is bus
        page.left.emit()

        app.start.place = ServerPlace("nats://ann:pa55@127.0.0.1:4222")
        assert not app.recordings.open(tmp_path / "a.dbn")
        assert "holds a login" in app.messages.all[-1].text
        assert "pa55" not in app.messages.all[-1].text

    play(scenario)


def test_a_recording_from_the_page_later_on_stays_on_the_same_server(play, tmp_path):
    async def scenario(stage):
        app, window = stage.app, stage.app.windows[0]
        app.start._chosen = asyncio.get_running_loop().create_future()  # as after a first start with the page
        app.start._chosen.set_result(app.bus.server)
        app.commands.run("start.page", window)
        bus, place = app.bus, app.start.place
        page = app.start.page
        page.set_busy(True)
        page.recording.emit(tmp_path / "dropped.dbn")
        await stage.until(lambda: "start-recording" not in app.tasks.running, "the end of it")
        assert app.start.page is page, "nothing is begun while a server is tried"
        page.set_busy(False)
        page.recording.emit(tmp_path / "gone.dbn")
        await stage.until(lambda: app.start.page is None, "the page to go")
        assert (app.bus, app.start.place) == (bus, place)
        assert "gone.dbn is not there" in app.messages.all[-1].text

    play(scenario)


def test_a_recording_whose_window_has_gone_turns_no_other_window_over(play):
    async def scenario(stage):
        app = stage.app
        asked = app.windows[1]
        asked.close()
        app.recordings._show(Scope("day"), asked)
        assert [window.scope for window in app.windows] == [LIVE]
        message = app.messages.all[-1]
        assert "day plays" in message.text
        message.link.run()
        assert [window.scope for window in app.windows] == [LIVE, Scope("day")]

    play(scenario, windows=2)


def test_a_recording_that_the_desk_ends_itself_is_no_failure(play, tmp_path, monkeypatch):
    path = tmp_path / "a.dbn"
    path.write_bytes(b"")

    def start(_recordings, _path, name):
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        return _Child(name, subprocess.Popen(command, stdin=subprocess.PIPE), tmp_path / "said")

    monkeypatch.setattr(Recordings, "_start", start)

    async def scenario(stage):
        app = stage.app
        assert app.recordings.open(path)
        await stage.until(lambda: app.recordings.children, "the child")
        await app.recordings.close()
        await stage.until(lambda: "open-a.dbn" not in app.tasks.running, "its end")
        assert not any(message.level is Level.ERROR for message in app.messages.all)

    play(scenario)
