"""The look of standard Qt widgets and QtAds docks, made from a theme.

One style sheet and one palette for the whole application; panels that paint themselves ask the theme. Holds
no colour or size of its own: every value below is a token or a multiple of the 4 px grid.
"""

from string import Template
from typing import Final

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from desktop.paint.fonts import register_fonts
from desktop.paint.resources import resource
from desktop.paint.theme import Theme

_WIDGETS: Final = Template("""
* { font-family: "Inter", "Noto Sans CJK SC"; font-size: ${ui_px}px; outline: none; }
QWidget { color: $text_primary; }
QMainWindow, QDialog, QWidget#desk { background: $surface_desk; }
QDialog { background: $surface_overlay; }
QToolTip { background: $surface_overlay; color: $text_primary;
  border: 1px solid $border_strong; padding: 4px 6px; }
QLabel { background: transparent; }
QLabel[role="secondary"] { color: $text_secondary; }
QLabel[role="tertiary"] { color: $text_tertiary; }
QLabel[role="error"] { color: $state_error; }
QLabel[role="title"] { font-weight: 600; }
QLabel[role="dialog-title"] { font-size: ${px_15}px; font-weight: 600; }

QPushButton { background: $surface_raised; color: $text_primary; border: 1px solid $border_default;
  border-radius: 4px; padding: 0 10px; min-height: ${px_24}px; max-height: ${px_24}px; }
QPushButton:hover { background: $surface_hover; border-color: $border_strong; }
QPushButton:pressed { background: $surface_pressed; }
QPushButton:disabled { color: $text_disabled; border-color: $border_subtle; }
QPushButton:default, QPushButton[kind="default"] { background: $accent_fill; color: $text_on_accent;
  border-color: $accent_fill; font-weight: 500; }
QPushButton:default:hover, QPushButton[kind="default"]:hover { background: $accent_fill_hover;
  border-color: $accent_fill_hover; }
QPushButton:default:disabled, QPushButton[kind="default"]:disabled { background: $surface_raised;
  color: $text_disabled; border-color: $border_subtle; }
QPushButton:focus { border-color: $focus_ring; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 2px;
  color: $text_secondary; }
QToolButton:focus { border-color: $focus_ring; color: $text_primary; }
QToolButton:hover { background: $surface_hover; color: $text_primary; }
QToolButton:pressed, QToolButton:checked { background: $surface_pressed; color: $text_primary; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QAbstractSpinBox { background: $surface_input;
  color: $text_primary; border: 1px solid $border_default; border-radius: 4px; padding: 0 6px;
  min-height: ${px_20}px;
  selection-background-color: $accent_fill; selection-color: $text_on_accent; }
QLineEdit:hover, QComboBox:hover { border-color: $border_strong; }
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus { border-color: $focus_ring; }
QLineEdit[invalid="true"], QComboBox[invalid="true"] { border-color: $state_error; }
QLineEdit:disabled { color: $text_disabled; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox QAbstractItemView { background: $surface_overlay; border: 1px solid $border_strong;
  selection-background-color: $surface_selected; selection-color: $text_primary; }
QCheckBox, QRadioButton { spacing: 6px; background: transparent; }
QCheckBox::indicator, QListView::indicator { width: 12px; height: 12px; border: 1px solid $text_tertiary;
  border-radius: 3px; background: $surface_input; }
QCheckBox::indicator:checked, QListView::indicator:checked { border-color: $accent_fill;
  background: $accent_fill; image: url("$check"); }
QCheckBox::indicator:focus { border-color: $focus_ring; }
QListView::item:selected { background: $surface_selected; color: $text_primary; }

QMenu { background: $surface_overlay; border: 1px solid $border_strong; padding: 4px; }
QMenu::item { padding: 4px 20px 4px 8px; border-radius: 4px; background: transparent; }
QMenu::item:selected { background: $surface_selected; }
QMenu::item:disabled { color: $text_tertiary; }
QMenu::separator { height: 1px; background: $border_default; margin: 4px 0; }
QMenu::indicator { width: 14px; height: 14px; left: 4px; }

QScrollBar:vertical { background: transparent; width: 8px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 8px; margin: 0; }
QScrollBar::handle { background: $border_strong; border-radius: 3px; margin: 1px; }
QScrollBar::handle:vertical { min-height: 24px; }
QScrollBar::handle:horizontal { min-width: 24px; }
QScrollBar::handle:hover { background: $text_disabled; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea { background: $surface_panel; border: none; }
QHeaderView { background: $surface_panel; border: none; }
QProgressBar { background: $surface_pressed; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent_base; border-radius: 2px; }
QSplitter::handle { background: transparent; }
""")

# QtAds: 4 px gap between panels, the tab is the title, 2 px line over the tab that is in front.
_DOCKS: Final = Template("""
ads--CDockManager, ads--CDockContainerWidget { background: $surface_desk; border: none; }
ads--CDockContainerWidget > QSplitter { padding: 4px; }
ads--CDockSplitter::handle { background: $surface_desk; width: 4px; height: 4px; }
ads--CDockAreaWidget { background: $surface_panel; border: 1px solid $border_subtle; border-radius: 4px; }
ads--CDockAreaWidget[focused="true"] { border-color: $border_strong; }
ads--CDockAreaTitleBar { background: $surface_raised; border: none; border-bottom: 1px solid $border_subtle;
  padding: 0; min-height: ${px_25}px; max-height: ${px_25}px; }
ads--CDockWidgetTab { background: transparent; border: none; border-right: 1px solid $border_subtle;
  border-top: 2px solid transparent; padding: 0 10px; min-height: ${px_24}px; }
ads--CDockWidgetTab QLabel { color: $text_tertiary; }
ads--CDockWidgetTab:hover QLabel { color: $text_primary; }
ads--CDockWidgetTab[activeTab="true"] { background: $surface_panel; border-top-color: $border_strong; }
ads--CDockWidgetTab[activeTab="true"] QLabel { color: $text_primary; font-weight: 500; }
ads--CDockWidgetTab[focused="true"] { border-top-color: $accent_base; }
ads--CDockWidget { background: $surface_panel; border: none; }
ads--CDockWidget > QScrollArea { background: $surface_panel; border: none; }
ads--CTitleBarButton, ads--CDockAreaTitleBar QToolButton { padding: 1px; border-radius: 4px; }
ads--CFloatingDockContainer { background: $surface_desk; }
ads--CDockAreaTabBar { background: transparent; border: none; }
#tabCloseButton { border: none; padding: 0; qproperty-iconSize: 12px; }
""")

_GROWING_PX: Final = (15, 20, 24, 25)  # heights and fonts above that go with the size of text
_COLOURS: Final = (
    "surface.desk", "surface.panel", "surface.raised", "surface.overlay", "surface.input", "surface.hover",
    "surface.pressed", "surface.selected", "text.primary", "text.secondary", "text.tertiary", "text.disabled",
    "text.on_accent", "border.subtle", "border.default", "border.strong", "accent.base", "accent.fill",
    "accent.fill_hover", "focus.ring", "state.error",
)  # fmt: skip


def application_stylesheet(theme: Theme) -> str:
    """Style sheet for standard widgets and QtAds, for `QApplication.setStyleSheet`."""
    values = {token.replace(".", "_"): theme.css(token) for token in _COLOURS}
    values["check"] = resource("icons/check-white.svg").as_posix()
    values["ui_px"] = str(theme.font_px("ui"))
    for normal_px in _GROWING_PX:
        values[f"px_{normal_px}"] = str(theme.scaled_px(normal_px))
    return _WIDGETS.substitute(values) + _DOCKS.substitute(values)


def application_palette(theme: Theme) -> QPalette:
    """Palette for what style sheets do not reach."""
    role = QPalette.ColorRole
    palette = QPalette()
    for color_role, token in (
        (role.Window, "surface.panel"), (role.WindowText, "text.primary"), (role.Base, "surface.input"),
        (role.AlternateBase, "surface.panel"), (role.Text, "text.primary"), (role.Button, "surface.raised"),
        (role.ButtonText, "text.primary"), (role.Highlight, "accent.fill"),
        (role.HighlightedText, "text.on_accent"), (role.ToolTipBase, "surface.overlay"),
        (role.ToolTipText, "text.primary"), (role.PlaceholderText, "text.tertiary"),
        (role.Mid, "border.default"),
        (role.Light, "border.strong"), (role.Link, "accent.text"),
    ):  # fmt: skip
        palette.setColor(color_role, theme.color(token))
    for color_role in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, color_role, theme.color("text.disabled"))
    return palette


def dress(app: QApplication, theme: Theme) -> None:
    """Fonts, palette, style sheet and the Fusion style on the application; call again on a theme change."""
    register_fonts()
    app.setStyle("Fusion")
    app.setFont(theme.font("ui"))
    app.setPalette(application_palette(theme))
    app.setStyleSheet(application_stylesheet(theme))
