"""Every subject of the bus, built and parsed here and spelled nowhere else.

A token is one path element: `.`, `*`, `>`, space, `%`, control and non-ASCII characters are percent-escaped
as UTF-8 (`BRK.B` -> `BRK%2EB`). All builders take the scope, so a replay session has the same subjects
under its own prefix.
"""

from typing import Final
from urllib.parse import unquote

from core.market.instruments import InstrumentKey
from core.scope import Scope

MIX: Final = "_mix"  # interleaved batches of a whole exchange
INBOX: Final = "_INBOX"
_PLAIN: Final = frozenset(range(0x21, 0x7F)) - frozenset(b".*>%")


class SubjectError(ValueError):
    """A subject or token cannot be built or read."""


def escape(name: str) -> str:
    """`name` as one subject token. Raises `SubjectError` when it is empty."""
    if not name:
        raise SubjectError("an empty name cannot be a subject token")
    return "".join(chr(b) if b in _PLAIN else f"%{b:02X}" for b in name.encode())


def unescape(token: str) -> str:
    """The name that `escape` made `token` from."""
    try:
        return unquote(token, errors="strict")
    except UnicodeDecodeError as error:
        raise SubjectError(f"token {token!r} is not escaped UTF-8") from error


# ---- market data -------------------------------------------------------------------------------------
def raw(scope: Scope, key: InstrumentKey) -> str:
    """RawBatch of one instrument."""
    return f"{scope.prefix}md.raw.{escape(key.exchange)}.{_symbol(key.symbol)}"


def raw_mix(scope: Scope, exchange: str) -> str:
    """RawBatch of one exchange, instruments interleaved; also its idle headers and state answers."""
    return f"{scope.prefix}md.raw.{escape(exchange)}.{MIX}"


def raw_all(scope: Scope) -> str:
    """Wildcard over every raw message of the scope."""
    return f"{scope.prefix}md.raw.>"


def raw_exchange(scope: Scope, subject: str) -> str:
    """The exchange of a raw subject."""
    tokens = subject.removeprefix(scope.prefix).split(".")
    if len(tokens) != 4 or tokens[:2] != ["md", "raw"]:
        raise SubjectError(f"{subject!r} is not a raw subject")
    return unescape(tokens[2])


def definitions(scope: Scope, exchange: str) -> str:
    """Definitions: instruments of a feed with their ids, on change and every second."""
    return f"{scope.prefix}md.def.{escape(exchange)}"


def definitions_all(scope: Scope) -> str:
    """Wildcard over the definitions of every feed."""
    return f"{scope.prefix}md.def.*"


def feed_state_get(scope: Scope, exchange: str) -> str:
    """Asks a feed to repeat its definitions and its whole state (`*` as exchange: every feed)."""
    return f"{scope.prefix}md.state.get.{exchange if exchange == '*' else escape(exchange)}"


def bar(scope: Scope, key: InstrumentKey) -> str:
    """BarBlock updates of one instrument, every leased interval."""
    return f"{scope.prefix}md.bar.{escape(key.exchange)}.{escape(key.symbol)}"


def bar_all(scope: Scope) -> str:
    """Wildcard over the bar updates of every instrument."""
    return f"{scope.prefix}md.bar.*.*"


def bars_get(scope: Scope, key: InstrumentKey) -> str:
    """BarsRequest: a page of an instrument's bars."""
    return f"{scope.prefix}md.bars.get.{escape(key.exchange)}.{escape(key.symbol)}"


def bars_get_all(scope: Scope) -> str:
    """Wildcard over the requests for bars."""
    return f"{scope.prefix}md.bars.get.*.*"


def bars_get_key(scope: Scope, subject: str) -> InstrumentKey:
    """The instrument of a request for bars. Raises `SubjectError`."""
    tokens = subject.removeprefix(scope.prefix).split(".")
    if len(tokens) != 5 or tokens[:3] != ["md", "bars", "get"]:
        raise SubjectError(f"{subject!r} does not ask for bars")
    return InstrumentKey(unescape(tokens[3]), unescape(tokens[4]))


def delta(scope: Scope, group_id: str) -> str:
    """Delta of a group."""
    return f"{scope.prefix}md.agg.33ms.{group_id}"


def snapshot(scope: Scope, group_id: str) -> str:
    """Snapshot of a group, broadcast."""
    return f"{scope.prefix}md.snapshot.{group_id}"


def snapshot_get(scope: Scope, group_id: str) -> str:
    """Asks for a snapshot broadcast; `*` for the wildcard."""
    return f"{scope.prefix}md.snapshot.get.{group_id}"


def directory_get(scope: Scope) -> str:
    """Request: every instrument the scope knows."""
    return f"{scope.prefix}md.instruments.get"


def directory(scope: Scope) -> str:
    """Directory, broadcast when instruments appear or change."""
    return f"{scope.prefix}md.instruments"


def group_update(scope: Scope) -> str:
    """Request that defines a group."""
    return f"{scope.prefix}group.update"


def interest(scope: Scope, trader: str, desk: str) -> str:
    """Lease of a desk on its groups, once a second."""
    return f"{scope.prefix}interest.{escape(trader)}.{escape(desk)}"


def interest_all(scope: Scope) -> str:
    """Wildcard over every desk's leases."""
    return f"{scope.prefix}interest.*.*"


# ---- replay sessions ---------------------------------------------------------------------------------
def replay_control(session: str) -> str:
    """Request: play, pause, step, seek, speed, status."""
    return f"replay.ctl.{Scope(session).session}"


def replay_timeline(session: str) -> str:
    """TimelineRequest: how much was traded up to the session's clock."""
    return f"replay.time.{Scope(session).session}"


def session_clock(session: str) -> str:
    """SessionClock on change and at 10 Hz."""
    return f"{Scope(session).prefix}clock"


def session_clock_all() -> str:
    """Wildcard over the clocks of every running session."""
    return "rp.*.clock"


# ---- system ------------------------------------------------------------------------------------------
def health(process: str) -> str:
    """Health of a process, once a second."""
    return f"sys.health.{escape(process)}"


def health_all() -> str:
    """Wildcard over the health of every process."""
    return "sys.health.*"


def inbox(role: str) -> str:
    """Prefix of the subjects on which a role receives replies; no other role may read there."""
    return f"{INBOX}.{escape(role)}"


def inspect(desk: str) -> str:
    """Request: what a desk has painted (only answered by a desk started with --inspect)."""
    return f"desk.inspect.{escape(desk)}"


def _symbol(symbol: str) -> str:
    token = escape(symbol)
    return "%5Fmix" if token == MIX else token  # an instrument of that very name must not look like the mix
