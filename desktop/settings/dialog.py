"""All settings in one place: groups at the left, a search over all of them, each applied as it is chosen.

Not modal: the desk goes on behind it and shows every change at once. One a window, deleted when closed.
"""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.commands.palette.ranking import Index, Spans
from desktop.paint.theme import Theme, ui_font
from desktop.settings.row import SettingRow
from desktop.settings.schema import GROUPS, KEYBOARD, LOOK, SETTINGS, DeskSettings
from desktop.tr import tr

if TYPE_CHECKING:
    from desktop.workspace.window import DeskWindow

SIZE_PX: Final = (760, 600)
GROUPS_PX: Final = 148
KEYS_ACTION: Final = "keys.edit"


class SettingsDialog(QDialog):
    """`window` is the one it belongs to: its actions are run there."""

    def __init__(self, window: "DeskWindow") -> None:
        self._window = window
        host = window.host
        self._theme = host.theme
        super().__init__(window)
        self._store = host.settings
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(tr("Settings"))
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Search settings"))
        self.search.setAccessibleName(tr("Search settings"))
        self.search.textChanged.connect(self._filter)
        self.groups = QListWidget(self)
        self.groups.setAccessibleName(tr("Groups of settings"))
        self.groups.currentTextChanged.connect(lambda _text: self._go_to_group())
        self.rows = {setting.key: SettingRow(setting, self._store, host.theme) for setting in SETTINGS}
        self._headings: dict[str, QLabel] = {}
        self._keys = QPushButton(tr("Change keys…"), self)
        self._keys.setAutoDefault(False)
        self._keys.clicked.connect(self._edit_keys)
        self._nothing = QLabel(self)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        titles = [tr(setting.title) for setting in SETTINGS]
        beside = [f"{tr(each.words)} {tr(each.group)} {each.key} {_choices(each)}" for each in SETTINGS]
        self._index = Index(titles, beside)
        self._page = QScrollArea(self)
        self._lay_out(host.theme)
        self.set_theme(host.theme)
        self._end = self._store.listen(self._follow)
        self._page.verticalScrollBar().valueChanged.connect(self._name_group)
        self._name_group(0)
        self.search.setFocus()

    # ---- what stands where -----------------------------------------------------------------------
    def _lay_out(self, theme: Theme) -> None:
        pad, gap = theme.px("spacing.dialog_pad"), theme.px("spacing.l")
        body = QWidget(self)
        body.setObjectName("settings-body")
        self._column = column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, pad, pad)
        column.setSpacing(0)
        for group in self._shown_groups():
            heading = self._headings[group] = QLabel(tr(group), body)
            column.addWidget(heading)
            for row in self._rows_of(group):
                column.addWidget(row)
            if group == KEYBOARD:
                column.addWidget(self._keys, 0, Qt.AlignmentFlag.AlignLeft)
            self.groups.addItem(tr(group))
        column.addWidget(self._nothing)
        column.addStretch(1)
        self._keys.setVisible(KEYBOARD in self._headings)
        self._page.setWidget(body)
        self._page.setWidgetResizable(True)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # columns stand still
        self._page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.reset = QPushButton(tr("Reset all…"), self)
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(self._reset_all)
        closing = QPushButton(tr("Close"), self)
        closing.setAutoDefault(False)
        closing.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addWidget(self.reset)
        foot.addStretch(1)
        foot.addWidget(closing)
        middle = QHBoxLayout()
        middle.setSpacing(pad)
        middle.addWidget(self.groups)
        middle.addWidget(self._page, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(pad, pad, pad, pad)
        whole.setSpacing(gap)
        whole.addWidget(self.search)
        whole.addLayout(middle, 1)
        whole.addLayout(foot)
        self._nothing.hide()

    def _shown_groups(self) -> list[str]:
        """Without those that have nothing in them."""
        can_edit_keys = KEYS_ACTION in self._window.host.commands.actions
        return [g for g in GROUPS if self._rows_of(g) or (g == KEYBOARD and can_edit_keys)]

    def _rows_of(self, group: str) -> list[SettingRow]:
        return [row for row in self.rows.values() if row.setting.group == group]

    def changeEvent(self, event: QEvent) -> None:
        # The application is dressed anew after its theme is another.
        if event.type() is QEvent.Type.StyleChange and self._window.host.theme != self._theme:
            self.set_theme(self._window.host.theme)
        super().changeEvent(event)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.setMinimumSize(theme.scaled_px(560), theme.scaled_px(320))
        if not self.isVisible():
            self.resize(*(theme.scaled_px(side) for side in SIZE_PX))
        self.groups.setFixedWidth(theme.scaled_px(GROUPS_PX))
        css, radius = theme.css, theme.px("radius.control")
        self._page.setStyleSheet(
            f"QScrollArea, QWidget#settings-body {{ background: {css('surface.overlay')}; }}"
        )
        self.groups.setStyleSheet(
            f"QListWidget {{ background: transparent; border: none; }}"
            f"QListWidget::item {{ height: {theme.px('height.button')}px; padding: 0 8px;"
            f" border-radius: {radius}px; color: {css('text.secondary')}; }}"
            f"QListWidget::item:hover {{ background: {css('surface.hover')}; }}"
            f"QListWidget::item:selected {{ background: {css('surface.selected')};"
            f" color: {css('text.primary')}; }}"
            f"QListWidget:focus {{ border: 1px solid {css('focus.ring')}; border-radius: {radius}px; }}"
        )
        for heading in self._headings.values():
            heading.setFont(ui_font(theme.px("font_px_fixed.dialog_title"), "title"))
            heading.setProperty("role", "dialog-title")
            heading.setContentsMargins(0, theme.px("spacing.m"), 0, theme.px("spacing.s"))
        self._nothing.setStyleSheet(f"color: {css('text.secondary')}; padding: {theme.px('spacing.xxl')}px;")
        for row in self.rows.values():
            row.set_theme(theme)

    # ---- search ----------------------------------------------------------------------------------
    def _filter(self, text: str) -> None:
        hits, _count = self._index.search(text.strip(), len(SETTINGS))
        spans: dict[str, Spans] = {SETTINGS[hit.row].key: hit.spans for hit in hits}
        for key, row in self.rows.items():
            row.setVisible(key in spans)
            row.highlight(spans.get(key, ()) if text.strip() else ())
        for group, heading in self._headings.items():
            shown = any(row.setting.key in spans for row in self._rows_of(group))
            keys = group == KEYBOARD and text.strip().lower() in tr("keyboard shortcuts keys").lower()
            heading.setVisible(shown or keys)
        self._keys.setVisible(KEYBOARD in self._headings and not self._headings[KEYBOARD].isHidden())
        nothing = all(heading.isHidden() for heading in self._headings.values())
        self._nothing.setText(tr("No setting has “{text}” in it.", text=text.strip()))
        self._nothing.setVisible(nothing)
        self._page.verticalScrollBar().setValue(0)

    def show_setting(self, key: str) -> None:
        """Bring one into view and hand it the keys."""
        self.search.clear()
        row = self.rows[key]
        row.field.control.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._page.ensureWidgetVisible(row)

    def _go_to_group(self) -> None:
        group = self._shown_groups()[self.groups.currentRow()]
        self.search.clear()
        self._column.activate()  # rows that the search has hidden stand again
        self._page.verticalScrollBar().setValue(self._headings[group].y())

    def _name_group(self, top: int) -> None:
        """Mark the group at the top of the page in the list."""
        headings = [heading.y() for heading in self._headings.values()]
        at = sum(y <= top + self._headings[LOOK].height() for y in headings) - 1
        self.groups.blockSignals(True)
        self.groups.setCurrentRow(max(at, 0))
        self.groups.blockSignals(False)

    # ---- acts ------------------------------------------------------------------------------------
    def _follow(self, before: DeskSettings, now: DeskSettings) -> None:
        """Somebody has changed one, here or elsewhere."""
        for key, row in self.rows.items():
            if getattr(before, key) != getattr(now, key):
                row.follow()

    def _edit_keys(self) -> None:
        self._window.host.commands.run(KEYS_ACTION, self._window)

    def _reset_all(self) -> None:
        changed = sum(not self._store.is_default(setting.key) for setting in SETTINGS)
        if self.reset.property("armed"):
            self._store.reset_all()
        self.reset.setProperty("armed", not self.reset.property("armed") and changed > 0)
        armed = bool(self.reset.property("armed"))
        self.reset.setText(tr("Reset {count} now", count=changed) if armed else tr("Reset all…"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        super().keyPressEvent(event)

    def done(self, result: int) -> None:
        self._end()
        super().done(result)


def _choices(setting: object) -> str:
    return " ".join(tr(words) for _value, words in getattr(setting, "choices", ()))


def open_settings(window: "DeskWindow", key: str = "") -> SettingsDialog:
    """The window's dialog, in front; at one setting when `key` names it."""
    dialog = window.findChild(SettingsDialog) or SettingsDialog(window)
    dialog.show()
    dialog.activateWindow()  # which brings it to the front, too
    if key:
        dialog.show_setting(key)
    return dialog
