"""Finds text that does not fit where it stands: labels, buttons, fields, cells of any window.

A text may be elided only where a tooltip says all of it, and wrapped only where the lines fit. For tests of
every panel: `assert_fits(window)`.
"""

from collections.abc import Iterator

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QTableView,
    QToolButton,
    QTreeView,
    QWidget,
)

SLACK_PX = 1.0  # advances are fractions, widgets are not


def misfits(window: QWidget) -> list[str]:
    """One line for each visible text that is cut: what, how much it needs, how much it has."""
    views = (each for each in (window, *window.findChildren(QWidget)) if isinstance(each, QAbstractItemView))
    cells = (words for view in views for words in _cut_cells(view))
    return [*(words for widget in _visible(window) if (words := _misfit(widget))), *cells]


def assert_fits(window: QWidget) -> None:
    """Every visible text of `window` fits."""
    found = misfits(window)
    assert not found, "\n".join(found)


def _visible(window: QWidget) -> Iterator[QWidget]:
    kinds = (QLabel, QAbstractButton, QLineEdit, QComboBox)
    for widget in (window, *window.findChildren(QWidget)):
        if isinstance(widget, kinds) and widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def _misfit(widget: QWidget) -> str:
    text = _text(widget)
    if not text or text in widget.toolTip():
        return ""
    needs, has = _needs(widget, text), _room(widget).size()
    if needs.width() <= has.width() + SLACK_PX and needs.height() <= has.height() + SLACK_PX:
        return ""
    size = f"needs {needs.width()} x {needs.height()}, has {has.width()} x {has.height()}"
    return f"{type(widget).__name__} “{text}” {size}"


def _cut_cells(view: QAbstractItemView) -> Iterator[str]:
    """Cells and headers that are shown with … and no tooltip that says all of them."""
    model = view.model()
    if model is None or not isinstance(view, QTableView | QTreeView) or view.visibleRegion().isEmpty():
        return
    header = view.horizontalHeader() if isinstance(view, QTableView) else view.header()
    shown = [column for column in range(model.columnCount()) if not header.isSectionHidden(column)]
    horizontal = Qt.Orientation.Horizontal
    for column in shown:
        text = str(model.headerData(column, horizontal) or "")
        tip = str(model.headerData(column, horizontal, Qt.ItemDataRole.ToolTipRole) or "")
        needs, has = header.sectionSizeHint(column), header.sectionSize(column)
        if header.isVisible() and text and text not in tip and needs > has + SLACK_PX:
            yield f"{type(view).__name__} header “{text}” needs {needs}, has {has}"
    for row in range(model.rowCount()):
        for column in shown:
            index = model.index(row, column)
            text, tip = str(index.data() or ""), str(index.data(Qt.ItemDataRole.ToolTipRole) or "")
            rect = view.visualRect(index)
            if not text or text in tip or not rect.intersects(view.viewport().rect()):
                continue
            needs, has = view.sizeHintForIndex(index).width(), rect.width()
            if needs > has + SLACK_PX:
                yield f"{type(view).__name__} “{text}” needs {needs}, has {has}"


def _text(widget: QWidget) -> str:
    if isinstance(widget, QLabel):
        return "" if widget.textFormat() is Qt.TextFormat.RichText else widget.text()
    if isinstance(widget, QLineEdit):
        # What a person typed may be longer than the field; what the desk says in it may not.
        return "" if widget.text() else widget.placeholderText()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    icon_only = (
        isinstance(widget, QToolButton) and widget.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
    )
    if isinstance(widget, QAbstractButton) and not (icon_only and not widget.icon().isNull()):
        return widget.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
    return ""


def _needs(widget: QWidget, text: str) -> QSize:
    """Of the text alone, in the widget's own font; wrapped where the widget wraps."""
    metrics = QFontMetricsF(widget.font())
    if isinstance(widget, QLabel) and widget.wordWrap():
        room = _room(widget)
        flags = int(Qt.TextFlag.TextWordWrap)
        rect = metrics.boundingRect(QRect(0, 0, room.width(), 10_000).toRectF(), flags, text)
        return QSize(int(rect.width()), int(rect.height()))
    lines = text.split("\n")
    width = max(metrics.horizontalAdvance(line) for line in lines)
    return QSize(int(width), int(metrics.capHeight() + metrics.lineSpacing() * (len(lines) - 1)))


def _room(widget: QWidget) -> QRect:
    """Where the widget puts its text."""
    if isinstance(widget, QLabel):
        margin = 2 * widget.margin() + max(widget.indent(), 0)
        return widget.contentsRect().adjusted(0, 0, -margin, -2 * widget.margin())
    if isinstance(widget, QCheckBox | QRadioButton):
        option = QStyleOptionButton()
        option.initFrom(widget)
        option.text = widget.text()
        return widget.style().subElementRect(QStyle.SubElement.SE_CheckBoxContents, option, widget)
    if isinstance(widget, QPushButton):
        option = QStyleOptionButton()
        option.initFrom(widget)
        option.text = widget.text()
        return widget.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, widget)
    if isinstance(widget, QLineEdit):
        margins = widget.textMargins()
        return widget.contentsRect().adjusted(margins.left() + 2, 0, -margins.right() - 2, 0)
    return widget.contentsRect()
