"""How answers are spread over the points of the scale, by group, with the chi-square test. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servq.analysis.suppression import hidden_groups, hidden_in_score
from servq.reporting.charts import (
    Column,
    StackedBar,
    StackedKey,
    StackedRow,
    column_chart,
    stacked_chart,
)
from servq.results.measures import Measure
from servq.web.manage.workbench.groups import grouped
from servq.web.manage.workbench.independence import tested
from servq.web.manage.workbench.shown import WIDTH, Desk, Shown


@dataclass(frozen=True)
class _Bins:
    """Names of the points, low to high, and the place of each respondent's value among them (−1 for none)."""

    names: tuple[str, ...]
    places: NDArray[np.intp]
    is_rounded: bool


def show_shares(desk: Desk) -> Shown:
    """Answer with the shares of the points of one measure, of everybody or of each group."""
    measure = desk.measured[0]
    bins = _bins(desk, measure)
    by = desk.choices.by
    rows, hidden = _counts(desk, bins)
    title = desk.title(
        desk.t("{what} by {group}", what=desk.what(), group=desk.offer.name_of(by)) if by else desk.what()
    )
    if not rows:
        return Shown(title=title, reading=[desk.t("Every group is too small to be shown.")])
    reading, method = _test(desk, rows) if by else ([], "")
    if hidden:
        reading.append(
            desk.t.counted(
                "{n:,} group is not shown: too few answered.",
                "{n:,} groups are not shown: too few answered, or they would give another one away.",
                hidden,
            )
        )
    rounded = desk.t("Scores are rounded to the nearest point.") if bins.is_rounded else ""
    n = int(sum(counts.sum() for _, counts in rows))
    shares = [(label, counts, counts / max(counts.sum(), 1)) for label, counts in rows]
    return Shown(
        title=title,
        reading=reading,
        svg=_columns_chart(desk, bins, shares) if not by else _stacked(desk, measure, bins, shares),
        alternative=f"{title}. "
        + "; ".join(
            f"{label}: "
            + ", ".join(f"{name} {desk.report.percent(share)}" for name, share in zip(bins.names, one, strict=True))
            for label, _, one in shares[:6]
        )
        + ".",
        note=desk.note(n, desk.t("Shares of the answers."), rounded, method),
        columns=[
            (desk.offer.name_of(by) if by else desk.t("Measure"), ""),
            ("n", "n"),
            *((name, "n") for name in bins.names),
        ],
        rows=[
            [label, desk.t.count(int(counts.sum())), *(desk.report.percent(float(share)) for share in one)]
            for label, counts, one in shares
        ],
        tidy_columns=("group", "point", "count", "share", "n"),
        tidy_rows=[
            [label, name, int(count), float(share), int(counts.sum())]
            for label, counts, one in shares
            for name, count, share in zip(bins.names, counts, one, strict=True)
        ],
    )


def _bins(desk: Desk, measure: Measure) -> _Bins:
    values = desk.offer.measures.answers(measure, desk.chosen)
    known = np.isfinite(values)
    tenths = measure.kind in {"index", "share"} and not measure.points
    if tenths:
        width = (measure.high - measure.low) / 10
        places = np.clip(np.floor((np.where(known, values, 0) - measure.low) / width), 0, 9).astype(np.intp)
        names = tuple(f"{10 * tenth}–{10 * tenth + 10}" for tenth in range(10))
    else:
        points = measure.points or tuple(range(int(measure.low), int(measure.high) + 1))
        # half-way values go up, so that the rule is the same on both sides of zero
        places = (np.floor(np.where(known, values, points[0]) + 0.5) - points[0]).astype(np.intp)
        names = tuple(
            desk.formats.value(point, "gap")[:-3] if measure.is_difference and point else desk.t.number(point, 0)
            for point in points
        )
    return _Bins(names, np.where(known, places, -1), not measure.points)


def _counts(desk: Desk, bins: _Bins) -> tuple[list[tuple[str, NDArray[np.intp]]], int]:
    """Counts of the points by group, and how many groups are hidden."""
    n_points = len(bins.names)
    if not desk.choices.by:
        found = np.bincount(bins.places[bins.places >= 0], minlength=n_points)
        return ([(desk.label(desk.measured[0]), found)], 0) if found.sum() >= desk.offer.minimum else ([], 1)
    labels, codes = np.unique(grouped(desk).astype(str), return_inverse=True)
    cells = np.bincount(codes * (n_points + 1) + bins.places + 1, minlength=len(labels) * (n_points + 1))
    table = cells.reshape(len(labels), n_points + 1)
    names = [str(label) for label in labels]
    sizes = dict(zip(names, table.sum(axis=1).tolist(), strict=True))
    having = dict(zip(names, table[:, 1:].sum(axis=1).tolist(), strict=True))
    hidden = hidden_in_score(having, hidden_groups(sizes, desk.offer.minimum), desk.offer.minimum)
    order = {desk.offer.label_of(desk.choices.by, one): at for at, one in enumerate(desk.offer.values(desk.choices.by))}
    shown = [
        (name or desk.t("Not stated"), table[at, 1:])
        for at, name in sorted(enumerate(names), key=lambda one: (one[1] == "", order.get(one[1], 0)))
        if name not in hidden
    ]
    return shown, len(hidden)


def _test(desk: Desk, rows: Sequence[tuple[str, NDArray[np.intp]]]) -> tuple[list[str], str]:
    """Whether the groups answer differently, and by which test."""
    found = tested(desk, np.array([counts for _, counts in rows], dtype=np.int64).reshape(len(rows), -1))
    if found.test is None:
        return [found.reading], ""
    if not found.is_clear:
        reading = desk.t("No difference between the groups beyond what chance explains.")
    elif found.is_slight:
        reading = desk.t("The groups answer differently beyond what chance explains, but only slightly.")
    else:
        reading = desk.t("The groups answer differently, beyond what chance explains.")
    return [reading], found.method


def _columns_chart(desk: Desk, bins: _Bins, shares: Sequence[tuple[str, NDArray[np.intp], NDArray[np.float64]]]) -> str:
    _, _, one = shares[0]
    columns = [
        Column(name=name, share=float(share), label=desk.report.percent(float(share)), tone="high")
        for name, share in zip(bins.names, one, strict=True)
    ]
    return column_chart(columns, [], ends=("", ""), width=WIDTH)


def _stacked(
    desk: Desk,
    measure: Measure,
    bins: _Bins,
    shares: Sequence[tuple[str, NDArray[np.intp], NDArray[np.float64]]],
) -> str:
    half = len(bins.names) // 2
    middle = len(bins.names) % 2
    rows = []
    for label, counts, one in shares:
        below = float(one[:half].sum() + (one[half] / 2 if middle else 0.0))
        rows.append(
            StackedRow(
                label=label,
                bars=[
                    StackedBar(
                        shares=[float(share) for share in one],
                        labels=[desk.report.percent(float(share)) for share in one],
                        low=desk.report.percent(below),
                        high=desk.report.percent(1 - below),
                        count=desk.t.count(int(counts.sum())),
                    )
                ],
            )
        )
    key = StackedKey(panels=[""], low="", high="", count="n", points=bins.names, better=measure.better)
    return stacked_chart(rows, key, width=WIDTH, label_width=168)
