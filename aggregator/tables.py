"""Tables on the command line: whole lines, as wide as what stands in them.

A terminal narrower than that wraps lines, and a pipe has no width at all; folding every column to a letter a
line would serve neither.
"""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.table import Table

WIDTH_MAX: Final = 400  # characters


def print_table(table: "Table") -> None:
    """On standard output."""
    from rich.console import Console

    console = Console()
    needed = console.measure(table, options=console.options.update(max_width=WIDTH_MAX)).maximum
    console.width = max(console.width, needed)
    console.print(table)
