"""The dialog "Keyboard shortcuts": every action with its keys, found by word or key, changed by a press.

A key that another action has is named with both, and goes over only when that is wanted; one that a panel or
a text field needs is refused with the reason. Everything counts at once, in all windows; nothing waits for
an OK. Not modal: prices and keys of the windows go on.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.state.versioned_file import StateError
from desktop.commands.commands import Commands
from desktop.commands.key_field import KeyField
from desktop.commands.key_list import KeyList
from desktop.commands.key_texts import caps
from desktop.paint.theme import Theme
from desktop.tr import tr

SIZE_PX: Final = (640, 560)


class KeyEditor(QDialog):
    """`theme` gives the look of the moment. Deleted when it is closed."""

    def __init__(self, commands: Commands, theme: Callable[[], Theme], parent: QWidget) -> None:
        super().__init__(parent)
        self._commands = commands
        self._theme = theme
        self._wanted = ""  # a key that another action has, until it is decided
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.resize(*SIZE_PX)
        self.search = QLineEdit(self)
        self.search.setPlaceholderText(tr("Search actions and keys"))
        self.search.setAccessibleName(tr("Search actions and keys"))
        self.search.setClearButtonEnabled(True)
        self.list = KeyList(commands, theme, self)
        self.search.textChanged.connect(self.list.search)
        self.field = KeyField(self)
        self.field.recorded.connect(self._recorded)
        self.field.left.connect(self._leave_field)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.title = QLabel(self)
        self.replace = self._button(tr("Replace"), self._replace)
        self.reset = self._button(tr("Default keys"), self._reset)
        self.reset_all = self._button(tr("All default keys"), self._reset_all)
        self.close_button = self._button(tr("Close"), self.close)
        self._removers = QHBoxLayout()
        self._removers.setSpacing(6)
        self._shown_keys: list[QPushButton] = []
        self._lay_out(theme())
        self.list.currentItemChanged.connect(lambda _now, _before: self._show_chosen())
        self.list.itemActivated.connect(lambda _item, _column: self.field.setFocus())
        self._end = commands.keys.listen(self._keys_changed)
        self._show_chosen()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def _button(self, words: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked=False: act())
        return button

    def _lay_out(self, theme: Theme) -> None:
        pad, gap = theme.px("spacing.dialog_pad"), theme.px("spacing.m")
        column = QVBoxLayout(self)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(gap)
        heading = QLabel(tr("Keyboard shortcuts"), self)
        heading.setProperty("role", "dialog-title")
        column.addWidget(heading)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        chosen = QHBoxLayout()
        chosen.setSpacing(gap)
        self.title.setFont(theme.font("ui", "strong"))
        chosen.addWidget(self.title, 1)
        chosen.addLayout(self._removers)
        self.field.setFixedWidth(190)
        chosen.addWidget(self.field)
        chosen.addWidget(self.reset)
        column.addLayout(chosen)
        verdict = QHBoxLayout()
        verdict.setSpacing(gap)
        verdict.addWidget(self.said, 1)
        verdict.addWidget(self.replace)
        column.addLayout(verdict)
        foot = QHBoxLayout()
        foot.addWidget(self.reset_all)
        foot.addStretch(1)
        foot.addWidget(self.close_button)
        column.addLayout(foot)

    # ---- what is chosen --------------------------------------------------------------------------
    def _show_chosen(self) -> None:
        action_id, keys = self.list.action_id, self._commands.keys
        self._wanted = ""
        self.replace.hide()
        self.field.show_keys("")
        for button in self._shown_keys:
            self._removers.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._shown_keys = []
        self.field.setEnabled(bool(action_id))
        self.reset.setEnabled(bool(action_id) and keys.is_changed(action_id))
        self.reset_all.setEnabled(keys.any_changed)
        if not action_id:
            self.title.setText("")
            self._say(tr("Choose an action to change its keys. Keys of a panel's own cannot be changed."))
            return
        self.title.setText(self._commands.actions[action_id].title)
        for text in keys.keys(action_id):
            said = "+".join(caps(text))
            button = self._button(f"{said}  ×", partial(self._remove, action_id, text))
            button.setToolTip(tr("Take {keys} away from it", keys=said))
            button.setAccessibleName(tr("Take {keys} away", keys=said))
            self._removers.addWidget(button)
            self._shown_keys.append(button)
        self._say("")

    def _say(self, words: str, *, is_error: bool = False) -> None:
        theme = self._theme()
        ink = theme.css("state.error" if is_error else "text.secondary")
        self.said.setStyleSheet(f"color: {ink};")
        self.said.setText(words or " ")

    def _keys_changed(self) -> None:
        self.list.refresh()
        self.list.search(self.search.text())
        self._show_chosen()

    def _leave_field(self) -> None:
        self._show_chosen()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- changes ---------------------------------------------------------------------------------
    def _recorded(self, text: str) -> None:
        action_id, keys = self.list.action_id, self._commands.keys
        self._wanted = ""
        self.replace.hide()
        reason = keys.refusal(text)
        holder = keys.holder(text)
        if reason:
            self._say(reason, is_error=True)
        elif holder and holder != action_id:
            self._wanted = text
            theirs, ours = (self._commands.actions[name].title for name in (holder, action_id))
            said = "+".join(caps(text))
            self._say(
                tr("{keys} is “{theirs}” now. Give it to “{ours}”?", keys=said, theirs=theirs, ours=ours),
                is_error=True,
            )
            self.replace.show()
        else:
            self._add(text)

    def _replace(self) -> None:
        if self._wanted:
            self._add(self._wanted)

    def _add(self, text: str) -> None:
        action_id = self.list.action_id
        try:
            self._commands.keys.add(action_id, text)
        except StateError as error:
            self._say(str(error), is_error=True)
            return
        self._say(tr("{keys} calls it from now on, in all windows.", keys="+".join(caps(text))))

    def _remove(self, action_id: str, text: str) -> None:
        self._commands.keys.remove(action_id, text)

    def _reset(self) -> None:
        self._commands.keys.reset(self.list.action_id)

    def _reset_all(self) -> None:
        self._commands.keys.reset_all()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._end()
        super().closeEvent(event)

    def reject(self) -> None:
        """Esc: close as the button does."""
        self.close()
