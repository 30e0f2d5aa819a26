"""The fields of a strategy's parameters, drawn from its own description of them."""

from typing import Any, Final

from PySide6.QtWidgets import QCheckBox

from core.backtest.spec import SpecError
from core.backtest.strategies import Parameter, StrategyDescription
from desktop.paint.theme import Theme
from desktop.research.form import FieldError, Form, FormField, choice, line
from desktop.tr import tr

TINY: Final = 1e-6  # a limit that only says: not zero


def title_of(name: str) -> str:
    """`allow_short` reads `Allow short`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def range_words(parameter: Parameter) -> str:
    """`1 to 10,000`."""
    low, high = parameter.min, parameter.max
    if low is not None and 0 < low < TINY:
        return tr("above 0")
    if low is not None and high is not None:
        return tr("{low} to {high}", low=f"{low:,g}", high=f"{high:,g}")
    if low is not None:
        return tr("at least {low}", low=f"{low:,g}")
    return tr("at most {high}", high=f"{high:,g}") if high is not None else ""


class ParameterForm(Form):
    """`show_strategy`, then `checked`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._strategy: StrategyDescription | None = None

    def show_strategy(self, described: StrategyDescription, given: dict[str, Any] | None = None) -> None:
        """`given` are values that fill it, else its defaults."""
        self.clear()
        self._strategy = described
        for parameter in described.parameters:
            field = self.add(
                self._field(parameter), " · ".join(filter(None, (parameter.help, range_words(parameter))))
            )
            value = (given or {}).get(parameter.name, parameter.default)
            if value is not None:
                field.set_value(value)

    def _field(self, parameter: Parameter) -> FormField:
        theme, title = self._theme, title_of(parameter.name)
        if parameter.kind == "bool":
            box = QCheckBox(tr("Yes"))
            return FormField(parameter.name, title, box, parameter.help, parameter.parsed)
        if parameter.kind == "choice":
            options = choice(theme, [(each, each) for each in parameter.choices])
            return FormField(parameter.name, title, options, parameter.help, parameter.parsed)
        control = line(theme, placeholder=range_words(parameter))
        return FormField(parameter.name, title, control, parameter.help, _without_name(parameter))

    def checked(self) -> dict[str, Any]:
        """Every parameter's value. Raises `FieldError`."""
        assert self._strategy is not None
        values = self.values()
        try:
            return self._strategy.checked(values)
        except SpecError as error:
            named = next((name for name in values if f"parameter {name} " in str(error)), "strategy")
            raise FieldError(named, str(error)) from error


def _without_name(parameter: Parameter) -> Any:
    """The title before it names the parameter already."""

    def read(text: str) -> Any:
        try:
            return parameter.parsed(text)
        except SpecError as error:
            raise ValueError(str(error).removeprefix(f"parameter {parameter.name} is ")) from error

    return read
