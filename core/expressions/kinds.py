"""What a part of an expression is: a number, a text, or yes or no; known before anything is evaluated."""

from enum import Enum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

# A float64, bool or str array of shape (rows,), or () for what does not depend on the row.
Values: TypeAlias = NDArray[Any]


class Kind(Enum):
    """The value is how a message calls it."""

    NUMBER = "a number"  # float64, NaN for unknown
    TEXT = "text"  # str of NumPy, empty for unknown
    TRUTH = "yes or no"  # bool


def is_unknown(values: Values) -> NDArray[np.bool_]:
    """Where a number is NaN or a text is empty; yes or no is always known."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "b":
        return np.zeros(values.shape, np.bool_)
    return np.asarray(values == "")
