"""Numbers to glyph units, for whole columns at once: no Python string is made on the way.

A cell is a line of units half a digit wide. Every digit has its fixed place counted from the decimal point,
so points stand in one line; shorter fractions leave blanks. A column's `Slots` say how many places it has;
`text.py` is the readable twin of every rule here and the tests hold the two together.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.market.fields import NULL
from core.market.instruments import COUNT_MAX
from desktop.paint.glyphs import BLANK, UNIT_OF, WIDTH_OF
from desktop.panels.grid.text import age_text

Units = NDArray[np.uint8]
Counts = NDArray[np.int64]

POWERS: Final = 10 ** np.arange(19, dtype=np.int64)
DIGITS_MAX: Final = 18  # that always fit 64 bits
FLOAT_COUNTS_MAX: Final = 9e17
_D0: Final = UNIT_OF["0"]
_DOT, _COMMA, _COLON = UNIT_OF["."], UNIT_OF[","], UNIT_OF[":"]
_PLUS, _MINUS, _DASH = UNIT_OF["+"], UNIT_OF["\u2212"], UNIT_OF["\u2013"]


def _three_digits() -> Units:
    """Shape (1000, 7): a comma, then the two units of each of three digits."""
    number = np.arange(1000)
    out = np.empty((1000, 7), np.uint8)
    out[:, 0] = _COMMA
    for place, power in enumerate((100, 10, 1)):
        first = _D0 + 2 * (number // power % 10)
        out[:, 1 + 2 * place] = first
        out[:, 2 + 2 * place] = first + 1
    return out


_THREE: Final = _three_digits()
_THREE_PLAIN: Final = np.ascontiguousarray(_THREE[:, 1:])
# The same as one item a number, so that NumPy copies a whole group at once.
_WHOLE_ITEMS: Final = _THREE.view("V7").reshape(-1)
_PART_ITEMS: Final = _THREE_PLAIN.view("V6").reshape(-1)
_SUFFIX: Final = np.array(
    [[BLANK] * 3, [UNIT_OF["K"], UNIT_OF["K"] + 1, BLANK],
     [UNIT_OF["M"], UNIT_OF["M"] + 1, UNIT_OF["M"] + 2], [UNIT_OF["B"], UNIT_OF["B"] + 1, BLANK]],
    np.uint8,
)  # fmt: skip
SUFFIX_UNITS: Final = 3
SIGN_UNITS: Final = 2


@dataclass(frozen=True, slots=True)
class Slots:
    """Places of a number column: `int_digits` before the point, `decimals` after it."""

    int_digits: int = 1
    decimals: int = 0
    sign: bool = False  # room for a sign before the widest number
    plus: bool = False  # what is above zero shows +
    suffix: bool = False

    @property
    def int_units(self) -> int:
        return 2 * self.int_digits + (self.int_digits - 1) // 3

    @property
    def point(self) -> int:
        """Unit at which the decimal point stands."""
        return SIGN_UNITS * self.sign + self.int_units

    @property
    def width(self) -> int:
        """Units of the whole number, sign and suffix included."""
        fraction = 1 + 2 * self.decimals if self.decimals else 0
        return self.point + fraction + SUFFIX_UNITS * self.suffix


def digits_before_point(whole: Counts) -> NDArray[np.intp]:
    """How many digits each (non-negative) whole part has, at least one."""
    return np.maximum(np.searchsorted(POWERS, whole, side="right"), 1)


def number_units(
    values: Counts, decimals: Counts, slots: Slots, plus: NDArray[np.bool_] | None = None
) -> Units:
    """Shape (n, slots.width) for counts of 10^-decimals; blank where null, and in the suffix slot.

    `decimals` may differ by row up to `slots.decimals`; a row shows all of its own. Whole parts must fit
    `slots.int_digits`. `plus` says which rows show + above zero; None is `slots.plus` for all.
    """
    line = _Line.of(slots)
    null = values == NULL
    size = np.abs(np.where(null, 0, values))
    out = np.empty((len(values), line.width), np.uint8)
    out[:, :SIGN_UNITS] = out[:, line.end :] = BLANK
    out[:, line.point] = _DOT
    whole = line.fill(out, size, decimals)
    places = digits_before_point(whole)
    first = line.firsts[places]
    end = line.ends[decimals]
    end[null] = 0
    out &= line.from_unit.take(first, axis=0)
    out &= line.to_unit.take(end, axis=0)
    _write_sign(out, values, first - SIGN_UNITS, slots.plus if plus is None else plus, null)
    start = line.point - slots.point
    return out[:, start : start + slots.width]


@dataclass(frozen=True)
class _Line:
    """A work line for some slots: sign, whole groups of seven units, point, part groups of six, suffix.

    Whole groups may begin before the slots do; the tables blank what a number does not use.
    """

    whole_groups: int
    part_groups: int
    fits: bool  # a number of all places, brought to whole part groups, fits 64 bits
    point: int
    end: int
    width: int
    firsts: NDArray[np.intp]  # by digits before the point: the first unit
    ends: NDArray[np.intp]  # by decimals: past the last unit
    from_unit: Units  # by first unit: 0xFF from it on
    to_unit: Units  # by end unit: 0xFF before it

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, slots: Slots) -> "_Line":
        whole_groups, part_groups = (slots.int_digits + 2) // 3, (slots.decimals + 2) // 3
        point = SIGN_UNITS + 7 * whole_groups
        end = point + 1 + 6 * part_groups
        width = max(end, point + slots.width - slots.point)
        places, decimals = np.arange(20), np.arange(19)
        unit = np.arange(width)
        steps = np.arange(width + 1)[:, None]
        return cls(
            whole_groups,
            part_groups,
            slots.int_digits + 3 * part_groups <= DIGITS_MAX,
            point,
            end,
            width,
            np.maximum(point - (2 * places + (places - 1) // 3), 0),
            np.minimum(np.where(decimals > 0, point + 1 + 2 * decimals, point), width),
            np.where(unit >= steps, 0xFF, 0).astype(np.uint8),
            np.where(unit < steps, 0xFF, 0).astype(np.uint8),
        )

    def fill(self, out: Units, size: Counts, decimals: Counts) -> Counts:
        """Write every digit place, leading and trailing noughts too; the whole parts."""
        up = POWERS[3 * self.part_groups - decimals]
        if self.fits:
            part = rest = size * up
        else:
            rest, part = np.divmod(size, POWERS[decimals])
            part *= up
        for group in range(self.part_groups - 1, -1, -1):
            part = _three(out, self.point + 1 + 6 * group, part, _PART_ITEMS)
        whole = rest = part if self.fits else rest
        for group in range(self.whole_groups - 1, -1, -1):
            rest = _three(out, SIGN_UNITS + 7 * group, rest, _WHOLE_ITEMS)
        return whole


def _three(out: Units, at: int, number: Counts, items: NDArray[np.void]) -> Counts:
    """Write the last three digits of each number from unit `at` on, as one item; the rest of the number."""
    rest = number // 1000
    target = np.ndarray((len(out),), items.dtype, out.data, at, (out.shape[1],))
    target[:] = items.take(number - rest * 1000)
    return rest


def _write_sign(
    out: Units, values: Counts, at: NDArray[np.intp], plus: bool | NDArray[np.bool_], null: NDArray[np.bool_]
) -> None:
    """The sign stands right before the first digit, over the blank comma place if there is one."""
    signed = ((values < 0) & ~null) | ((values > 0) & plus)
    rows = np.flatnonzero(signed)
    if not len(rows):
        return
    first = np.where(values[rows] < 0, _MINUS, _PLUS)
    out[rows, at[rows]] = first
    out[rows, at[rows] + 1] = first + 1


@lru_cache(maxsize=16)
def _size_tables(places: int) -> tuple[Counts, Counts, Counts]:
    """By decimals and unit: the least count shown in the next unit, and factor and divisor to 10^-places."""
    # With two places 999.995 of a unit is the first number that would round to 1000.00 of it.
    first = 10 ** (4 + places) - 5
    steps, factors, divisors = [], [], []
    for decimals in range(19):
        exponents = [decimals + 3 * level - places for level in range(4)]
        steps.append(
            [min(-(-first * 10 ** max(e, 0) // (10 * 10 ** max(-e, 0))), COUNT_MAX) for e in exponents]
        )
        factors.append([10 ** max(-e, 0) for e in exponents])
        divisors.append([10 ** min(max(e, 0), 18) for e in exponents])
    return np.array(steps), np.array(factors), np.array(divisors)


def scaled_sizes(values: Counts, decimals: Counts, places: int = 2) -> tuple[Counts, NDArray[np.intp]]:
    """Sizes as (10^-places of their unit, unit 0..3 for none, K, M, B), rounded half away from zero."""
    steps, factors, divisors = _size_tables(places)
    null = values == NULL
    size = np.abs(np.where(null, 0, values))
    level = (size[:, None] >= steps[decimals, :3]).sum(1)
    divisor = divisors[decimals, level]
    scaled = size * factors[decimals, level]
    shown = scaled // divisor
    rest = scaled - shown * divisor
    shown += rest >= divisor - rest
    shown[(shown == 0) & (size > 0)] = 1
    shown = np.where(values < 0, -shown, shown)
    shown[null] = NULL
    return shown, level


def size_units(values: Counts, decimals: Counts, slots: Slots) -> Units:
    """Shape (n, slots.width): two decimals and a suffix in its own slot."""
    shown, level = scaled_sizes(values, decimals)
    out = number_units(shown, np.full(len(values), 2), slots)
    out[:, slots.width - SUFFIX_UNITS :] = _SUFFIX[level]
    return out


def suffix_units(level: NDArray[np.intp]) -> Units:
    """Shape (n, SUFFIX_UNITS): nothing, K, M or B."""
    return _SUFFIX[level]


def percent_counts(last: Counts, reference: Counts, places: int = 2) -> Counts:
    """Change in 10^-places of a percent, rounded half away from zero; null without a reference."""
    factor = 2 * 10 ** (2 + places)
    # The last product that 64 bits hold: beyond it a double is exact enough for the eye.
    limit = 8 * 10**18 // factor
    null = (last == NULL) | (reference == NULL) | (reference == 0)
    ref = np.where(null, 1, reference)
    change = np.where(null, 0, last) - np.where(null, 0, reference)
    size, base = np.abs(change), np.abs(ref)
    exact = (factor * np.minimum(size, limit) + base) // (2 * base)
    if (size > limit).any() or (base > 1 << 61).any():
        rough = np.rint(factor / 2 * (size / base)).clip(0, 9e17).astype(np.int64)
        exact = np.where((size > limit) | (base > 1 << 61), rough, exact)
    return np.where(null, NULL, np.where((change > 0) == (ref > 0), exact, -exact))


def changes(last: Counts, reference: Counts) -> Counts:
    """Last minus reference; null where either is."""
    null = (last == NULL) | (reference == NULL)
    return np.where(null, NULL, last - np.where(null, 0, reference))


def rounded(values: Counts, decimals: Counts, places: int) -> tuple[Counts, Counts]:
    """Counts of 10^-decimals brought to at most `places`, half away from zero; what has fewer keeps them."""
    null = values == NULL
    size = np.abs(np.where(null, 0, values))
    shown = np.minimum(decimals, places)
    divisor = POWERS[decimals - shown]
    whole, rest = np.divmod(size, divisor)
    whole += rest >= divisor - rest
    whole[(whole == 0) & (size > 0)] = 1
    return np.where(null, NULL, np.where(values < 0, -whole, whole)), shown


def float_counts(values: NDArray[np.float64], places: int) -> Counts:
    """Counts of 10^-places, half away from zero; null for what is no number or has more than 18 digits."""
    scaled = np.abs(values) * 10.0**places + 0.5
    known = scaled < FLOAT_COUNTS_MAX
    counts = np.where(known, scaled, 0.0).astype(np.int64)
    return np.where(known, np.where(values < 0, -counts, counts), NULL)


def scaled_floats(values: NDArray[np.float64], places: int) -> tuple[Counts, NDArray[np.intp]]:
    """The same in units of none, K, M or B (0..3), as `scaled_sizes` has them for counts."""
    size = np.abs(values)
    steps = (1.0 - 0.5 * 10.0 ** -(3 + places)) * 1e3 ** np.arange(1, 4)
    level = np.searchsorted(steps, np.where(np.isnan(size), 0.0, size), side="right")
    return float_counts(values / 1e3**level, places), level


TIME_UNITS: Final = 21


def time_units(event_us: Counts, offset_us: Counts | int = 0) -> Units:
    """Shape (n, 21): HH:MM:SS.mmm in zones that are `offset_us` east of UTC; blank where null."""
    null = event_us == NULL
    ms = (np.where(null, 0, event_us) + offset_us) // 1_000 % 86_400_000
    seconds, milli = np.divmod(ms, 1_000)
    out = np.empty((len(event_us), TIME_UNITS), np.uint8)
    out[:, 0:4] = _THREE_PLAIN[seconds // 3_600][:, 2:]
    out[:, 5:9] = _THREE_PLAIN[seconds // 60 % 60][:, 2:]
    out[:, 10:14] = _THREE_PLAIN[seconds % 60][:, 2:]
    out[:, 15:] = _THREE_PLAIN[milli]
    out[:, 4] = out[:, 9] = _COLON
    out[:, 14] = _DOT
    if null.any():
        out[null] = BLANK
    return out


AGE_UNITS: Final = 8
AGES_MAX: Final = 2_048


def _age_table() -> tuple[Units, NDArray[np.int64]]:
    """Right-aligned lines for every distinct age text, and the age in ms at which each begins."""
    begins = [100 * tenth for tenth in range(100)] + [1_000 * s for s in range(10, 60)]
    begins += [60_000 * m for m in range(1, 60)] + [3_600_000 * h for h in range(1, 48)]
    begins += [86_400_000 * d for d in range(2, 1_000)]
    assert len(begins) <= AGES_MAX
    return text_units([age_text(ms) for ms in begins], AGE_UNITS), np.array(begins, np.int64)


def text_units(texts: list[str], width: int) -> Units:
    """Right-aligned units of short texts made of known glyphs: for tables and dashes, not for hot paths."""
    out = np.full((len(texts), width), BLANK, np.uint8)
    for row, text in enumerate(texts):
        units = [UNIT_OF[char] + part for char in text for part in range(WIDTH_OF[char])]
        if units:
            out[row, width - len(units) :] = units
    return out


_AGES, _AGE_BEGINS = _age_table()
_AGE_NONE: Final = len(_AGES)
_AGE_LINES: Final = np.concatenate((_AGES, np.full((1, AGE_UNITS), BLANK, np.uint8)))


def age_codes(age_ms: Counts) -> NDArray[np.intp]:
    """Which of the distinct age texts each age has: two ages of one code read the same."""
    codes = np.searchsorted(_AGE_BEGINS, np.maximum(age_ms, 0), side="right") - 1
    return np.where(age_ms == NULL, _AGE_NONE, codes)


def age_units(codes: NDArray[np.intp]) -> Units:
    """Shape (n, 8): right-aligned ages; blank where null."""
    return _AGE_LINES[codes]


def dash_units(width: int, suffix: bool) -> Units:
    """Shape (width,): an en dash where the last digit would be, for what is not known yet."""
    out = np.full(width, BLANK, np.uint8)
    end = width - (SUFFIX_UNITS if suffix else 0)
    out[end - 2 : end] = (_DASH, _DASH + 1)
    return out
