"""The door of every statistic: whatever the caller holds becomes a plain array of numbers, or a clear refusal.

Values are never changed and rows never dropped unasked; each statistic states its own rule for missing answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from servq.errors import InvalidArgument

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_ROWS = 65_536
LARGEST = 1e75
"""Fourth powers of larger numbers, which factor models need, leave the range of floating-point numbers."""

FloatT = TypeVar("FloatT", bound="np.floating[Any]")


class Items(NamedTuple):
    """Answers as numbers, shape (n_respondents, n_items), with the names of their columns."""

    values: NDArray[np.floating[Any]]
    names: tuple[str, ...]


def as_items(
    items: object, *, argument: str = "items", keep_float32: bool = False, allow_infinite: bool = False
) -> Items:
    """Read answers from whatever holds them.

    Parameters
    ----------
    items
        Shape (n_respondents, n_items): nested sequences, a numpy array (masked entries are missing), a pandas or
        polars frame. NaN, None and null mean missing; booleans count as 0 and 1.
    argument
        What the caller's caller knows this input by; used in the messages.
    keep_float32
        Hand back a float32 array as it is instead of widening it. For functions that accumulate in float64
        themselves; everybody else would lose digits.
    allow_infinite
        Leave infinite and too large values for the caller to refuse, who reads all the answers anyway.

    Returns
    -------
    Items
        float64 values (or float32 with `keep_float32`) and column names; without names, items are called
        ``"1"`` … ``"k"``. No copy is made of an array that already has the right type.

    Raises
    ------
    InvalidArgument
        Not two-dimensional, no columns, two columns of one name, text, dates, complex, infinite or too large (beyond
        ±1e75) values.

    Notes
    -----
    R equivalent: ``data.matrix(items)``, which makes numbers of texts where this refuses them.

    Examples
    --------
    >>> as_items([[1, 2], [3, None]]).values
    array([[ 1.,  2.],
           [ 3., nan]])
    """
    names = getattr(items, "columns", None)
    values = _numbers(items, argument, keep_float32=keep_float32, allow_infinite=allow_infinite)
    if values.ndim != 2:  # rows and columns
        raise InvalidArgument(
            f"{argument} must have the shape (n_respondents, n_items); it has {values.ndim} dimension(s)."
        )
    n_items = values.shape[1]
    if n_items == 0:
        raise InvalidArgument(f"{argument} must have at least one column.")
    labels = tuple(map(str, range(1, n_items + 1))) if names is None else tuple(map(str, names))
    if len(set(labels)) != n_items:
        twice = sorted({label for label in labels if labels.count(label) > 1})
        raise InvalidArgument(f"{argument} has columns of the same name: {', '.join(twice)}. Rename all but one.")
    return Items(values, labels)


def as_vector(values: object, *, argument: str = "values") -> NDArray[np.float64]:
    """Read one number per respondent, shape (n_respondents,), NaN where missing.

    Parameters
    ----------
    values
        A sequence, one-dimensional array, or pandas or polars series; None and null mean missing.
    argument
        Name used in the messages.

    Raises
    ------
    InvalidArgument
        Not one-dimensional, text, dates, complex, infinite or too large (beyond ±1e75) values.

    Notes
    -----
    R equivalent: ``as.numeric(values)``, which makes NA of texts where this refuses them.

    Examples
    --------
    >>> as_vector([4, None, 5])
    array([ 4., nan,  5.])
    """
    vector = _numbers(values, argument)
    if vector.ndim != 1:
        raise InvalidArgument(f"{argument} must be one-dimensional; it has {vector.ndim} dimension(s).")
    return vector.astype(np.float64, copy=False)


def complete_rows(values: NDArray[FloatT]) -> NDArray[FloatT]:
    """Rows without a missing value; the array itself when none is missing (list-wise deletion).

    Parameters
    ----------
    values
        Shape (n_respondents, n_items), NaN where missing, as `as_items` gives them. Never raises.

    Notes
    -----
    R equivalent: ``values[complete.cases(values), ]``.

    Examples
    --------
    >>> complete_rows(np.array([[1.0, 2.0], [np.nan, 3.0]]))
    array([[1., 2.]])
    """
    complete = ~np.isnan(values).any(axis=1)
    return values if complete.all() else values[complete]


def _numbers(
    values: object, argument: str, *, keep_float32: bool = False, allow_infinite: bool = False
) -> NDArray[np.floating[Any]]:
    array = _as_array(values, argument)
    if array.dtype.kind == "O":
        array = _from_objects(array, argument)
    if array.dtype.kind not in "biuf":
        raise InvalidArgument(
            f"{argument} must hold numbers; it holds {array.dtype}. Code the answers as numbers, NaN where missing."
        )
    if not (keep_float32 and array.dtype == np.float32):
        array = array.astype(np.float64, copy=False)
    for start in range(0, len(array) if array.ndim and not allow_infinite else 0, BLOCK_ROWS):
        block = array[start : start + BLOCK_ROWS]
        if np.isinf(block).any():
            raise InvalidArgument(f"{argument} holds infinite values. Use NaN for a missing answer.")
        if block.dtype != np.float32 and (np.abs(block) > LARGEST).any():
            raise InvalidArgument(f"{argument} holds numbers beyond ±{LARGEST:g}. Use a larger unit.")
    return array


def _as_array(values: object, argument: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), np.nan)
    if hasattr(values, "to_numpy"):
        array: NDArray[Any] = values.to_numpy()
        if array.dtype.kind == "O" and hasattr(values, "isna"):  # pandas keeps its own missing-value object
            array = array.copy()
            array[values.isna().to_numpy()] = None
        return array
    try:
        return np.asarray(values)
    except ValueError as error:  # ragged nested sequences
        raise InvalidArgument(f"{argument} must be rectangular: every row needs the same number of values.") from error


def _from_objects(array: NDArray[np.object_], argument: str) -> NDArray[np.float64]:
    numbers = np.empty(array.size)
    for position, value in enumerate(array.ravel()):
        if isinstance(value, str | bytes):
            raise InvalidArgument(f"{argument} must hold numbers; it holds the text {value!r}.")
        try:
            numbers[position] = np.nan if value is None else float(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidArgument(f"{argument} must hold numbers; it holds {value!r}.") from error
    return numbers.reshape(array.shape)
