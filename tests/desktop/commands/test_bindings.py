"""Which key calls what, after any row of changes a person can make."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.state.versioned_file import StateError
from desktop.actions import Action, Actions
from desktop.commands.all_actions import all_actions
from desktop.commands.bindings import KEYS_AN_ACTION_MAX, KeyBindings
from desktop.commands.key_texts import caps, normal_keys, panel_keys, why_not

KEYS = ("Ctrl+N", "Ctrl+M", "Alt+1", "F5", "Ctrl+Shift+N")
IDS = ("a.one", "a.two", "a.three")


def registry(*defaults: tuple[str, ...]) -> Actions:
    actions = Actions()
    for action_id, keys in zip(IDS, defaults, strict=True):
        actions.add(Action(action_id, action_id, "A", lambda _at: None, keys))
    return actions


def bindings() -> KeyBindings:
    return KeyBindings(registry(("Ctrl+N",), ("F5", "Alt+1"), ()))


def test_no_two_actions_of_the_desk_begin_with_the_same_key_and_each_key_can_be_had() -> None:
    actions = all_actions()
    keys = KeyBindings(actions)
    for action in actions:
        spelled = tuple(normal_keys(text) for text in action.keys)
        assert keys.keys(action.id) == spelled, f"{action.id} shares a key with another action"
        assert all(spelled), action.id
        for text in spelled:
            assert not why_not(text), (action.id, why_not(text))


def test_a_key_given_to_one_action_is_taken_from_the_other() -> None:
    keys = bindings()
    keys.add("a.three", "Ctrl+N")
    assert keys.keys("a.three") == ("Ctrl+N",)
    assert keys.keys("a.one") == ()
    assert keys.is_changed("a.one")
    keys.reset("a.one")
    assert keys.keys("a.one") == ("Ctrl+N",)
    assert keys.keys("a.three") == ()


def test_an_action_may_have_several_keys_but_not_endlessly_many() -> None:
    keys = bindings()
    for number in range(1, KEYS_AN_ACTION_MAX):
        keys.add("a.one", f"Ctrl+F{number}")
    with pytest.raises(StateError, match="remove one first"):
        keys.add("a.one", "Ctrl+F9")
    assert keys.keys("a.one") == ("Ctrl+N", "Ctrl+F1", "Ctrl+F2", "Ctrl+F3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", "typed as text"),
        ("Shift+M", "typed as text"),
        ("Space", "typed as text"),
        ("Ctrl+0", "belongs to Chart: Automatic prices"),
        ("Ctrl+C", "belongs to Watchlist: Copy the selected rows"),
        ("Left", "moves in lists"),
        ("Escape", "moves in lists"),
        ("Nonsense+Q", "no key"),
        ("Ctrl+A, Ctrl+B", "no key"),
        ("Ctrl", "no key"),
        ("", "no key"),
    ],
)
def test_keys_that_somebody_else_needs_are_refused_with_the_reason(text: str, words: str) -> None:
    keys = bindings()
    assert words in keys.refusal(text)
    with pytest.raises(StateError, match=words):
        keys.add("a.one", text)
    assert keys.keys("a.one") == ("Ctrl+N",)


def test_what_was_chosen_goes_before_a_default_that_a_newer_desk_brings() -> None:
    keys = bindings()
    keys.add("a.three", "Alt+2")
    newer = KeyBindings(registry(("Alt+2",), ("F5",), ()))
    newer.restore(keys.saved())
    assert newer.keys("a.three") == ("Alt+2",)
    assert newer.keys("a.one") == ()


def test_keys_of_an_action_that_this_desk_does_not_know_stay_in_the_file() -> None:
    keys = bindings()
    keys.restore({"keys": {"of.later": ["Ctrl+J"], "a.one": []}})
    keys.add("a.two", "Ctrl+M")
    assert keys.saved()["keys"]["of.later"] == ["Ctrl+J"]
    assert keys.keys("a.one") == ()


def test_a_key_in_the_file_that_a_panel_has_by_now_only_does_not_work() -> None:
    keys = bindings()
    keys.restore({"keys": {"a.one": ["Ctrl+0", "Ctrl+M"], "a.two": ["Q"]}})
    assert keys.keys("a.one") == ("Ctrl+M",)
    assert keys.keys("a.two") == ()
    assert keys.saved()["keys"]["a.one"] == ["Ctrl+0", "Ctrl+M"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"keys": []},
        {"keys": {"a.one": "Ctrl+N"}},
        {"keys": {"a.one": [5]}},
        {"keys": {"a.one": ["Nonsense+Q"]}},
        {"keys": {"a.one": ["Ctrl+1"] * 5}},
        {"keys": {f"a.{number}": [] for number in range(2_001)}},
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(data: dict[str, object]) -> None:
    keys = bindings()
    keys.add("a.one", "Ctrl+M")
    with pytest.raises(StateError):
        keys.restore(data)
    assert keys.keys("a.one") == ("Ctrl+N", "Ctrl+M")


acts = st.one_of(
    st.tuples(st.sampled_from(("add", "remove")), st.sampled_from(IDS), st.sampled_from(KEYS)),
    st.tuples(st.just("reset"), st.sampled_from(IDS)),
    st.tuples(st.just("reset_all")),
)


@given(st.lists(acts, max_size=12))
def test_after_any_changes_a_key_calls_one_action_and_the_file_says_the_same(
    acts: list[tuple[str, ...]],
) -> None:
    keys = bindings()
    for name, *values in acts:
        try:
            getattr(keys, name)(*values)
        except StateError:
            assert name == "add"
    held = [text for action_id in IDS for text in keys.keys(action_id)]
    assert len(held) == len(set(held))
    assert all(keys.holder(text) and text in keys.keys(keys.holder(text)) for text in held)
    again = bindings()
    again.restore(keys.saved())
    assert [again.keys(action_id) for action_id in IDS] == [keys.keys(action_id) for action_id in IDS]
    keys.reset_all()
    assert not keys.any_changed
    assert keys.saved() == {"keys": {}}


def test_every_key_of_a_panel_is_spelled_as_qt_does() -> None:
    for panel_key in panel_keys():
        for text in panel_key.keys:
            assert normal_keys(text) == text


def test_caps_are_what_stands_on_a_keyboard() -> None:
    assert caps("Ctrl+Shift+N") == ("Ctrl", "Shift", "N")
    assert caps("Ctrl++") == ("Ctrl", "+")
    assert caps("+") == ("+",)
    assert caps("Ctrl+Up") == ("Ctrl", "↑")
