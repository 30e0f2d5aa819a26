"""All actions with their keys, by group, and after them the keys that panels answer themselves."""

from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from desktop.actions import Action
from desktop.commands.commands import Commands
from desktop.commands.key_texts import caps, panel_keys
from desktop.paint.key_caps import caps_width, draw_caps
from desktop.paint.theme import Theme
from desktop.tr import tr

ROW_PX: Final = 26
BETWEEN_PX: Final = 12
TITLE_COLUMN_PX: Final = 360
KEYS_ROLE: Final = Qt.ItemDataRole.UserRole + 1
ID_ROLE: Final = Qt.ItemDataRole.UserRole + 2
CHANGED_ROLE: Final = Qt.ItemDataRole.UserRole + 3
_Index = QModelIndex | QPersistentModelIndex


class _KeysDelegate(QStyledItemDelegate):
    """Keys on their caps; those that a person has chosen in full ink."""

    def __init__(self, theme: Callable[[], Theme], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        keys: list[str] = index.data(KEYS_ROLE) or []
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        theme, left = self._theme(), float(option.rect.left() + 4)
        ink = "text.primary" if index.data(CHANGED_ROLE) else "text.secondary"
        for text in keys:
            shown = caps(text)
            if left + caps_width(shown, theme) > option.rect.right():
                break
            middle = option.rect.top() + option.rect.height() / 2
            left = draw_caps(painter, shown, left, middle, theme, ink) + BETWEEN_PX


class KeyList(QTreeWidget):
    """`action_id` of what is chosen is empty for a heading and for a panel's own keys."""

    def __init__(self, commands: Commands, theme: Callable[[], Theme], parent: QWidget) -> None:
        super().__init__(parent)
        self._commands = commands
        self.setColumnCount(2)
        self.setHeaderLabels([tr("Action"), tr("Keys")])
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAccessibleName(tr("Actions and their keys"))
        self.setItemDelegateForColumn(1, _KeysDelegate(theme, self))
        header = self.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(0, TITLE_COLUMN_PX)
        header.setStretchLastSection(True)
        look = theme()
        self.setStyleSheet(
            f"QTreeView::item:selected {{ background: {look.css('surface.selected')};"
            f" color: {look.css('text.primary')}; }}"
        )
        self._items: dict[str, QTreeWidgetItem] = {}
        self._texts: list[tuple[QTreeWidgetItem, str]] = []
        self._fill()

    def _fill(self) -> None:
        groups: dict[str, list[Action]] = {}
        for action in self._commands.actions:
            groups.setdefault(action.group, []).append(action)
        for group, actions in groups.items():
            heading = self._heading(group)
            for action in actions:
                item = QTreeWidgetItem(heading, [action.title, ""])
                item.setData(0, ID_ROLE, action.id)
                self._items[action.id] = item
                self._texts.append((item, f"{action.title} {group} {action.words} {action.id}".lower()))
        for key in panel_keys():
            place = tr("{place}: keys of its own", place=key.place)
            found = self.findItems(place, Qt.MatchFlag.MatchExactly)
            heading = found[0] if found else self._heading(place)
            item = QTreeWidgetItem(heading, [key.title, ""])
            self._show(item, key.keys, is_changed=False)
            item.setToolTip(0, tr("The panel answers these itself; they cannot be changed"))
            self._texts.append((item, f"{key.title} {key.place}".lower()))
        self.expandAll()
        self.refresh()

    def _heading(self, words: str) -> QTreeWidgetItem:
        heading = QTreeWidgetItem(self, [words])
        heading.setFlags(Qt.ItemFlag.ItemIsEnabled)
        heading.setFirstColumnSpanned(True)
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        heading.setFont(0, font)
        return heading

    @staticmethod
    def _show(item: QTreeWidgetItem, keys: tuple[str, ...], *, is_changed: bool) -> None:
        item.setData(1, KEYS_ROLE, list(keys))
        item.setData(1, CHANGED_ROLE, is_changed)
        said = ", ".join("+".join(caps(text)) for text in keys)
        item.setText(1, said)
        item.setData(1, Qt.ItemDataRole.AccessibleTextRole, said or tr("no key"))

    def refresh(self) -> None:
        """Keys are others."""
        keys = self._commands.keys
        for action_id, item in self._items.items():
            self._show(item, keys.keys(action_id), is_changed=keys.is_changed(action_id))

    def search(self, text: str) -> None:
        """Show what holds every word, in its words or its keys; headings with nothing below them go."""
        words = text.lower().split()
        for item, said in self._texts:
            held = f"{said} {item.text(1).lower()}"
            item.setHidden(not all(word in held for word in words))
        for place in range(self.topLevelItemCount()):
            heading = self.topLevelItem(place)
            if heading is not None:
                below = (heading.child(at) for at in range(heading.childCount()))
                heading.setHidden(all(child is None or child.isHidden() for child in below))

    @property
    def action_id(self) -> str:
        item = self.currentItem()
        found: Any = item.data(0, ID_ROLE) if item is not None else None
        return str(found) if found else ""

    def choose(self, action_id: str) -> None:
        """Make it the current one, in view."""
        item = self._items[action_id]
        self.setCurrentItem(item)
        self.scrollToItem(item)
