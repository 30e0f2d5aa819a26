"""Every text a person reads can be in another language: none is written past `tr`."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from desktop.tr import tr

SHOWN_BY = {
    "setText", "setToolTip", "setPlaceholderText", "setAccessibleName", "setAccessibleDescription",
    "addAction", "addMenu", "setWindowTitle", "setLabelText", "addSection", "setTitle", "setStatusTip",
    "setWhatsThis", "QLabel", "QPushButton", "QAction", "QCheckBox", "QRadioButton", "QGroupBox", "QMenu",
    "PanelState", "Action",
}  # fmt: skip
SHOWN_KEYWORDS = {"title", "sentence", "detail", "words"}
NOT_SHOWN = ("bench", "inspect.py", "inspect_acts.py", "cli.py", "demo.py", "demo_report.py")
# Names and marks that are the same in every language, and keys of tables.
SAME_EVERYWHERE = re.compile(r"Tapedeck|UTC|[a-z_]+(\.[a-z_]+)+|Ctrl[ +].*|[A-Z]{1,4}")


def sources(repo_root: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((repo_root / "desktop").rglob("*.py")):
        relative = path.relative_to(repo_root / "desktop")
        if relative.parts[0] not in NOT_SHOWN:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def name_of(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def literals(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """Strings written here, also those chosen between; what is handed to `tr` or `mark` is not."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node, node.value
    elif isinstance(node, ast.JoinedStr):
        yield node, "".join(part.value for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.BoolOp):
        for value in node.values:
            yield from literals(value)


def test_no_text_is_shown_past_tr(repo_root: Path) -> None:
    found = []
    for path, tree in sources(repo_root):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if name_of(call) not in SHOWN_BY:
                continue
            named = [word.value for word in call.keywords if word.arg in SHOWN_KEYWORDS]
            shown = [*call.args, *named] if name_of(call) != "Action" else call.args[1:3]
            for argument in shown:
                for node, text in literals(argument):
                    if re.search(r"[A-Za-z]{2,}", text) and not SAME_EVERYWHERE.fullmatch(text.strip()):
                        found.append(f"{path.relative_to(repo_root)}:{node.lineno} {text!r}")
    assert not found, "\n".join(found)


def test_what_is_translated_has_a_text_of_its_own_and_every_value_it_names(repo_root: Path) -> None:
    found = []
    for path, tree in sources(repo_root):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if not isinstance(call.func, ast.Name) or call.func.id != "tr":
                continue
            where = f"{path.relative_to(repo_root)}:{call.lineno}"
            text = call.args[0]
            if isinstance(text, ast.JoinedStr):
                found.append(f"{where} puts values into the text before it is translated")
            if isinstance(text, ast.Constant) and call.keywords and call.keywords[0].arg is not None:
                named = {
                    name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(text.value) if name
                }
                given = {word.arg for word in call.keywords}
                if named != given:
                    found.append(
                        f"{where} names {sorted(named)} and is given {sorted(str(g) for g in given)}"
                    )
    assert not found, "\n".join(found)


class Mirrored(QTranslator):
    """A language that nobody speaks: every text in brackets."""

    def translate(self, context: str, text: str, disambiguation: str | None = None, n: int = -1) -> str:
        return f"[{text}]" if context == "tapedeck" else ""

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def mirrored(qapp: QCoreApplication) -> Iterator[None]:
    translator = Mirrored()
    assert qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def test_a_text_comes_in_the_language_of_the_desk_with_its_values(mirrored: None) -> None:
    assert tr("{count} rows", count=3) == "[3 rows]"
    assert tr("Live") == "[Live]"


def test_without_a_language_the_text_is_as_written(qapp: QCoreApplication) -> None:
    assert tr("{count} rows", count="1,204") == "1,204 rows"
