"""Link groups without a widget: in any order of acts destinations show their group's symbol; no loops."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from core.market.instruments import InstrumentKey
from core.market.intervals import Interval, seconds
from core.scope import LIVE, Scope
from core.state.versioned_file import StateError
from desktop.links import LinkGroups, PanelLink
from desktop.links_terms import GROUPS, Carried, LinkRole, TimeStretch

KEYS = tuple(InstrumentKey("BINF", f"S{number}") for number in range(4))
REPLAY = Scope("eth")
SCOPES = {LIVE: frozenset(KEYS), REPLAY: frozenset(KEYS[:2])}


@dataclass(eq=False)
class Panel:
    """A panel as a test's own; with `echoes` it tells back all that it is told, as no panel may."""

    scope: Scope = LIVE
    symbol: InstrumentKey | None = None
    interval: Interval | None = None
    echoes: bool = False
    calls: int = 0
    marked_ns: int | None = None
    stretch: TimeStretch | None = None
    own: InstrumentKey | None = None  # chosen in it by hand
    link: PanelLink = field(init=False)

    def link_scope(self) -> Scope:
        return self.scope

    def link_symbol(self) -> InstrumentKey | None:
        return self.symbol

    def link_interval(self) -> Interval | None:
        return self.interval

    def show_link_symbol(self, key: InstrumentKey) -> str:
        self.calls += 1
        if key not in SCOPES[self.scope]:
            return f"{key.symbol} is not in this scope"
        self.symbol, self.own = key, None
        if self.echoes:
            self.link.chose_symbol(key)
        return ""

    def show_link_interval(self, interval: Interval) -> None:
        self.calls += 1
        self.interval = interval
        if self.echoes:
            self.link.chose_interval(interval)

    def show_link_cursor(self, time_ns: int | None) -> None:
        self.calls += 1
        self.marked_ns = time_ns

    def show_stretch(self, stretch: TimeStretch) -> None:
        self.calls += 1
        self.stretch = stretch
        if self.echoes:
            self.link.moved_view(stretch)

    def choose(self, key: InstrumentKey) -> None:
        """By hand."""
        self.symbol = self.own = key
        self.link.chose_symbol(key)


def panel(links: LinkGroups, number: int = 1, role: LinkRole = LinkRole.BOTH, **made: object) -> Panel:
    made_panel = Panel(**made)  # type: ignore[arg-type]
    made_panel.link = links.join(made_panel, number, role)
    return made_panel


class AnySequence(RuleBasedStateMachine):
    """Joins, role changes, symbols, scopes, switches and closes in any order."""

    panels = Bundle("panels")

    def __init__(self) -> None:
        super().__init__()
        self.links = LinkGroups()
        self.open: list[Panel] = []

    def _after(self) -> None:
        """No storm: one act tells each panel at most once."""
        for one in self.open:
            assert one.calls <= 1, f"told {one.calls} times"
            one.calls = 0

    @rule(
        target=panels,
        number=st.integers(0, 2),
        role=st.sampled_from(LinkRole),
        scope=st.sampled_from((LIVE, REPLAY)),
        symbol=st.sampled_from((None, *KEYS[:2])),
        echoes=st.booleans(),
    )
    def join(
        self, number: int, role: LinkRole, scope: Scope, symbol: InstrumentKey | None, echoes: bool
    ) -> Panel:
        made = Panel(scope, symbol, echoes=echoes)
        made.link = self.links.join(made, 0, role)
        made.own = symbol
        self.open.append(made)
        made.link.set_group(number)
        self._after()
        return made

    @rule(one=panels, key=st.sampled_from(KEYS))
    def choose(self, one: Panel, key: InstrumentKey) -> None:
        if key in SCOPES[one.scope]:
            one.choose(key)
            self._after()

    @rule(one=panels, number=st.integers(0, 2))
    def move(self, one: Panel, number: int) -> None:
        one.link.set_group(number)
        self._after()

    @rule(one=panels, role=st.sampled_from(LinkRole))
    def set_role(self, one: Panel, role: LinkRole) -> None:
        one.link.set_role(role)
        self._after()

    @rule(one=panels, scope=st.sampled_from((LIVE, REPLAY)))
    def change_scope(self, one: Panel, scope: Scope) -> None:
        one.scope = scope
        one.link.scope_changed()
        self._after()

    @rule(one=panels)
    def offer(self, one: Panel) -> None:
        if one.symbol in SCOPES[one.scope] and one.symbol is not None:
            one.link.offer_symbol(one.symbol)
            self._after()

    @rule(one=panels, on=st.booleans(), what=st.sampled_from(Carried))
    def switch(self, one: Panel, on: bool, what: Carried) -> None:
        if one.link.is_linked:
            self.links.set_carried(one.link.number, what, on, by=one.link)
            self._after()

    @rule(one=consumes(panels))
    def close(self, one: Panel) -> None:
        one.link.leave()
        self.open.remove(one)
        self._after()
        assert not one.link.is_linked

    @invariant()
    def destinations_show_the_symbol_of_their_group(self) -> None:
        for one in self.open:
            group = one.link.group
            is_told = group is not None and Carried.SYMBOL in group.carried and one.link.role.takes
            if group is None or group.symbol is None or not is_told:
                assert not one.link.reason
            elif not one.link.reason:
                assert one.symbol == group.symbol
            else:  # it says so: its scope lacks it, or a hand gave a mere destination another
                lacks = group.symbol not in SCOPES[one.scope]
                assert lacks or (one.link.role is LinkRole.DESTINATION and one.own is not None)

    @invariant()
    def mere_sources_show_what_a_hand_chose_in_them(self) -> None:
        for one in self.open:
            assert one.link.role.takes or one.own in (None, one.symbol)

    @invariant()
    def every_open_panel_is_in_the_group_its_link_says(self) -> None:
        for number in range(1, GROUPS + 1):
            group = self.links.group(number)
            assert group is not None
            assert group.members == [one.link for one in self._in_order(group.members)]
            assert group.members or group.symbol is None

    def _in_order(self, links: list[PanelLink]) -> list[Panel]:
        return [one for link in links for one in self.open if one.link is link and link.number]


TestAnySequence = AnySequence.TestCase
TestAnySequence.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)


def test_a_row_chosen_in_a_source_reaches_destinations_and_never_another_source() -> None:
    links = LinkGroups()
    rows = panel(links, role=LinkRole.SOURCE, symbol=KEYS[0])
    follows = panel(links, role=LinkRole.DESTINATION)
    other = panel(links, role=LinkRole.SOURCE, symbol=KEYS[3])
    elsewhere = panel(links, number=2, symbol=KEYS[2])
    assert follows.symbol == KEYS[0], "the group is shown at once"
    rows.choose(KEYS[1])
    assert [one.symbol for one in (follows, other, elsewhere)] == [KEYS[1], KEYS[3], KEYS[2]]


def test_a_destination_given_a_symbol_by_hand_keeps_it_until_the_group_has_another() -> None:
    links = LinkGroups()
    rows, follows = panel(links, symbol=KEYS[0]), panel(links, role=LinkRole.DESTINATION)
    follows.choose(KEYS[2])
    assert rows.symbol == KEYS[0]
    assert follows.link.reason == "it has a symbol of its own until the group's changes"
    rows.choose(KEYS[1])
    assert (follows.symbol, follows.link.reason) == (KEYS[1], "")


def test_a_symbol_that_a_scope_does_not_have_leaves_its_panel_where_it_is_and_says_so() -> None:
    links = LinkGroups()
    live, replay = panel(links, symbol=KEYS[0]), panel(links, scope=REPLAY)
    live.choose(KEYS[3])
    assert (replay.symbol, replay.link.reason) == (KEYS[0], "S3 is not in this scope")
    replay.scope = LIVE
    replay.link.scope_changed()
    assert (replay.symbol, replay.link.reason) == (KEYS[3], "")


def test_an_automatic_choice_never_takes_the_symbol_from_a_panel_that_shows_it() -> None:
    links = LinkGroups()
    live, replay = panel(links, symbol=KEYS[3]), panel(links, scope=REPLAY)
    assert replay.link.reason
    assert not replay.link.offer_symbol(KEYS[0])
    live.scope = REPLAY
    live.link.scope_changed()
    assert replay.link.offer_symbol(KEYS[0]), "nobody shows it any more"
    assert live.symbol == KEYS[0]


def test_time_stays_in_one_scope_and_leaves_with_its_source() -> None:
    links = LinkGroups()
    one, same, other = panel(links), panel(links), panel(links, scope=REPLAY)
    one.link.moved_cursor(5)
    one.link.moved_view(TimeStretch(1, 9, False))
    assert (same.marked_ns, other.marked_ns) == (5, None)
    assert (same.stretch, other.stretch) == (TimeStretch(1, 9, False), None)
    one.link.set_group(2)
    assert same.marked_ns is None
    one.link.set_group(1)
    one.link.moved_cursor(7)
    links.set_carried(1, Carried.TIME, False)
    assert same.marked_ns is None
    one.link.moved_cursor(8)
    assert (same.marked_ns, one.link.is_heard) == (None, False)


def test_the_interval_travels_only_when_the_group_carries_it() -> None:
    links = LinkGroups()
    one, other = panel(links, interval=seconds(60)), panel(links, interval=seconds(3))
    one.interval = seconds(300)
    one.link.chose_interval(seconds(300))
    assert other.interval == seconds(3)
    links.set_carried(1, Carried.INTERVAL, True, by=one.link)
    assert other.interval == seconds(300)
    one.link.chose_interval(seconds(15))
    assert other.interval == seconds(15)


def test_what_is_saved_comes_back_before_the_panels_do() -> None:
    links = LinkGroups()
    one = panel(links, number=3, symbol=KEYS[1], interval=seconds(60))
    links.set_carried(3, Carried.INTERVAL, True, by=one.link)
    one.link.set_role(LinkRole.SOURCE)
    again = LinkGroups()
    again.restore(links.saved())
    assert again.saved() == links.saved()
    back = panel(again, number=0)
    back.link.restore({**one.link.saved(), "unknown": 1})
    assert back.link.saved() == {"group": 3, "role": "source"}
    follows = panel(again, number=3)
    assert (follows.symbol, follows.interval) == (KEYS[1], seconds(60))


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ({"group": 7}, "link.group is 7: use 0 to 6"),
        ({"group": True}, "link.group is True: use 0 to 6"),
        ({"role": "boss"}, "link.role is 'boss': use both, source, destination"),
    ],
)
def test_a_link_that_cannot_be_read_changes_nothing(saved: dict[str, object], said: str) -> None:
    one = panel(LinkGroups(), number=2)
    with pytest.raises(StateError, match=said):
        one.link.restore(saved)
    assert one.link.saved() == {"group": 2, "role": "both"}


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ({"1": []}, r"links.1 is \[\]: use an object"),
        ({"1": {"symbol": "ETH"}}, "links.1.symbol is 'ETH': use EXCHANGE:SYMBOL"),
        ({"2": {"interval": "7m"}}, "links.2.interval: 420 seconds do not divide a day"),
        ({"3": {"carried": ["price"]}}, "links.3.carried is 'price': use symbol, interval, time"),
        ({"3": {"carried": 4}}, "links.3.carried is 4: use a list"),
    ],
)
def test_groups_that_cannot_be_read_change_nothing(saved: dict[str, object], said: str) -> None:
    links = LinkGroups()
    before = links.saved()
    with pytest.raises(StateError, match=said):
        links.restore(saved)
    assert links.saved() == before
