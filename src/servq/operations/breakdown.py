"""Service metrics by channel, site, team, agent and product, with small groups hidden.

A group of few contacts says more about those people than about the service, and its numbers are mostly chance. So the
rule of the survey analysis holds here too: what is below the minimum is not shown, nor what would let it be worked out
as the whole minus the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.operations_findings import MetricOfGroup, ServiceBreakdown, ServiceGroup
from servq.analysis.segments import MOST_GROUPS
from servq.analysis.suppression import hidden_groups, hidden_in_score
from servq.errors import Problem, RequestInvalid
from servq.messages import Message
from servq.operations.columns import GROUPINGS
from servq.operations.definitions import MetricDefinition
from servq.operations.metrics import Measured, MetricOptions, measure
from servq.operations.readings import read_groups
from servq.operations.sample import Sample

_NAMES: Mapping[str, Message] = {
    "channel": Message("By channel"),
    "site": Message("By site"),
    "team": Message("By team"),
    "agent": Message("By agent"),
    "product": Message("By product"),
}


def check_groupings(by: Sequence[str]) -> None:
    """Refuse attributes by which metrics are not broken down."""
    unknown = [name for name in by if name not in GROUPINGS]
    if unknown:
        raise RequestInvalid(
            Problem(f'Metrics cannot be broken down by "{name}".', f"Use {', '.join(GROUPINGS)}.") for name in unknown
        )


def break_down(
    attribute: str,
    labels: pl.Series,
    sample: Sample,
    definitions: Sequence[MetricDefinition],
    *,
    options: MetricOptions,
    minimum: int,
) -> ServiceBreakdown:
    """The metrics of each group.

    Parameters
    ----------
    labels
        Shape (n,): group of each contact of the sample, null where it is not stated.
    definitions
        Metrics to show; those that the whole sample does not have are best left out.
    minimum
        Groups of fewer contacts, and metrics of a group that rest on fewer, are hidden.
    """
    stated = labels.fill_null("")
    counted = stated.filter(pl.Series(sample.in_window))
    sizes = dict(
        counted.value_counts(sort=True, name="n").sort(["n", counted.name], descending=[True, False]).iter_rows()
    )
    name = _NAMES[attribute]
    if len(sizes) > MOST_GROUPS:
        return _empty(
            attribute, minimum, Message("{n} different values are too many for a table of groups.", n=len(sizes))
        )
    hidden = hidden_groups(sizes, minimum)
    if len(hidden) == len(sizes):  # a list of names without numbers would only tell who worked
        return _empty(attribute, minimum, read_groups(len(sizes), len(hidden), minimum), n_suppressed=len(hidden))
    rows = rows_by_group(stated)
    measured = {
        group: {one.id: measure(one, part, options) for one in definitions}
        for group in sizes
        for part in (sample.take(rows[group]),)
    }
    shown = {
        one.id: hidden_in_score({group: _size(measured[group][one.id]) for group in sizes}, hidden, minimum)
        for one in definitions
    }
    return ServiceBreakdown(
        attribute=attribute,
        name=name,
        groups=tuple(
            ServiceGroup(
                label=group or Message("Not stated"),
                suppressed=group in hidden,
                n=None if group in hidden else size,
                metrics=()
                if group in hidden
                else tuple(
                    _shown(one.id, measured[group][one.id], is_hidden=group in shown[one.id], minimum=minimum)
                    for one in definitions
                ),
            )
            for group, size in sizes.items()
        ),
        minimum_group_size=minimum,
        n_suppressed=len(hidden),
        reading=read_groups(len(sizes), len(hidden), minimum),
    )


def _empty(attribute: str, minimum: int, reading: Message, *, n_suppressed: int = 0) -> ServiceBreakdown:
    return ServiceBreakdown(
        attribute=attribute,
        name=_NAMES[attribute],
        groups=(),
        minimum_group_size=minimum,
        n_suppressed=n_suppressed,
        reading=reading,
    )


def rows_by_group(labels: pl.Series) -> dict[str, NDArray[np.intp]]:
    """Rows of every group, in one pass over the contacts; `labels` has the shape (n,) and no nulls."""
    if labels.is_empty():
        return {}
    kinds = labels.unique(maintain_order=True)
    codes = labels.replace_strict(kinds, pl.int_range(len(kinds), eager=True), return_dtype=pl.Int64).to_numpy()
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=len(kinds)))[:-1]
    return dict(zip(kinds.to_list(), np.split(order, ends), strict=True))


def _size(measured: Measured) -> int:
    return 0 if isinstance(measured.estimate, Unavailable) else measured.estimate.n


def _shown(metric: str, measured: Measured, *, is_hidden: bool, minimum: int) -> MetricOfGroup:
    if is_hidden:
        reason = Message(
            "Not shown: fewer than {minimum} contacts have this metric here, or would in another group.",
            minimum=minimum,
        )
        return MetricOfGroup(metric=metric, estimate=Unavailable(reason=reason), median=None)
    if isinstance(measured.estimate, Unavailable):
        # the reason may name a count below the minimum
        reason = Message("This group's contacts do not carry this metric.")
        return MetricOfGroup(metric=metric, estimate=Unavailable(reason=reason), median=None)
    return MetricOfGroup(metric=metric, estimate=measured.estimate, median=measured.median)
