"""How often Python looks for garbage in the child of a run.

A run keeps its events and makes hardly a cycle: collecting at the usual pace costs a fifth of it, and of the
imports before it. Seldom is not never: a strategy that makes cycles does not fill the memory.
"""

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

SELDOM: Final = (100_000, 20, 20)
_USUAL: Final = gc.get_threshold()


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    with _collected(SELDOM):
        yield


@contextlib.contextmanager
def usually_collected() -> Iterator[None]:
    """As any program does; within the other, for what is compared with a run."""
    with _collected(_USUAL):
        yield


@contextlib.contextmanager
def _collected(thresholds: tuple[int, int, int]) -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*thresholds)
    try:
        yield
    finally:
        gc.set_threshold(*before)
