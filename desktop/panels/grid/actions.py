"""What can be done with the rows of a watchlist: the one in use, else the first of the window."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from desktop.actions import Action, ActionContext
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.panels.grid.quote_grid import QuoteGrid


def grid_of(at: ActionContext) -> "QuoteGrid | None":
    """The grid an action is for; a menu hands the grid itself."""
    from desktop.panels.grid.quote_grid import QuoteGrid

    if isinstance(at.panel, QuoteGrid):
        return at.panel
    grid = getattr(at.panel, "grid", None)
    if isinstance(grid, QuoteGrid):
        return grid
    lists = at.window.contents.watchlists if at.window is not None else []
    return lists[0].grid if lists else None


def _grid(at: ActionContext) -> "QuoteGrid":
    return cast("QuoteGrid", grid_of(at))


def _needs(condition: "Callable[[QuoteGrid], object]", words: str) -> Callable[[ActionContext], str]:
    def refusal(at: ActionContext) -> str:
        grid = grid_of(at)
        if grid is None:
            return tr("There is no watchlist in this window")
        return "" if condition(grid) else words

    return refusal


def actions() -> tuple[Action, ...]:
    group = tr("Rows")
    no_rows = tr("There are no rows")
    return (
        Action(
            "grid.copy",
            tr("Copy rows"),
            group,
            lambda at: _grid(at).rows.copy(),
            (),
            "copy",
            _needs(lambda grid: len(grid.rows.selection.rows()) > 0, tr("No row is selected")),
            words="clipboard tsv",
        ),
        Action(
            "grid.select_all",
            tr("Select all"),
            group,
            lambda at: _grid(at).rows.selection.select_all(),
            (),
            "check",
            _needs(lambda grid: grid.row_counts()[0], no_rows),
        ),
        Action(
            "grid.unsort",
            tr("Order of the list"),
            group,
            lambda at: _grid(at).set_sort(None),
            (),
            "list-filter",
            _needs(lambda grid: grid.sort, tr("Rows are in the order of the list")),
            words="sort unsorted",
        ),
        Action(
            "grid.clear_filter",
            tr("Clear filter"),
            group,
            lambda at: _grid(at).set_filter(""),
            (),
            "funnel",
            _needs(lambda grid: grid.filter_words, tr("No filter is set")),
        ),
        Action(
            "grid.columns",
            tr("Choose and compute columns"),
            group,
            _choose_columns,
            (),
            "columns-3",
            _needs(lambda grid: True, ""),
            words="show hide order width format heat bar decimals",
        ),
        Action(
            "grid.compute_column",
            tr("Add a computed column"),
            group,
            _compute_column,
            (),
            "plus",
            _needs(lambda grid: True, ""),
            words="expression formula",
        ),
        Action(
            "grid.reset_columns",
            tr("Reset columns"),
            group,
            lambda at: _grid(at).rows.columns.reset(),
            (),
            "undo-2",
            _needs(lambda grid: not grid.rows.columns.is_first, tr("Columns are as they were at first")),
            words="default",
        ),
        Action(
            "grid.copy_with_titles",
            tr("Copy rows with titles"),
            group,
            lambda at: _grid(at).rows.copy(titles=True),
            (),
            "copy",
            _needs(lambda grid: len(grid.rows.selection.rows()) > 0, tr("No row is selected")),
            words="clipboard tsv header",
        ),
        Action(
            "grid.export_csv",
            tr("Save rows as CSV"),
            group,
            lambda at: _grid(at).export_asked.emit("csv"),
            (),
            "download",
            _needs(lambda grid: grid.row_counts()[0], no_rows),
            words="export file spreadsheet",
        ),
        Action(
            "grid.export_parquet",
            tr("Save rows as Parquet"),
            group,
            lambda at: _grid(at).export_asked.emit("parquet"),
            (),
            "download",
            _needs(lambda grid: grid.row_counts()[0], no_rows),
            words="export file",
        ),
    )


def _choose_columns(at: ActionContext) -> None:
    from desktop.panels.grid.menus import choose_columns

    choose_columns(_grid(at))


def _compute_column(at: ActionContext) -> None:
    from desktop.panels.grid.menus import choose_columns

    choose_columns(_grid(at)).new_computed()


def chosen(*names: str) -> list[Action]:
    """Of these names without `grid.`, in this order: for menus."""
    known = {action.id: action for action in actions()}
    return [known[f"grid.{name}"] for name in names]
