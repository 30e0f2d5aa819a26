"""A bookmark's name that can be typed is one that a session keeps."""

from aggregator.replay.bookmarks import Bookmarks
from desktop.panels.player.panel import NAME_CHARACTERS_MAX


def test_the_longest_name_that_can_be_typed_is_kept() -> None:
    marks = Bookmarks()
    marks.put(5, "n" * NAME_CHARACTERS_MAX)
    assert marks.within(0, 10)[0].name == "n" * NAME_CHARACTERS_MAX
