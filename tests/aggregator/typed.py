"""What tests of commands share: how a command is typed, and a small file of bars to type it with."""

from collections.abc import Callable

Say = Callable[..., tuple[int, str, str]]  # words of a command: (code, stdout, stderr)
CSV = "timestamp,open,high,low,close,volume\n" + "".join(
    f"2024-01-02 14:{minute:02}:00,1.5,2.0,1.25,1.75,{minute}\n" for minute in range(40)
)
