"""What windows and panels may ask of the application, and of nobody else."""

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from core.scope import Scope
from desktop.commands.commands import Commands
from desktop.crash.safety import CrashSafety
from desktop.health.desk_health import DeskHealth
from desktop.links import LinkGroups
from desktop.messages import Messages
from desktop.paint.theme import Theme
from desktop.settings.store import SettingsStore
from desktop.support import Support
from desktop.thread_work import ThreadWork
from desktop.watchlists.search import SymbolSearches
from desktop.watchlists.watchlists import Watchlists

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.recordings import Recordings
    from desktop.research.research import Research
    from desktop.settings.start import Start
    from desktop.workspace.keeper import Workspaces
    from desktop.workspace.window import DeskWindow


class DeskHost(Protocol):
    """What a window may ask of the application."""

    theme: Theme
    messages: Messages
    commands: Commands
    settings: SettingsStore
    start: "Start"
    recordings: "Recordings"
    threads: ThreadWork
    jobs: "Jobs"
    research: "Research"
    symbols: SymbolSearches
    links: LinkGroups
    watchlists: Watchlists
    windows: "list[DeskWindow]"
    crash: CrashSafety
    workspaces: "Workspaces"
    health: DeskHealth
    support: Support

    @property
    def zone_choice(self) -> str:
        """Of the workspace: `exchange`, `local`, `UTC` or an IANA name."""

    def set_theme(self, theme: Theme) -> None: ...

    def set_scope(self, scope: Scope, windows: "Sequence[DeskWindow] | None" = None) -> None:
        """Of these windows, of all without any."""

    def open_run(self, run_id: str, window: "DeskWindow | None" = None) -> None:
        """Play a finished run. Raises `ScopeError`."""

    def sessions(self) -> tuple[str, ...]: ...

    def open_window(self, scope: Scope | None = None) -> "DeskWindow": ...

    def quit(self) -> None: ...

    def start_task(self, work: Coroutine[Any, Any, Any], name: str) -> None: ...

    def now_ms(self) -> int: ...

    def value_painted(self) -> None: ...
