"""Values with their group labels, as the comparisons of several groups take them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from servq.errors import InvalidArgument, NotEstimable
from servq.messages import Message
from servq.statistics.comparison import MINIMUM_N, SampleSummary, summarise
from servq.statistics.matrix import as_vector

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Groups:
    """Groups in the order of their labels, with what was left out and why."""

    samples: dict[str, NDArray[np.float64]]
    caveats: tuple[Message, ...]

    @cached_property
    def summaries(self) -> dict[str, SampleSummary]:
        """N, mean and standard deviation of every group."""
        return {label: summarise(sample) for label, sample in self.samples.items()}

    @property
    def n(self) -> int:
        """Respondents in all groups."""
        return sum(map(len, self.samples.values()))


def present_values(values: object, argument: str = "values") -> NDArray[np.float64]:
    """Read the values that are not missing."""
    vector = as_vector(values, argument=argument)
    return vector[~np.isnan(vector)]


def read_labels(labels: object, *, argument: str = "groups") -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Read one category per respondent: positions among the sorted labels (−1 where missing), and the labels.

    Numbers sort as numbers, everything else as text; None and NaN are missing; dates become ISO text. A label
    goes by its name, as `label_name` gives it, so that ``2``, ``2.0`` and ``"2"`` are one category.
    """
    array = labels.to_numpy() if hasattr(labels, "to_numpy") else np.asarray(labels, dtype=object)
    if array.ndim != 1:
        raise InvalidArgument(f"{argument} must be one-dimensional; it has {array.ndim} dimension(s).")
    if array.dtype.kind == "M":
        blank = np.isnat(array)
        array = np.datetime_as_string(array, unit="auto").astype(object)
        array[blank] = None
    given = array.tolist()
    name_of: dict[Any, str] = {label: label_name(label) for label in set(given) if not _is_missing(label)}
    numeric = all(isinstance(label, Real) for label in name_of)
    ordered = sorted(name_of, key=None if numeric else name_of.__getitem__)
    names = tuple(dict.fromkeys(name_of[label] for label in ordered))
    place_of = {name: place for place, name in enumerate(names)}
    position = {label: place_of[name] for label, name in name_of.items()}
    codes = np.array([position.get(label, -1) for label in given], dtype=np.intp)
    return codes, names


def label_name(label: object) -> str:
    """Name of a category: whole numbers without a decimal point, all digits of the others, anything else as text."""
    if isinstance(label, np.number):
        label = label.item()
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def read_groups(values: object, groups: object) -> Groups:
    """Split values by group; rows without a value or a group, and groups with one value, are left out.

    Raises
    ------
    InvalidArgument
        Different lengths.
    NotEstimable
        Fewer than two groups with at least two values.
    """
    vector = as_vector(values)
    codes, labels = read_labels(groups)
    if len(codes) != len(vector):
        raise InvalidArgument(
            f"values and groups must be aligned by respondent; they have {len(vector)} and {len(codes)} entries."
        )
    usable = ~np.isnan(vector) & (codes >= 0)
    order = np.argsort(codes[usable], kind="stable")
    sizes = np.bincount(codes[usable], minlength=len(labels))
    parts = np.split(vector[usable][order], np.cumsum(sizes)[:-1]) if labels else []
    samples = {label: part for label, part in zip(labels, parts, strict=True) if len(part) >= MINIMUM_N}
    small = [label for label, size in zip(labels, sizes, strict=True) if size < MINIMUM_N]
    if len(samples) < MINIMUM_N:
        raise NotEstimable(
            Message(
                "At least 2 groups with at least 2 values each are needed; there are {n_groups}.", n_groups=len(samples)
            ),
            n=int(usable.sum()),
        )
    caveats = (Message("Left out, with fewer than 2 values: {groups}.", groups=", ".join(small)),) if small else ()
    return Groups(samples, caveats)


def _is_missing(label: object) -> bool:
    # NaN, NaT and pandas' NA are the labels that do not equal themselves (NA answers with itself, not with a truth)
    return label is None or not isinstance(same := label == label, bool | np.bool_) or not same  # noqa: PLR0124
