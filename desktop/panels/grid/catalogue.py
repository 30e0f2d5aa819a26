"""The columns that every grid has, in their first order: what each says and how it looks at first."""

from functools import cache

from core.market.fields import Field
from desktop.panels.grid.columns import Col, ColumnSpec
from desktop.panels.grid.formats import Shape, first_format
from desktop.tr import tr

_CHANGE = (Field.LAST, Field.REFERENCE)
_QUOTE = (Field.BID, Field.ASK)


@cache
def built_ins() -> dict[str, ColumnSpec]:
    """By id."""
    price, size, number = Shape.PRICE, Shape.SIZE, Shape.NUMBER
    specs = (
        _text(Col.SYMBOL, tr("Symbol"), 112, "primary", tr("Symbol, in the venue's spelling")),
        _text(Col.VENUE, tr("Venue"), 52, "tertiary", tr("Exchange")),
        _field(Col.LAST, tr("Last"), price, "primary", tr("Price of the last trade")),
        _made(Col.CHANGE, tr("Change"), Shape.CHANGE, _CHANGE, 96, tr("Last price less the reference")),
        _made(Col.PERCENT, tr("Chg %"), Shape.PERCENT, _CHANGE, 60, tr("Change in % of the reference")),
        _field(Col.BID_SIZE, tr("Bid size"), size, "secondary", tr("Size at the bid")),
        _field(Col.BID, tr("Bid"), price, "primary", tr("Best bid")),
        _field(Col.ASK, tr("Ask"), price, "primary", tr("Best ask")),
        _field(Col.ASK_SIZE, tr("Ask size"), size, "secondary", tr("Size at the ask")),
        _field(Col.VOLUME, tr("Volume"), size, "secondary", tr("Volume of the session"), width_px=72),
        _made(Col.TREND, tr("Trend"), Shape.SPARK, (), 60, tr("The last price over the last minute")),
        _made(Col.AGE, tr("Age"), Shape.AGE, (), 50, tr("Time since the row's last event")),
        _field(Col.HIGH, tr("High"), price, "secondary", tr("Highest trade of the session")),
        _field(Col.LOW, tr("Low"), price, "secondary", tr("Lowest trade of the session")),
        _made(Col.TIME, tr("Time"), Shape.TIME, (Field.EVENT_US,), 92, tr("Time of the last event")),
        _text(Col.NAME, tr("Name"), 160, "secondary", tr("Name of the instrument"), hidden=True),
        _more(Col.SPREAD, tr("Spread"), number, _QUOTE, 72, tr("Ask less bid")),
        _more(
            Col.SPREAD_TICKS, tr("Ticks"), number, _QUOTE, 52, tr("Spread in ticks of the instrument"),
        ),
        _more(
            Col.SPREAD_BPS, tr("Spread bp"), number, _QUOTE, 60,
            tr("Spread in hundredths of a percent of the middle"),
        ),
        _more(
            Col.MID, tr("Mid"), number, _QUOTE, 96,
            tr("Middle between bid and ask, with one more decimal than the price"),
        ),
        _more(
            Col.DEPTH, tr("Depth %"), number, (Field.BID_SIZE, Field.ASK_SIZE), 76,
            tr("Size at the bid in % of both sides: bid from the left, ask from the right"),
        ),
        _more(
            Col.RANGE, tr("Day range"), Shape.RANGE, (Field.LAST, Field.HIGH, Field.LOW), 76,
            tr("Where the last price stands between low and high of the session"),
        ),
        _field(Col.OPEN, tr("Open"), price, "secondary", tr("First trade of the session"), hidden=True),
        _field(
            Col.REFERENCE, tr("Reference"), price, "secondary", tr("What the change is measured from"),
            hidden=True,
        ),
        _field(Col.LAST_SIZE, tr("Last size"), size, "secondary", tr("Size of the last trade"), hidden=True),
    )  # fmt: skip
    assert [spec.col for spec in specs] == list(Col)
    return {spec.col: spec for spec in specs}


def _text(
    col: Col, title: str, width_px: int, foreground: str, hint: str, *, hidden: bool = False
) -> ColumnSpec:
    return ColumnSpec(col, title, Shape.TEXT, (), width_px, foreground, hint, hidden=hidden)


def _field(
    col: Col,
    title: str,
    shape: Shape,
    foreground: str,
    hint: str,
    *,
    width_px: int = 0,
    hidden: bool = False,
) -> ColumnSpec:
    """A field of the table by the column's own name."""
    width_px = width_px or (96 if shape is Shape.PRICE else 70)
    fields = (Field[col.name],)
    return ColumnSpec(col, title, shape, fields, width_px, foreground, hint, first_format(shape), hidden)


def _made(
    col: Col, title: str, shape: Shape, fields: tuple[Field, ...], width_px: int, hint: str
) -> ColumnSpec:
    """What the first grids showed besides fields."""
    ink = {Shape.PERCENT: "primary", Shape.CHANGE: "secondary", Shape.TIME: "secondary"}
    return ColumnSpec(
        col, title, shape, fields, width_px, ink.get(shape, "tertiary"), hint, first_format(shape)
    )


def _more(
    col: Col,
    title: str,
    shape: Shape,
    fields: tuple[Field, ...],
    width_px: int,
    hint: str,
) -> ColumnSpec:
    """Made of fields, hidden at first."""
    spec = ColumnSpec(col, title, shape, fields, width_px, "secondary", hint, hidden=True)
    return spec.with_format(spec.first_format)
