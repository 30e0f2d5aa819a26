"""The fields of the model of the venue: how orders become fills, and what they cost."""

from dataclasses import fields
from typing import Final

from core.backtest.spec import VenueModel
from desktop.paint.theme import Theme
from desktop.research.form import Form, FormField, choice, line, number, whole
from desktop.tr import mark, tr

# name, title, unit or what it does, least, most; limits as spec.py checks them
_NUMBERS: Final = (
    ("fees_bps", mark("Fees, bps"), mark("Of the notional, per fill"), -1_000, 10_000),
    ("k_spread", mark("Slippage, spreads"), mark("Of its minute's mean, per fill"), 0, 100),
    ("prob_slippage", mark("Chance of a tick"), mark("That a market order slips, 0 to 1"), 0, 1),
    ("prob_fill_on_limit", mark("Chance at the limit"), mark("Of a fill when only touched, 0 to 1"), 0, 1),
    ("starting_cash", mark("Starting cash"), "", 1, 1e12),
    ("leverage", mark("Leverage"), "", 1, 1_000),
)


class VenueForm(Form):
    """`show_model`, then `model`. The currency is the dataset's."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._currency = "USD"
        for name, title, words, low, high in _NUMBERS:
            hint = tr(words) if words else ""
            self.add(FormField(name, tr(title), line(theme), hint, number(low, high)), hint)
            if name == "k_spread":
                hint, read = tr("From the strategy to the venue"), whole(0, 60_000_000)
                self.add(FormField("latency_us", tr("Latency, µs"), line(theme), hint, read), hint)
        accounts = [("MARGIN", tr("Margin")), ("CASH", tr("Cash"))]
        account = choice(theme, accounts)
        self.add(FormField("account", tr("Account"), account))
        account.currentIndexChanged.connect(self._follow_account)
        self.show_model(VenueModel())

    def show_model(self, model: VenueModel) -> None:
        self.set_currency(model.currency)
        for each in fields(model):
            if each.name in self.fields:
                self.fields[each.name].set_value(getattr(model, each.name))

    def set_currency(self, currency: str) -> None:
        """Of the account: that of the instruments."""
        self._currency = currency
        self.say_unit("starting_cash", currency)

    def _follow_account(self) -> None:
        """Cash is not borrowed."""
        leverage = self.fields["leverage"]
        is_cash = self.fields["account"].text == "CASH"
        if is_cash:
            leverage.set_value(1.0)
        leverage.control.setEnabled(not is_cash)

    def model(self) -> VenueModel:
        """Raises `FieldError`."""
        return VenueModel(currency=self._currency, **self.values())
