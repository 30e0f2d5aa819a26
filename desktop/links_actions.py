"""What a person can do with the link of the panel in use: its group, its role, what the group carries."""

from functools import partial
from typing import TYPE_CHECKING, Final

from desktop.actions import Action, ActionContext
from desktop.links_terms import GROUPS, NO_GROUP, Carried, LinkRole
from desktop.tr import mark, tr

if TYPE_CHECKING:
    from desktop.links import PanelLink

_ROLES: Final = (
    (LinkRole.BOTH, mark("Link the panel as source and destination")),
    (LinkRole.SOURCE, mark("Link the panel as a source only")),
    (LinkRole.DESTINATION, mark("Link the panel as a destination only")),
)
_CARRIED: Final = (
    (Carried.SYMBOL, mark("Link the symbol in the panel's group")),
    (Carried.INTERVAL, mark("Link the interval in the panel's group")),
    (Carried.TIME, mark("Link crosshair and view in the panel's group")),
)


def actions() -> tuple[Action, ...]:
    group = tr("Links")
    found = [
        Action(
            f"link.group_{number}",
            tr("Link the panel to group {number}", number=number),
            group,
            partial(_set_group, number=number),
            (f"Alt+{number}",),
            icon="link",
            refusal=_needs_panel,
            words="colour chip",
            checked=partial(_is_in, number=number),
        )
        for number in range(1, GROUPS + 1)
    ]
    found.append(Action("link.role", tr("Next link role of the panel"), group, _cycle, refusal=_needs_link))
    for role, words in _ROLES:
        found.append(
            Action(
                f"link.{role.value}",
                tr(words),
                group,
                partial(_set_role, role=role),
                refusal=_needs_link,
                checked=partial(_has_role, role=role),
            )
        )
    for what, words in _CARRIED:
        found.append(
            Action(
                f"link.carry_{what.value}",
                tr(words),
                group,
                partial(_carry, what=what),
                refusal=_needs_link,
                checked=partial(_carries, what=what),
            )
        )
    found.append(
        Action("link.none", tr("Unlink the panel"), group, _unlink, ("Alt+0",), "unlink", _needs_link)
    )
    return tuple(found)


# ---- which panel ---------------------------------------------------------------------------------
def _link(at: ActionContext) -> "PanelLink | None":
    if at.panel is None:
        return None
    link: PanelLink | None = at.window.contents.docked_of(at.panel).link
    return link


def _needs_panel(at: ActionContext) -> str:
    return "" if _link(at) is not None else tr("No panel that can be linked is in use")


def _needs_link(at: ActionContext) -> str:
    link = _link(at)
    if link is None:
        return _needs_panel(at)
    return "" if link.is_linked else tr("The panel in use is not linked")


def _is_in(at: ActionContext, number: int) -> bool:
    link = _link(at)
    return link is not None and link.number == number


def _has_role(at: ActionContext, role: LinkRole) -> bool:
    link = _link(at)
    return link is not None and link.is_linked and link.role is role


def _carries(at: ActionContext, what: Carried) -> bool:
    link = _link(at)
    return link is not None and link.group is not None and what in link.group.carried


# ---- acts ----------------------------------------------------------------------------------------
def _set_group(at: ActionContext, number: int) -> None:
    link = _link(at)
    if link is not None:
        link.set_group(number)


def _unlink(at: ActionContext) -> None:
    _set_group(at, NO_GROUP)


def _cycle(at: ActionContext) -> None:
    link = _link(at)
    if link is not None:
        link.set_role(link.role.following)


def _set_role(at: ActionContext, role: LinkRole) -> None:
    link = _link(at)
    if link is not None:
        link.set_role(role)


def _carry(at: ActionContext, what: Carried) -> None:
    link = _link(at)
    group = link.group if link is not None else None
    if link is not None and group is not None:
        link.groups.set_carried(group.number, what, what not in group.carried, by=link)
