"""Link groups: panels of one colour show the same symbol, and where wanted interval and time.

One `LinkGroups` a desk, over all windows. Symbol and interval travel over scopes, the time cursor and the
view only within one. Knows no widget: a panel joins with a `LinkMember` and tells its `PanelLink` what a hand
has chosen in it; what a member is told is never told back, so nothing echoes and nothing loops.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.market.instruments import InstrumentKey
from core.market.intervals import Interval
from core.scope import Scope
from core.state.versioned_file import StateError
from desktop.links_saved import one_of, read_group
from desktop.links_terms import (
    CARRIED_AT_FIRST,
    FIRST_GROUP,
    GROUPS,
    NO_GROUP,
    Carried,
    LinkMember,
    LinkRole,
    TimeStretch,
)
from desktop.tr import tr


@dataclass(slots=True)
class LinkGroup:
    """What the members of one colour have in common; `symbol` None until one gives it."""

    number: int
    symbol: InstrumentKey | None = None
    interval: Interval | None = None
    carried: frozenset[Carried] = CARRIED_AT_FIRST
    members: list["PanelLink"] = field(default_factory=list)


class PanelLink:
    """One panel's place in the links: group and role, and what a hand has done in the panel."""

    def __init__(self, links: "LinkGroups", member: LinkMember) -> None:
        self._links = links
        self.member = member
        self.number = NO_GROUP
        self.role = LinkRole.BOTH
        self.reason = ""  # why the panel does not show its group's symbol
        self.own_scope: tuple[Scope | None] | None = None  # where a hand gave it a symbol of its own
        self._cursor_ns: int | None = None
        self._listeners: list[Callable[[], None]] = []

    # ---- where it is -----------------------------------------------------------------------------
    @property
    def group(self) -> LinkGroup | None:
        return self._links.group(self.number)

    @property
    def groups(self) -> "LinkGroups":
        return self._links

    @property
    def is_linked(self) -> bool:
        return self.number != NO_GROUP

    def set_group(self, number: int) -> None:
        """Leave the group it is in and join another, 0 for none."""
        assert NO_GROUP <= number <= GROUPS
        if number != self.number:
            self._links.move(self, number)

    def set_role(self, role: LinkRole) -> None:
        """A destination shows the group's symbol at once."""
        if role is not self.role:
            self.moved_cursor(None)
            self.role = role
            self._links.settle(self)
            self.told()

    def leave(self) -> None:
        """The panel is about to go."""
        self._listeners.clear()
        self.set_group(NO_GROUP)

    def listen(self, on_change: Callable[[], None]) -> None:
        """Call `on_change` after group, role, `reason` or what the group carries have changed."""
        self._listeners.append(on_change)

    def told(self) -> None:
        """Something of this link is another now."""
        for listener in tuple(self._listeners):
            listener()

    # ---- by hand ---------------------------------------------------------------------------------
    def chose_symbol(self, key: InstrumentKey) -> None:
        """A person has chosen it in this panel."""
        self._links.take_symbol(self, key)

    @property
    def gives_symbol(self) -> bool:
        """What is chosen in the panel goes to its group."""
        group = self.group
        return group is not None and self.role.gives and Carried.SYMBOL in group.carried

    def offer_symbol(self, key: InstrumentKey) -> bool:
        """The panel shows it for want of another: taken only when no member shows the group's symbol."""
        group = self.group
        if group is None or not self.role.gives or any(link.shows_group for link in group.members):
            return False
        self._links.take_symbol(self, key)
        return True

    def chose_interval(self, interval: Interval) -> None:
        self._links.take_interval(self, interval)

    def moved_cursor(self, time_ns: int | None) -> None:
        """The crosshair has come to a time, or has left."""
        if time_ns != self._cursor_ns:
            self._cursor_ns = time_ns
            for other in self._links.beside(self):
                other.member.show_link_cursor(time_ns)

    def moved_view(self, stretch: TimeStretch) -> None:
        """The panel shows another stretch of time."""
        for other in self._links.beside(self):
            other.member.show_stretch(stretch)

    @property
    def is_heard(self) -> bool:
        """There is somebody to tell a time to."""
        return bool(self._links.beside(self))

    def scope_changed(self) -> None:
        """The panel's scope or its instruments are others: what it could not show it may show now."""
        if self.own_scope == (self.member.link_scope(),):
            return  # a symbol of its own stays until the group's changes
        self._links.follow(self)

    @property
    def shows_group(self) -> bool:
        """The panel has the group's symbol on the screen."""
        group = self.group
        if group is None or group.symbol is None or self.reason:
            return False
        return self.member.link_symbol() == group.symbol

    # ---- saved -----------------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        return {"group": self.number, "role": self.role.value}

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take what `saved` gave. Raises `StateError`, naming the key; nothing is half taken."""
        number = saved.get("group", self.number)
        if not isinstance(number, int) or isinstance(number, bool) or not NO_GROUP <= number <= GROUPS:
            raise StateError(tr("link.group is {value}: use 0 to {most}", value=repr(number), most=GROUPS))
        role = one_of(LinkRole, saved.get("role", self.role.value), "link.role")
        self.moved_cursor(None)
        self.role = role
        if number == self.number:
            self._links.settle(self)
            self.told()
        else:
            self.set_group(number)


class LinkGroups:
    """All groups of a desk. `listen` to save when what a group has in common changed."""

    def __init__(self) -> None:
        self._groups = {number: LinkGroup(number) for number in range(1, GROUPS + 1)}
        self._delivering = False
        self._listeners: list[Callable[[], None]] = []

    def join(
        self, member: LinkMember, number: int = FIRST_GROUP, role: LinkRole = LinkRole.BOTH
    ) -> PanelLink:
        """A link for a panel; it takes the group's symbol, or gives its own to a group without one."""
        link = PanelLink(self, member)
        link.role = role
        link.set_group(number)
        return link

    def group(self, number: int) -> LinkGroup | None:
        return self._groups.get(number)

    def listen(self, on_change: Callable[[], None]) -> None:
        self._listeners.append(on_change)

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def move(self, link: PanelLink, number: int) -> None:
        """Out of one group, into another."""
        old = link.group
        if old is not None:
            link.moved_cursor(None)
            old.members.remove(link)
            if not old.members:  # who comes next begins anew
                old.symbol = old.interval = None
        link.number, link.reason, link.own_scope = number, "", None
        group = link.group
        if group is not None:
            group.members.append(link)
            self.settle(link)
        link.told()
        self._changed()

    def settle(self, link: PanelLink) -> None:
        """It is in a group, or has a role, that it had not: give what the group lacks, show what it has."""
        if link.group is not None and link.role.gives:
            self._give(link.group, link)
        self.follow(link)

    def _give(self, group: LinkGroup, link: PanelLink) -> None:
        """Those that were there before show it, too."""
        symbol, interval = link.member.link_symbol(), link.member.link_interval()
        if group.symbol is None and symbol is not None:
            group.symbol = symbol
            if Carried.SYMBOL in group.carried:
                self._deliver(lambda one: self._show_symbol(one, symbol), group, source=link)
        if group.interval is None and interval is not None:
            group.interval = interval
            if Carried.INTERVAL in group.carried:
                self._deliver(lambda one: one.member.show_link_interval(interval), group, source=link)

    # ---- what travels ----------------------------------------------------------------------------
    def take_symbol(self, source: PanelLink, key: InstrumentKey) -> None:
        """Every destination shows what was chosen in one panel."""
        group = source.group
        if group is None or self._delivering:
            return
        if not source.gives_symbol:
            self._note_own(source, key)
            return
        source.own_scope = None
        self._say(source, "")
        group.symbol = key
        self._deliver(lambda link: self._show_symbol(link, key), group, source)
        self._changed()

    def _note_own(self, link: PanelLink, key: InstrumentKey) -> None:
        group = link.group
        apart = group is not None and Carried.SYMBOL in group.carried and group.symbol not in (None, key)
        link.own_scope = (link.member.link_scope(),) if apart else None
        self._say(link, tr("it has a symbol of its own until the group's changes") if apart else "")

    def take_interval(self, source: PanelLink, interval: Interval) -> None:
        group = source.group
        if group is None or self._delivering or not source.role.gives:
            return
        group.interval = interval
        if Carried.INTERVAL in group.carried:
            self._deliver(lambda link: link.member.show_link_interval(interval), group, source)
        self._changed()

    def beside(self, source: PanelLink) -> list[PanelLink]:
        """Destinations of its group in the same scope, where the group carries time."""
        group = source.group
        if group is None or self._delivering or not source.role.gives or Carried.TIME not in group.carried:
            return []
        scope = source.member.link_scope()
        return [
            link
            for link in group.members
            if link is not source and link.role.takes and link.member.link_scope() == scope
        ]

    def set_carried(self, number: int, what: Carried, is_on: bool, by: PanelLink | None = None) -> None:
        """Switch what a group carries; switched on, all follow the panel it was switched in."""
        group = self._groups[number]
        if is_on == (what in group.carried):
            return
        if what is Carried.TIME and not is_on:
            for link in group.members:
                link.moved_cursor(None)
        group.carried = group.carried | {what} if is_on else group.carried - {what}
        if is_on and by is not None and by.role.gives:
            if what is Carried.SYMBOL:
                group.symbol = by.member.link_symbol() or group.symbol
            elif what is Carried.INTERVAL:
                group.interval = by.member.link_interval() or group.interval
        for link in tuple(group.members):
            self.follow(link)
            link.told()
        self._changed()

    def follow(self, link: PanelLink) -> None:
        """Bring one panel to what its group has."""
        group = link.group
        if group is None or self._delivering:
            return
        symbol, interval = group.symbol, group.interval
        if not link.role.takes or symbol is None or Carried.SYMBOL not in group.carried:
            link.own_scope = None
            self._say(link, "")
        else:
            self._deliver(lambda one: self._show_symbol(one, symbol), group, only=link)
        if link.role.takes and interval is not None and Carried.INTERVAL in group.carried:
            self._deliver(lambda one: one.member.show_link_interval(interval), group, only=link)

    def _show_symbol(self, link: PanelLink, key: InstrumentKey) -> None:
        link.own_scope = None
        self._say(link, link.member.show_link_symbol(key))

    @staticmethod
    def _say(link: PanelLink, reason: str) -> None:
        if reason != link.reason:
            link.reason = reason
            link.told()

    def _deliver(
        self,
        tell: Callable[[PanelLink], None],
        group: LinkGroup,
        source: PanelLink | None = None,
        only: PanelLink | None = None,
    ) -> None:
        """Tell destinations, each once; what they say meanwhile is an echo."""
        chosen = [only] if only is not None else [link for link in group.members if link is not source]
        self._delivering = True
        try:
            for link in chosen:
                if link.number == group.number and link.role.takes:
                    tell(link)
        finally:
            self._delivering = False

    # ---- saved -----------------------------------------------------------------------------------
    def saved(self) -> dict[str, Any]:
        """Of every group what it carries, its symbol and its interval."""
        return {
            str(group.number): {
                "symbol": str(group.symbol) if group.symbol is not None else "",
                "interval": str(group.interval) if group.interval is not None else "",
                "carried": sorted(one.value for one in group.carried),
            }
            for group in self._groups.values()
        }

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Take what `saved` gave, before panels join. Raises `StateError`; nothing is half taken."""
        read = {
            number: read_group(saved[str(number)], number) for number in self._groups if str(number) in saved
        }
        for number, (symbol, interval, carried) in read.items():
            group = self._groups[number]
            group.symbol, group.interval, group.carried = symbol, interval, carried
            for link in tuple(group.members):
                self.follow(link)
                link.told()
