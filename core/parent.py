"""Notices that the process that started us is gone, on every system and however it ended.

The parent holds the only writing end of the pipe that is our standard input; the system closes it with the
parent.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

GRACE_S: Final = 3.0  # a loop that hangs would never hear of it: then the process ends without it


def on_parent_gone(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    """Call `callback` on the loop once when standard input ends; after `GRACE_S` end the process.

    What arrives there is read and ignored.
    """

    def tell() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback)

    when_input_ends(tell)


def when_input_ends(callback: Callable[[], None]) -> None:
    """The same for a process without a loop: `callback` is called on a thread of its own."""
    # os.read, because a buffered file's lock held by a thread would stop the interpreter from ending.
    handle = sys.stdin.fileno()

    def watch() -> None:
        try:
            while os.read(handle, 4_096):
                pass
        except OSError:
            pass  # a broken pipe says the same
        callback()
        time.sleep(GRACE_S)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
