"""A bench report as a table for a person; the JSON is for machines."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from core.bench_report import Report, Result

_VERDICTS = {True: ("ok", "green"), False: ("missed", "bold red"), None: ("", "")}


def print_report(report: Report, console: Console) -> None:
    """Every result with its goal, its peer and whether it is good enough."""
    factor = report.machine.get("factor")
    title = f"{report.name}, machine factor {factor}"
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("metric", overflow="fold")
    for name in ("value", "goal", "peer", "ratio"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("", no_wrap=True)
    for result in report.results:
        table.add_row(*_cells(result))
    console.print(table)


def _cells(result: Result) -> tuple[str | Text, ...]:
    figures = (result.value, result.goal, result.peer, result.ratio)
    return (
        result.metric,
        *(_figure(figure) for figure in figures),
        result.unit,
        Text(*_VERDICTS[result.ok]),
    )


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"
