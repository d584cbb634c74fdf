"""Two groupings against each other: shares of each row, with the chi-square test. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from servq.analysis.suppression import hidden_groups
from servq.reporting.charts import HeatCell, HeatRow, heat_map
from servq.web.manage.workbench.independence import tested
from servq.web.manage.workbench.offers import crossed, hidden_pairs
from servq.web.manage.workbench.shown import WIDTH, Cell, Desk, Shown

NOTABLE = 2.0
"""Standard errors beyond which a cell deserves a look; see `ContingencyTest`."""


def show_cross(desk: Desk) -> Shown:
    """Answer with a cross-table of the groups of two attributes."""
    by, across = desk.choices.by, desk.choices.across
    rows, columns, counts = crossed(desk.offer.groups(desk.chosen, by), desk.offer.groups(desk.chosen, across))
    minimum = desk.offer.minimum
    row_sizes, column_sizes = counts.sum(axis=1), counts.sum(axis=0)
    hidden_rows = hidden_groups(dict(zip(rows, row_sizes.tolist(), strict=True)), minimum)
    hidden_columns = hidden_groups(dict(zip(columns, column_sizes.tolist(), strict=True)), minimum)
    hidden = hidden_pairs(by, across, counts, minimum)
    kept_rows = _kept(desk, by, rows, hidden_rows)
    kept_columns = _kept(desk, across, columns, hidden_columns)
    title = desk.title(desk.t("{first} by {second}", first=desk.offer.name_of(by), second=desk.offer.name_of(across)))
    if not kept_rows or not kept_columns:
        return Shown(title=title, reading=[desk.t("Every group is too small to be shown.")])
    shown = counts[np.ix_(kept_rows, kept_columns)]
    reading, method, residuals = _test(desk, shown)
    if hidden[np.ix_(kept_rows, kept_columns)].any():
        reading.append(desk.t("Some cells are not shown: too few respondents, or they would give another one away."))
    names = [rows[at] or desk.t("Not stated") for at in kept_rows]
    heads = [columns[at] or desk.t("Not stated") for at in kept_columns]
    drawn: list[HeatRow] = []
    table: list[list[str]] = []
    tidy: list[list[Cell]] = []
    for place, at in enumerate(kept_rows):
        size = int(row_sizes[at])
        cells, said = [HeatCell(text=desk.report.percent(size / max(int(row_sizes.sum()), 1)))], []
        for column, across_at in enumerate(kept_columns):
            count = int(counts[at, across_at])
            if hidden[at, across_at]:
                cells.append(HeatCell(text="–", tone="absent"))
                said.append("–")
                tidy.append([names[place], heads[column], None, None, size])
                continue
            share = desk.report.percent(count / size)
            residual = float(residuals[place, column]) if residuals is not None else 0.0
            cells.append(
                HeatCell(
                    text=share,
                    tone="plain" if abs(residual) < NOTABLE else "better" if residual > 0 else "worse",
                    arrow="none" if abs(residual) < NOTABLE else "up" if residual > 0 else "down",
                )
            )
            said.append(f"{share} ({desk.t.count(count)})")
            tidy.append([names[place], heads[column], count, count / size, size])
        drawn.append(HeatRow(label=names[place], count=desk.t.count(size), cells=cells))
        table.append([names[place], desk.t.count(size), *said])
    return Shown(
        title=title,
        reading=reading,
        svg=heat_map([desk.t("of all"), *heads], drawn, count_name="n", width=WIDTH, label_width=150),
        alternative=f"{title}. " + " ".join(reading),
        note=desk.note(int(counts.sum()), desk.t("Shares of each row."), method),
        columns=[(desk.offer.name_of(by), ""), ("n", "n"), *((head, "n") for head in heads)],
        rows=table,
        tidy_columns=(by, across, "count", "share_of_row", "n_row"),
        tidy_rows=tidy,
    )


def _kept(desk: Desk, name: str, labels: Sequence[str], hidden: Collection[str]) -> list[int]:
    """Places of the groups that are shown, in the order in which people expect them, the unknown last."""
    order = {desk.offer.label_of(name, value): at for at, value in enumerate(desk.offer.values(name))}
    shown = [at for at, label in enumerate(labels) if label not in hidden]
    return sorted(shown, key=lambda at: (labels[at] == "", order.get(labels[at], 0)))


def _test(desk: Desk, counts: NDArray[np.int64]) -> tuple[list[str], str, NDArray[np.float64] | None]:
    found = tested(desk, counts)
    if found.test is None:
        return [found.reading], "", None
    if not found.is_clear:
        return [desk.t("The two do not go together beyond what chance explains.")], found.method, None
    residuals = found.test.standardised_residuals
    reading = (
        desk.t("The two go together beyond what chance explains, but only slightly.")
        if found.is_slight
        else desk.t("The two go together, beyond what chance explains; arrows mark the cells that deserve a look.")
    )
    return [reading], found.method, residuals if residuals.shape == counts.shape else None
