"""The settings dialog: everything by keys, live in every window, and no value that cannot be used."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton

from desktop.settings.dialog import SettingsDialog, open_settings
from desktop.settings.schema import SETTINGS


def keys(widget, text):
    QTest.keyClicks(widget, text)


def shown(dialog):
    return [key for key, row in dialog.rows.items() if not row.isHidden()]


def test_it_opens_by_its_key_beside_the_market_and_only_once(play):
    async def scenario(stage):
        window = stage.app.windows[0]
        QTest.keyClick(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        dialog = window.findChild(SettingsDialog)
        assert dialog.isVisible()
        assert not dialog.isModal()
        assert dialog.search.hasFocus() or dialog.focusWidget() is dialog.search
        assert open_settings(window) is dialog
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        await stage.until(lambda: window.findChild(SettingsDialog) is None, "the dialog to go")

    play(scenario)


def test_search_finds_titles_words_choices_and_keys_and_marks_what_it_found(play):
    async def scenario(stage):
        dialog = open_settings(stage.app.windows[0])
        assert shown(dialog) == [setting.key for setting in SETTINGS]
        keys(dialog.search, "flash")
        assert shown(dialog) == ["flash", "flash_ms"]
        assert ">Flash</span>" in dialog.rows["flash_ms"].title.text()
        dialog.search.setText("orange")
        assert shown(dialog) == ["market_palette"]
        dialog.search.setText("nothing has this")
        assert shown(dialog) == []
        assert "nothing has this" in dialog._nothing.text()
        QTest.keyClick(dialog.search, Qt.Key.Key_Escape)
        assert dialog.isVisible()
        assert shown(dialog) == [setting.key for setting in SETTINGS]
        dialog.close()

    play(scenario)


def test_by_keys_alone_a_theme_is_chosen_and_every_window_and_the_dialog_have_it(play):
    async def scenario(stage):
        first, second = stage.app.windows
        dialog = open_settings(first)
        choice = dialog.rows["theme"].field.control
        dialog.show_setting("theme")
        assert dialog.focusWidget() is choice
        QTest.keyClick(choice, Qt.Key.Key_Down)
        assert stage.app.theme.name == "light"
        panel = stage.app.theme.color("surface.raised")
        for window in (first, second):
            assert window.bar.grab().toImage().pixelColor(2, 2) == panel
        over = stage.app.theme.color("surface.overlay")
        image = dialog.grab().toImage()
        assert image.pixelColor(4, 4) == image.pixelColor(300, 300) == over
        assert dialog.rows["theme"].back.isVisible()
        QTest.keyClick(dialog.rows["theme"].back, Qt.Key.Key_Space)
        assert stage.app.theme.name == "dark"
        assert not dialog.rows["theme"].back.isVisible()
        QTest.keyClick(first, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
        assert choice.currentText() == "Light"  # changed elsewhere, shown here
        dialog.close()

    play(scenario, windows=2)


def test_a_number_counts_when_it_is_finished_and_a_wrong_one_says_why(play):
    async def scenario(stage):
        dialog = open_settings(stage.app.windows[0])
        row = dialog.rows["flash_ms"]
        line = row.field.control
        line.selectAll()
        keys(line, "45")
        assert stage.app.settings.current.flash_ms == 300
        keys(line, "0")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert dialog.isVisible()
        assert stage.app.theme.flash_ms == 450
        QTest.keyClick(line, Qt.Key.Key_Up)
        assert (line.text(), stage.app.theme.flash_ms) == ("500", 500)
        line.selectAll()
        keys(line, "9000")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert row.error == "“9000” cannot be used: use 100 to 2000"
        assert line.accessibleDescription() == row.error
        assert stage.app.settings.current.flash_ms == 500
        QTest.keyClick(line, Qt.Key.Key_Escape)
        assert line.text() == "500"
        dialog.close()

    play(scenario)


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)")  # the list of names, offscreen
def test_any_zone_can_be_typed(play):
    async def scenario(stage):
        dialog = open_settings(stage.app.windows[0])
        row = dialog.rows["zone"]
        line = row.field.control.lineEdit()
        for typed, zone in (("Asia/Tokyo", "Asia/Tokyo"), ("new york", "America/New_York")):
            line.selectAll()
            keys(line, typed)
            QTest.keyClick(line, Qt.Key.Key_Return)
            assert stage.app.settings.current.zone == zone
        line.selectAll()
        keys(line, "Atlantis")
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert "Atlantis" in row.error
        assert stage.app.settings.current.zone == "America/New_York"
        dialog.close()

    play(scenario)


def test_resetting_all_asks_once_with_the_number(play):
    async def scenario(stage):
        stage.app.settings.change_all({"flash": False, "density": "compact"})
        dialog = open_settings(stage.app.windows[0])
        dialog.reset.click()
        assert dialog.reset.text() == "Reset 2 now"
        assert stage.app.settings.current.density == "compact"
        dialog.reset.click()
        assert stage.app.settings.current.density == "normal"
        dialog.close()

    play(scenario)


def test_every_control_has_a_name_and_tab_reaches_it(play):
    async def scenario(stage):
        dialog = open_settings(stage.app.windows[0])
        for setting in SETTINGS:
            control = dialog.rows[setting.key].field.control
            assert isinstance(control, QCheckBox | QComboBox | QLineEdit)
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
            assert control.accessibleName() == setting.title
            assert dialog.rows[setting.key].title.buddy() is control  # what a reader says on Linux
        for button in dialog.findChildren(QPushButton):
            assert button.text()
        dialog.close()

    play(scenario)


@pytest.mark.parametrize("percent", ["90", "100", "150"])
@pytest.mark.parametrize("density", ["compact", "comfortable"])
def test_no_word_is_cut_off(play, percent, density):
    async def scenario(stage):
        stage.app.settings.change_all({"text_percent": percent, "density": density})
        dialog = open_settings(stage.app.windows[0])
        dialog.grab()
        for row in dialog.rows.values():
            for label in (row.title, row.words):
                assert label.heightForWidth(label.width()) <= label.height()
            control = row.field.control
            assert control.fontMetrics().height() <= control.height()
            if isinstance(control, QComboBox):
                widest = max(
                    control.fontMetrics().horizontalAdvance(control.itemText(i))
                    for i in range(control.count())
                )
                assert widest <= control.width() - 2 * stage.app.theme.px("spacing.m") - 14
        dialog.close()

    play(scenario)


def test_opening_it_many_times_leaves_nothing(play):
    async def scenario(stage):
        window = stage.app.windows[0]
        listeners = len(stage.app.settings._listeners)
        for _ in range(5):
            open_settings(window).close()
            await stage.until(lambda: window.findChild(SettingsDialog) is None, "the dialog to go")
        assert len(stage.app.settings._listeners) == listeners

    play(scenario)
