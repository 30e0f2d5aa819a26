"""Figures of a played run as if it had ended at the clock: every metric, in two or more columns."""

from typing import Any, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap

from core.backtest.metric_list import METRICS, metric_text
from desktop.desk import FilmReading
from desktop.paint.number_text import NumberText
from desktop.paint.theme import Theme
from desktop.panels.film.base import FilmPanel
from desktop.panels.grid.states import PanelKind
from desktop.tr import mark, tr

ROW_PX: Final = 24
COLUMN_MIN_PX: Final = 230
PAD_PX: Final = 12
# What a person looks at first; the others follow where there is room.
ORDER: Final[tuple[str, ...]] = (
    "total_return", "profit", "max_drawdown", "sharpe", "sortino", "profit_factor", "hit_rate", "trades",
    "average_win", "average_loss", "fees", "slippage", "exposure", "time_in_market", "cagr", "calmar",
    "volatility", "max_drawdown_days", "max_drawdown_bars", "drawdown", "expectancy", "turnover", "fills",
    "slippage_share", "costs_bps", "days",
)  # fmt: skip
LABELS: Final[dict[str, str]] = {metric.name: mark(metric.label) for metric in METRICS}
_SIGNED: Final = ("total_return", "profit")


class MetricsPanel(FilmPanel):
    """A `Panel`."""

    kind = "metrics"
    _texts: NumberText | None = None
    _labels: QPixmap | None = None  # all that does not change with the clock
    _labelled: list[str] = []  # noqa: RUF012 (never changed in place)

    def show_film(self, film: FilmReading | None) -> bool:
        figures = film.film.figures(film.time_ns) if film is not None else {}
        shown = [name for name in ORDER if name in figures]
        cells = tuple((name, metric_text(name, figures[name]), figures[name]) for name in shown)
        texts = {name: text for name, text, _ in cells}
        if texts == getattr(self, "figures", None):
            return False
        self.figures: dict[str, str] = texts
        if list(texts) != self._labelled:
            self._labels = None
        self._values = {name: value for name, _, value in cells}
        self.setAccessibleName(tr("Metrics"))
        self.update()
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self.theme
        if self.state.kind is PanelKind.EMPTY:
            painter.fillRect(self.rect(), theme.color("surface.panel"))
        else:
            self._paint_cells(painter)
        painter.end()

    def _paint_cells(self, painter: QPainter) -> None:
        theme = self.theme
        row_px = theme.scaled_px(ROW_PX)
        columns = max(1, self.width() // theme.scaled_px(COLUMN_MIN_PX))
        width = self.width() / columns
        ratio = self.devicePixelRatioF()
        labels = self._labels
        if labels is None or labels.size() != self.size() * ratio or labels.devicePixelRatio() != ratio:
            labels = self._labels = self._draw_labels(columns, width, row_px)
        painter.drawPixmap(0, 0, labels)
        if self._texts is None or self._texts.ratio != ratio:
            self._texts = NumberText(theme.number_font("cell", "strong"), ratio)
        baseline = round((row_px + self._texts.cap_height) / 2)
        for number, (name, text) in enumerate(self.figures.items()):
            row, column = divmod(number, columns)
            if row * row_px > self.height():
                break
            right = (column + 1) * width - PAD_PX
            self._texts.add_right(right, row * row_px + baseline, text, theme.argb(self._token(name)))
        self._texts.draw(painter)

    def set_theme(self, theme: Theme) -> None:
        self._labels = self._texts = None
        super().set_theme(theme)

    def _draw_labels(self, columns: int, width: float, row_px: int) -> QPixmap:
        theme, ratio = self.theme, self.devicePixelRatioF()
        self._labelled = list(self.figures)
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.color("surface.panel"))
        painter = QPainter(picture)
        painter.setFont(theme.font("ui"))
        for number, name in enumerate(self.figures):
            row, column = divmod(number, columns)
            box = QRectF(column * width + PAD_PX, row * row_px, width - 2 * PAD_PX, row_px)
            painter.fillRect(
                QRectF(box.left(), box.bottom() - 1, box.width(), 1), theme.color("border.subtle")
            )
            painter.setPen(theme.color("text.secondary"))
            painter.drawText(
                box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, tr(LABELS[name])
            )
        painter.end()
        return picture

    def _token(self, name: str) -> str:
        figure = self._values[name]
        if name in _SIGNED and figure:
            return "market.up" if figure > 0 else "market.down"
        return "text.primary"

    def inspect(self, now_ms: int) -> dict[str, Any]:
        return super().inspect(now_ms) | {"figures": dict(self.figures)}
