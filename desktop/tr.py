"""Every text a person reads goes through `tr`, so that it can be in another language.

The English text is the key. Values are put in after the translation, by name: `tr("{count} rows", count=3)`.
"""

from PySide6.QtCore import QCoreApplication

CONTEXT = "tapedeck"


def tr(text: str, /, **values: object) -> str:
    """`text` in the language of the desk, with `values` in the places of their names."""
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**values) if values else translated


def mark(text: str) -> str:
    """`text` as it is: for constants, which are made before the language is known. `tr` them when shown."""
    return text
