"""Who may publish and hear what on the bus: the role x subject table, made from the subject builders.

Nobody is anonymous, every role reads replies under its own prefix only, and no role but `admin` (tests and
benches) may publish what it does not produce. Pure: the server's configuration and the tests read the same
table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core import subjects
from core.scope import LIVE, Scope

ANY: Final = "*"
_ONE_SESSION: Final = Scope("any")  # stands for every session; its name becomes a wildcard


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects with wildcards. `answers`: may also publish to the reply subject of a request it received."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    answers: bool = False


def table() -> dict[str, Permissions]:
    """Every role of the bus."""
    return {
        "market": _with_inbox("market", Permissions(_market_publishes(LIVE), _market_hears(LIVE), True)),
        "replay": _with_inbox("replay", _replay()),
        "desk": _with_inbox("desk", _desk()),
        "recorder": _with_inbox("recorder", _recorder()),
        "supervisor": _with_inbox(
            "supervisor", Permissions((_any(subjects.health),), (subjects.health_all(),))
        ),
        "admin": Permissions((">",), (">",), True),
    }


def _market_publishes(scope: Scope) -> tuple[str, ...]:
    """What feeds and aggregator of one scope send."""
    return (
        subjects.raw_all(scope),
        subjects.definitions_all(scope),
        subjects.feed_state_get(scope, ANY),
        subjects.delta(scope, ANY),
        subjects.snapshot(scope, ANY),
        subjects.directory(scope),
        subjects.bar_all(scope),
        _any(subjects.health),
    )


def _market_hears(scope: Scope) -> tuple[str, ...]:
    return (
        subjects.raw_all(scope),
        subjects.definitions_all(scope),
        subjects.feed_state_get(scope, ANY),
        subjects.snapshot_get(scope, ANY),
        subjects.directory_get(scope),
        subjects.bars_get_all(scope),
        subjects.group_update(scope),
        subjects.interest_all(scope),
    )


def _replay() -> Permissions:
    """The same pipeline, in the scopes of sessions only: a recording cannot reach a live subject."""
    return Permissions(
        publish=(
            *map(_every_session, _market_publishes(_ONE_SESSION)),
            subjects.session_clock_all(),
            # A session asks whether its name is taken.
            _every_session(subjects.replay_control(_ONE_SESSION.session or "")),
        ),
        subscribe=(
            *map(_every_session, _market_hears(_ONE_SESSION)),
            *map(_every_session, _session_requests()),
        ),
        answers=True,
    )


def _recorder() -> Permissions:
    """Hears the raw messages of live and of sessions; sends nothing but questions for what it lost."""
    publishes, hears = [_any(subjects.health)], []
    for scope in (LIVE, _ONE_SESSION):
        publishes.append(_every_session(subjects.feed_state_get(scope, ANY)))
        hears += [_every_session(each(scope)) for each in (subjects.raw_all, subjects.definitions_all)]
    return Permissions(tuple(publishes), tuple(hears))


def _desk() -> Permissions:
    publishes = [_any(subjects.health), *_session_requests()]
    hears = [subjects.health_all(), subjects.session_clock_all(), _any(subjects.inspect)]
    for scope in (LIVE, _ONE_SESSION):
        publishes += [
            subjects.group_update(scope),
            subjects.interest_all(scope),
            subjects.snapshot_get(scope, ANY),
            subjects.directory_get(scope),
            subjects.bars_get_all(scope),
        ]
        hears += [
            subjects.delta(scope, ANY),
            subjects.snapshot(scope, ANY),
            subjects.directory(scope),
            subjects.bar_all(scope),
        ]
    # It answers whoever inspects it (tests and support); it hears the definitions of no feed and no raw data.
    return Permissions(tuple(map(_every_session, publishes)), tuple(map(_every_session, hears)), answers=True)


def _session_requests() -> tuple[str, str]:
    """What may be asked of a session."""
    session = _ONE_SESSION.session or ""
    return subjects.replay_control(session), subjects.replay_timeline(session)


def _with_inbox(role: str, permissions: Permissions) -> Permissions:
    hears = (*permissions.subscribe, f"{subjects.inbox(role)}.>")
    return Permissions(permissions.publish, hears, permissions.answers)


def _any(build: Callable[[str], str]) -> str:
    """A subject builder's wildcard over its name."""
    return build(ANY).replace(subjects.escape(ANY), ANY)


def _every_session(subject: str) -> str:
    if subject.startswith(_ONE_SESSION.prefix):
        return subject.replace(_ONE_SESSION.prefix, f"rp.{ANY}.", 1)
    if subject in _session_requests():
        return subject.replace(f".{_ONE_SESSION.session}", f".{ANY}")
    return subject
