"""The start page over a desk at work, and recordings that are plainly none."""

import pytest

from desktop.recordings import complaint
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
