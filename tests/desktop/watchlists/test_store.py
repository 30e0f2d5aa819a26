"""Watchlists are kept, in order, over renames, deletions, restarts and damaged files."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.instruments import InstrumentKey
from core.tasks import TaskSet
from desktop.watchlists import store as stores
from desktop.watchlists.store import WatchlistStore
from desktop.watchlists.watchlist import WatchlistError

A, B, C, D = (InstrumentKey("BINF", name) for name in "ABCD")
COLON = InstrumentKey("EX:1%", "SYM:BOL")


def failed(name: str, error: BaseException) -> None:
    raise AssertionError(name) from error


async def opened(path: Path, said: list[str] | None = None) -> WatchlistStore:
    return WatchlistStore(
        path / "watchlists.json", TaskSet(failed), (said if said is not None else []).append
    )


async def test_lists_and_recents_come_back_in_their_order(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    store.create("Majors", (B, A))
    store.create("Odd ones", (COLON,))
    store.recents.use(A)
    store.recents.use(COLON)
    store.flush()
    again = await opened(tmp_path)
    assert [(each.name, each.keys) for each in again.lists] == [("Majors", (B, A)), ("Odd ones", (COLON,))]
    assert again.recents.keys == (COLON, A)
    assert [each.id for each in again.lists] == [each.id for each in store.lists]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("  ", "A watchlist needs a name"),
        (" majors", "There is a watchlist “Majors” already: choose another name"),
        ("x" * 61, "A name has 60 letters at most, this one 61"),
        ("a\x07b", "There is a character in the name that cannot be shown"),
    ],
)
async def test_a_name_that_cannot_be_is_refused_in_words(tmp_path: Path, name: str, words: str) -> None:
    store = await opened(tmp_path)
    store.create("Majors")
    other = store.create("Other")
    for refused in (lambda: store.create(name), lambda: store.rename(other.id, name)):
        with pytest.raises(WatchlistError) as told:
            refused()
        assert str(told.value) == words
    assert [each.name for each in store.lists] == ["Majors", "Other"]
    store.rename(other.id, "other")  # another case of its own name
    store.flush()


async def test_a_deleted_list_comes_back_to_its_place_even_when_its_name_was_taken(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    first, second = store.create("One", (A,)), store.create("Two")
    store.delete(first.id)
    assert store.get(first.id) is None
    store.create("One")
    assert store.undo(first.id) == "Deleted “One”"
    assert [each.name for each in store.lists] == ["One 2", "Two", "One"]
    assert store.lists[0].keys == (A,)
    assert store.undo(second.id) == ""
    store.flush()


async def test_rows_are_added_moved_removed_and_every_step_is_undone(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    kept = store.create("One").id

    def rows() -> str:
        found = store.get(kept)
        assert found is not None
        return "".join(key.symbol for key in found.keys)

    assert store.add(kept, (A, B, A)).added == 2
    assert store.add(kept, (B, C), before=A).known == 1
    assert rows() == "CAB"
    store.place(kept, (B,), before=C)
    assert rows() == "BCA"
    store.place(kept, (B, C), before=B)  # dropped on itself
    assert rows() == "BCA"
    store.place(kept, (B,), before=None)
    assert rows() == "CAB"
    assert store.remove(kept, (A, D)) == 1
    assert rows() == "CB"
    for was in ("CAB", "BCA", "CAB", "AB", ""):
        assert store.undo(kept)
        assert rows() == was
    assert not store.can_undo(kept)
    store.flush()


async def test_a_list_is_bounded_and_says_what_was_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "ROWS_MAX", 3)
    monkeypatch.setattr(stores, "LISTS_MAX", 2)
    store = await opened(tmp_path)
    kept = store.create("One", (A, B))
    assert store.add(kept.id, (C, D)).left_out == 1
    store.create("Two")
    with pytest.raises(WatchlistError, match="There are 2 watchlists: delete one first"):
        store.create("Three")
    with pytest.raises(WatchlistError, match="does not exist any more"):
        store.add("gone", (A,))
    store.flush()


async def test_listeners_hear_which_list_is_another(tmp_path: Path) -> None:
    store = await opened(tmp_path)
    heard: list[str] = []
    store.changed.connect(heard.append)
    kept = store.create("One").id
    copy = store.duplicate(kept)
    assert copy.name == "One copy"
    store.add(kept, (A,))
    store.add(kept, (A,))  # nothing new
    store.move(copy.id, 0)
    assert heard == [kept, copy.id, kept, copy.id]
    assert [each.id for each in store.lists] == [copy.id, kept]
    store.flush()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"version": 1, "lists": 3}',
        '{"version": 1, "lists": [{"id": "a", "name": "A", "symbols": ["NOCOLON"]}]}',
        '{"version": 1, "lists": [{"id": "a", "name": "A"}, {"id": "a", "name": "B"}]}',
        '{"version": 9}',
    ],
)
async def test_a_damaged_file_is_set_aside_and_the_one_before_is_used(tmp_path: Path, text: str) -> None:
    store = await opened(tmp_path)
    store.create("One", (A,))
    store.flush()
    store.create("Two")
    store.flush()
    (tmp_path / "watchlists.json").write_text(text)
    said: list[str] = []
    again = await opened(tmp_path, said)
    assert [each.name for each in again.lists] == ["One"]
    assert len(said) == 1
    assert "watchlists.unreadable-1.json" in said[0]
    assert (tmp_path / "watchlists.unreadable-1.json").read_text() == text


KEYS = [InstrumentKey("X", str(n)) for n in range(6)]
changes = st.one_of(
    st.tuples(st.just("add"), st.lists(st.sampled_from(KEYS)), st.sampled_from([None, *KEYS])),
    st.tuples(st.just("remove"), st.lists(st.sampled_from(KEYS)), st.none()),
    st.tuples(st.just("place"), st.lists(st.sampled_from(KEYS)), st.sampled_from([None, *KEYS])),
)


@given(st.lists(changes, max_size=12))
@settings(deadline=None)
def test_no_change_loses_or_doubles_a_row_and_undo_goes_back_all_the_way(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[str, list[InstrumentKey], InstrumentKey | None]],
) -> None:
    async def acts() -> None:
        store = await opened(tmp_path_factory.mktemp("lists"))
        kept = store.create("One").id
        past = [store.lists[0].keys]
        for kind, keys, before in steps:
            was = past[-1]
            if kind == "add":
                store.add(kept, keys, before)
                wanted = set(was) | set(keys)
            elif kind == "remove":
                store.remove(kept, keys)
                wanted = set(was) - set(keys)
            else:
                store.place(kept, keys, before)
                wanted = set(was)
            now = store.lists[0].keys
            assert set(now) == wanted
            assert len(now) == len(wanted)
            untouched = [key for key in was if key in now and (kind != "place" or key not in keys)]
            assert [key for key in now if key in untouched] == untouched, "the others keep their order"
            if now != was:
                past.append(now)
        while len(past) > 1:
            past.pop()
            assert store.undo(kept)
            assert store.lists[0].keys == past[-1]
        assert store.undo(kept) == ""
        store.flush()

    asyncio.run(acts())
