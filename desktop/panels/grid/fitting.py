"""How wide a column must be for what is drawn in it as text; numbers know their width by their places."""

from PySide6.QtGui import QFontMetricsF

from desktop.paint.theme import Theme, Weight
from desktop.panels.grid.columns import Col
from desktop.panels.grid.formats import Shape
from desktop.panels.grid.model import QuoteModel
from desktop.panels.grid.venues import venue_code


def widest_text_px(model: QuoteModel, col: str, theme: Theme) -> float:
    """Of the whole list, padding included; a drawing has its first width, a number none."""
    spec = model.spec(col)
    if spec.shape in (Shape.SPARK, Shape.RANGE):
        return float(spec.width_px)
    if not spec.bitmap:
        return 0.0
    texts = {model.exact(row, col) for row in range(model.rowCount())}
    if col == Col.VENUE:
        texts = {venue_code(text) for text in texts}
    weight: Weight = "strong" if col == Col.SYMBOL else "body"
    metrics = QFontMetricsF(theme.font("cell", weight))
    widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
    return widest + 2 * theme.px("spacing.cell_pad_x")
