"""The end of a desk, step by step: every step is tried, whatever another one raises.

What raises is reported like any failure and the rest still ends, so that nothing chosen is lost, no child
stays, and the next start is not told of a crash.
"""

from collections.abc import Awaitable, Callable

from core.logs import logger
from desktop.failures import Failures
from desktop.tr import tr

_log = logger("ending")


class Ending:
    """Of one desk."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures

    def do(self, *steps: Callable[[], object]) -> None:
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 (what comes after it must end too)
                self._report(error)

    async def wait(self, step: Callable[[], Awaitable[object]]) -> None:
        """As `do`, of one that takes its time."""
        try:
            await step()
        except Exception as error:  # noqa: BLE001 (as above)
            self._report(error)

    def _report(self, error: Exception) -> None:
        try:
            self._failures.report(tr("A part of the desk did not end well"), error)
        except Exception as again:  # noqa: BLE001 (a report asks parts that may have gone)
            _log.error("not reported", failed=repr(error), exc_info=again)
