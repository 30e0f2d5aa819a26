"""Bookmarks outlive the session, stay within their bound, and a damaged file costs nothing but itself."""

from pathlib import Path

import pytest

from aggregator.replay.bookmarks import BOOKMARKS_MAX, BookmarkError, Bookmarks


def test_they_are_there_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "marks.json"
    marks = Bookmarks(path)
    marks.put(300, "open  \n auction")
    marks.put(100, "first")
    marks.put(300, "Auction é")
    marks.put(900, "of another tape")
    marks.put(200, "gone")
    marks.remove(200)
    again = Bookmarks(path)
    assert [(each.tape_ns, each.name) for each in again.within(50, 500)] == [
        (100, "first"),
        (300, "Auction é"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["marks.json"]


def test_what_cannot_be_kept_is_refused_with_the_remedy(tmp_path: Path) -> None:
    marks = Bookmarks()
    for at in range(BOOKMARKS_MAX):
        marks.put(at, "")
    marks.put(0, "renamed")
    with pytest.raises(BookmarkError, match="remove one first"):
        marks.put(BOOKMARKS_MAX, "one more")
    with pytest.raises(BookmarkError, match="at most 40"):
        marks.put(0, "x" * 41)
    with pytest.raises(BookmarkError, match="no bookmark at this time"):
        marks.remove(BOOKMARKS_MAX)
    nowhere = Bookmarks(tmp_path / "missing" / "marks.json")
    with pytest.raises(BookmarkError, match="cannot be written"):
        nowhere.put(1, "a")
    assert nowhere.within(0, 10) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"bookmarks": 5}', '{"bookmarks": [{"tape_ns": "x"}]}'])
def test_a_damaged_file_is_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "marks.json"
    path.write_text(text)
    marks = Bookmarks(path)
    assert marks.within(0, 10**19) == []
    marks.put(5, "new")
    assert len(Bookmarks(path).within(0, 10)) == 1
    (aside,) = [each for each in tmp_path.iterdir() if "unreadable" in each.name]
    assert aside.read_text() == text
