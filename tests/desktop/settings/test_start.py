"""The start page over a desk at work, and recordings that are plainly none."""

import pytest

from desktop.recordings import complaint


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
