"""Cancelling a run that another process makes: it is asked to end, and made to when it hangs.

The wish stands in the catalog first, so whoever made the run knows that it was cancelled and not killed,
however its child ended. A run that waits for its turn is cancelled at once. Blocks: for a thread.
"""

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING, Final

from core.backtest.catalog_lost import is_process
from core.backtest.run_files import RunState
from core.clock import NS_PER_S, monotonic_ns

if TYPE_CHECKING:
    from core.backtest.catalog import Catalog

GRACE_S: Final = 3.0  # as long as a child gives itself
OVER_S: Final = 20.0  # for the catalog to say so: a child's end, its parent's last word
LEFT_S: Final = 1.0  # to whoever made it, to enter that it has ended
LOOK_S: Final = 0.05
KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process at once by either


def cancel(catalog: "Catalog", run_id: str, grace_s: float = GRACE_S) -> RunState:
    """Until it is over: CANCELLED, or DONE when it was faster, or lies whole and was to be made anew.

    Raises `CatalogError` when it is over already, `TimeoutError` when it does not end.
    """
    process = catalog.ask_to_cancel(run_id)
    if process is None:
        row = catalog.run(run_id)
        return RunState.CANCELLED if row is None else row.state
    begun_ns = monotonic_ns()
    _send(*process, signal.SIGTERM)
    kills = [KILL]
    while (row := catalog.run(run_id)) is not None and not row.is_over:
        waited_s = (monotonic_ns() - begun_ns) / NS_PER_S
        if waited_s > OVER_S:
            raise TimeoutError(f"run {run_id} was told to end and has not: end process {row.pid} yourself")
        if waited_s > grace_s:
            if kills:
                _send(*process, kills.pop())
            elif waited_s > grace_s + LEFT_S:
                catalog.mark_lost()  # whoever made it does not say so: it is gone, too
        time.sleep(LOOK_S)
    return RunState.CANCELLED if row is None else row.state


def _send(pid: int, started_s: float, number: int) -> None:
    if is_process(pid, started_s):  # not a later one of that number
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
