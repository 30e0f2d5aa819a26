"""The pages a filter puts in the place of the rows: it cannot be used, or no row passes it."""

from desktop.panels.grid.states import PanelKind, PanelState
from desktop.tr import tr


def edit_filter() -> str:
    """Label of the button that shows the filter's box."""
    return tr("Edit filter")


def clear_filter() -> str:
    """Label of the button that shows all rows again."""
    return tr("Clear filter")


def filter_failed(reason: str) -> PanelState:
    """A filter that came from a file and means nothing here."""
    return PanelState(
        PanelKind.ERROR,
        tr("Filter failed"),
        title=tr("The filter cannot be used"),
        sentence=reason,
        actions=(edit_filter(), clear_filter()),
    )


def no_row_matches(text: str) -> PanelState:
    """A filter that can be used and lets nothing pass now."""
    return PanelState(
        PanelKind.EMPTY,
        title=tr("No row matches “{filter}”", filter=text),
        actions=(clear_filter(),),
    )
