"""What can be done with a replay session: what the player's keys do, by name."""

from functools import partial
from typing import Final

from desktop.actions import Action, ActionContext
from desktop.panels.player.deck import Command, Deck
from desktop.tr import mark, tr
from desktop.words import SPEEDS_MILLI, speed_words

_COMMANDS: Final = (
    (Command.TOGGLE, "toggle", mark("Play or pause"), "play"),
    (Command.BACK, "back", mark("Step back"), "step-back"),
    (Command.FORWARD, "forward", mark("Step forward"), "step-forward"),
    (Command.BACK_MANY, "back_many", mark("Ten steps back"), "rewind"),
    (Command.FORWARD_MANY, "forward_many", mark("Ten steps forward"), "fast-forward"),
    (Command.TO_BEGIN, "begin", mark("Go to the begin of the session"), "skip-back"),
    (Command.TO_END, "end", mark("Go to the end of the session"), "skip-forward"),
    (Command.BOOKMARK, "bookmark", mark("Set a bookmark"), "bookmark"),
    (Command.PREVIOUS_MARK, "previous_bookmark", mark("Go to the bookmark before"), "bookmark"),
    (Command.NEXT_MARK, "next_bookmark", mark("Go to the bookmark after"), "bookmark"),
    (Command.LOOP, "loop", mark("Loop on or off"), "repeat"),
)

_MARKS: Final = (Command.PREVIOUS_MARK, Command.NEXT_MARK)


def _deck(at: ActionContext) -> Deck:
    if isinstance(getattr(at.panel, "deck", None), Deck):  # its own menu, wherever it stands
        deck: Deck = at.panel.deck  # type: ignore[union-attr]
        return deck
    player = at.window.contents.player
    return player.deck if player is not None else at.window.deck


def _needs_session(at: ActionContext) -> str:
    if _deck(at).transport is None:
        return tr("The market is live: nobody plays or pauses it")
    return "" if _deck(at).reading() is not None else tr("The session has not been heard of yet")


def _needs_mark(command: Command, at: ActionContext) -> str:
    refusal = _needs_session(at)
    if refusal or _deck(at).bookmark_ns(command) is not None:
        return refusal
    if command is Command.NEXT_MARK:
        return tr("There is no bookmark after this time")
    return tr("There is no bookmark before this time")


def actions() -> tuple[Action, ...]:
    group = tr("Player")
    return (
        *(
            Action(
                f"player.{name}",
                tr(title),
                group,
                partial(_do, command),
                (),
                icon,
                partial(_needs_mark, command) if command in _MARKS else _needs_session,
                words="replay session",
            )
            for command, name, title, icon in _COMMANDS
        ),
        Action(
            "player.slower",
            tr("Slower"),
            group,
            partial(_change_speed, -1),
            (),
            "rewind",
            _needs_session,
            words="replay session run speed",
        ),
        Action(
            "player.faster",
            tr("Faster"),
            group,
            partial(_change_speed, 1),
            (),
            "fast-forward",
            _needs_session,
            words="replay session run speed",
        ),
        *(
            Action(
                f"player.speed.{milli}",
                tr("Speed {speed}", speed=speed_words(milli)),
                group,
                partial(_set_speed, milli),
                (),
                "fast-forward",
                _needs_session,
                words="replay session",
            )
            for milli in SPEEDS_MILLI
        ),
    )


def _do(command: Command, at: ActionContext) -> None:
    _deck(at).do(command)


def _change_speed(by: int, at: ActionContext) -> None:
    _deck(at).change_speed(by)


def _set_speed(milli: int, at: ActionContext) -> None:
    _deck(at).set_speed(milli)
