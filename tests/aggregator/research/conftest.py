"""Children of these tests compile what they import once."""

from tests.bytecode import compiled_once

__all__ = ["compiled_once"]
