"""Measures by group: dots with intervals, a table, or a heat map; who differs, by the right test. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.segment_findings import GroupMark, SiteCell, SiteRow, Sites
from servq.analysis.sites import make_sites
from servq.messages import Message
from servq.reporting.charts import HeatCell, HeatRow, HeatTone, Mark, Panel, Row, heat_map, row_chart
from servq.results.measures import Measure
from servq.results.rows import Attribute
from servq.results.scored import SITE
from servq.statistics import Estimate
from servq.web.manage.workbench.choices import Show
from servq.web.manage.workbench.offers import WAVE, crossed, hidden_pairs
from servq.web.manage.workbench.shown import TIDY_ESTIMATE, WIDTH, Desk, Shown, stacked

ABREAST = 3
"""Measures beside each other; more stand below."""
MOST_DOTTED = 9
"""More measures than this are a heat map, whatever was asked for."""
ARROWS = {"above": "↑", "below": "↓", "none": ""}


def show_groups(desk: Desk) -> Shown:
    """Answer with the groups of one attribute."""
    by, measures = desk.choices.by, desk.measured
    groups = grouped(desk)
    found = make_sites(
        {one.id: desk.offer.measures.rule(one, desk.chosen, desk.estimator).contributions for one in measures},
        groups,
        desk.estimator,
        better=measures[0].better,
        rule=desk.offer.measures.rule(measures[0], desk.chosen, desk.estimator),
        compared_by="others" if by == SITE else None,
    )
    rows = _ordered(desk, found)
    kinds = {one.id: one for one in measures}
    shows_heat = len(measures) > 1 and (desk.choices.show is Show.HEAT or len(measures) > MOST_DOTTED)
    svg = ""
    if desk.choices.show is not Show.TABLE:
        parts = [measures[at : at + ABREAST] for at in range(0, len(measures), ABREAST)]
        svg = _heat(desk, found, rows) if shows_heat else stacked([_dots(desk, found, rows, part) for part in parts])
    title = desk.title(desk.t("{what} by {group}", what=desk.what(), group=desk.offer.name_of(by)))
    several = len(measures) > 1
    return Shown(
        title=title,
        reading=[desk.say(found.comparison), desk.say(found.reading)]
        if str(found.comparison)
        else [desk.say(found.reading)],
        svg=svg,
        alternative=_alternative(desk, title, found, rows),
        note=desk.note(desk.chosen.n, "" if shows_heat else desk.intervals(), _method(desk, found)),
        columns=_columns(desk, several=several),
        rows=_several_rows(desk, rows) if several else _single_rows(desk, found, rows),
        tidy_columns=("group", "measure", *TIDY_ESTIMATE, "direction", "p_adjusted"),
        tidy_rows=[
            [_name(desk, row), id_, *desk.tidy(cell.estimate), cell.mark.direction, _p(cell.mark)]
            for row in rows
            for id_, cell in row.cells.items()
            if id_ in kinds
        ],
    )


def grouped(desk: Desk) -> NDArray[np.object_]:
    """Group of each respondent; where a filter is on, small ones together, so that none can be worked out."""
    groups = desk.offer.groups(desk.chosen, desk.choices.by)
    if not (desk.offer.is_limited and desk.choices.only):
        return groups.texts()
    (name, value), *_ = desk.choices.only
    whole = desk.offer.scored.select(waves=desk.offer.wave_numbers(desk.choices), sites=desk.offer.viewer.sites)
    segments, others, counts = crossed(desk.offer.groups(whole, desk.choices.by), whole.attribute(name))
    column = hidden_pairs(desk.choices.by, name, counts, desk.offer.minimum)[:, list(others).index(value)]
    small = {label for label, hidden in zip(segments, column, strict=True) if hidden}
    pooled = desk.t("Small groups together")
    return Attribute(tuple(pooled if label in small else label for label in groups.labels), groups.positions).texts()


def _ordered(desk: Desk, found: Sites) -> list[SiteRow]:
    """Groups in their own order where they have one, else the best first; those not known or not shown last."""
    own = desk.choices.by == WAVE or desk.choices.by in desk.offer.scored.choice_items
    order = {desk.offer.label_of(desk.choices.by, one): at for at, one in enumerate(desk.offer.values(desk.choices.by))}
    first = found.scores[0]

    def place(row: SiteRow) -> tuple[bool, bool, float]:
        cell = row.cells.get(first)
        estimate = cell.estimate if cell else None
        value = estimate.value if isinstance(estimate, Estimate) else 0.0
        better = value if desk.measured[0].better == "low" else -value
        return isinstance(row.label, Message), row.suppressed, order.get(str(row.label), 0) if own else better

    return sorted(found.rows, key=place)


def _name(desk: Desk, row: SiteRow) -> str:
    return desk.say(row.label)


def _method(desk: Desk, found: Sites) -> str:
    match found.compared_by:
        case "others":
            return desk.t(
                "Each group is compared with all others together (Welch's t test; Benjamini–Hochberg over the groups)."
            )
        case "pairs":
            return desk.t("Every pair of groups is compared (Games–Howell; Holm over the dimensions).")
        case _:
            return ""


def _dots(desk: Desk, found: Sites, rows: Sequence[SiteRow], measures: Sequence[Measure]) -> str:
    panels, drawn = [], []
    for measure in measures:
        shown = [_cell(row, measure) for row in rows]
        estimates = [cell.estimate for cell in shown if cell and isinstance(cell.estimate, Estimate)]
        total = found.totals[measure.id]
        low, high, ticks = desk.axis(
            measure, desk.ends([*estimates, *([total] if isinstance(total, Estimate) else [])])
        )
        panels.append(
            Panel(
                title="" if len(desk.measured) == 1 else desk.label(measure),
                low=low,
                high=high,
                ticks=ticks,
                reference=0.0 if measure.is_difference or measure.kind == "net" else None,
            )
        )
    hidden = desk.t("not shown: too few")
    totals = [_total_marks(desk, found.totals[one.id], one) for one in measures]
    drawn.append(Row(label=desk.t("All together"), cells=totals, strong=True))
    for row in rows:
        cells = [_marks(desk, _cell(row, measure), measure) for measure in measures]
        drawn.append(Row(label=_name(desk, row), cells=cells, absent=hidden if row.suppressed else desk.t("not shown")))
    return row_chart(drawn, panels, width=WIDTH, label_width=150)


def _cell(row: SiteRow, measure: Measure) -> SiteCell | None:
    return row.cells.get(measure.id)


def _total_marks(desk: Desk, total: Estimate | Unavailable, measure: Measure) -> list[Mark]:
    if isinstance(total, Unavailable):
        return []
    label = desk.formats.value(total.value, measure.kind)
    return [Mark(value=total.value, ci_low=total.ci_low, ci_high=total.ci_high, label=label, tone="hollow")]


def _marks(desk: Desk, cell: SiteCell | None, measure: Measure) -> list[Mark]:
    if cell is None or isinstance(cell.estimate, Unavailable):
        return []
    one = cell.estimate
    arrow = ARROWS[cell.mark.direction]
    label = f"{desk.formats.value(one.value, measure.kind)}{f' {arrow}' if arrow else ''}"
    return [Mark(value=one.value, ci_low=one.ci_low, ci_high=one.ci_high, label=label)]


def _heat(desk: Desk, found: Sites, rows: Sequence[SiteRow]) -> str:
    hidden = desk.t("not shown: too few")
    total = HeatRow(
        label=desk.t("All together"),
        count=desk.t.count(desk.chosen.n),
        cells=[HeatCell(text=desk.written(found.totals[one.id], one.kind)[1]) for one in desk.measured],
        strong=True,
    )
    drawn = [
        HeatRow(
            label=_name(desk, row),
            count="" if row.n is None else desk.t.count(row.n),
            cells=[] if row.suppressed else [_heat_cell(desk, row.cells[one.id], one) for one in desk.measured],
            absent=hidden if row.suppressed else "",
        )
        for row in rows
    ]
    return heat_map(
        [desk.label(one) for one in desk.measured], [total, *drawn], count_name="n", width=WIDTH, label_width=130
    )


def _heat_cell(desk: Desk, cell: SiteCell, measure: Measure) -> HeatCell:
    if isinstance(cell.estimate, Unavailable):
        return HeatCell(text="–", tone="absent")
    text = desk.formats.value(cell.estimate.value, measure.kind)
    if cell.mark.direction == "none":
        return HeatCell(text=text)
    is_better = (cell.mark.direction == "above") == (measure.better == "high")
    tones: dict[tuple[bool, bool], HeatTone] = {
        (True, False): "better",
        (True, True): "slightly_better",
        (False, False): "worse",
        (False, True): "slightly_worse",
    }
    return HeatCell(
        text=text,
        tone=tones[is_better, cell.mark.is_slight],
        arrow="up" if cell.mark.direction == "above" else "down",
    )


def _columns(desk: Desk, *, several: bool) -> list[tuple[str, str]]:
    group = desk.offer.name_of(desk.choices.by)
    if several:
        return [(group, ""), ("n", "n"), *((desk.label(one), "n") for one in desk.measured)]
    return [
        (group, ""),
        ("n", "n"),
        (desk.label(desk.measured[0]), "n"),
        (desk.t("Interval"), "n"),
        (desk.t("Compared with the others"), ""),
    ]


def _several_rows(desk: Desk, rows: Sequence[SiteRow]) -> list[list[str]]:
    return [
        [
            _name(desk, row),
            "–" if row.n is None else desk.t.count(row.n),
            *(_said(desk, row, one) for one in desk.measured),
        ]
        for row in rows
    ]


def _said(desk: Desk, row: SiteRow, measure: Measure) -> str:
    cell = _cell(row, measure)
    if cell is None or isinstance(cell.estimate, Unavailable):
        return "–"
    arrow = ARROWS[cell.mark.direction]
    return f"{desk.formats.value(cell.estimate.value, measure.kind)}{f' {arrow}' if arrow else ''}"


def _single_rows(desk: Desk, found: Sites, rows: Sequence[SiteRow]) -> list[list[str]]:
    measure = desk.measured[0]
    made = []
    for row in rows:
        cell = _cell(row, measure)
        if cell is None:
            made.append([_name(desk, row), "–", desk.t("not shown: too few"), "", ""])
            continue
        n, value, interval = desk.written(cell.estimate, measure.kind)
        made.append([_name(desk, row), n, value, interval, _beside(desk, cell.mark, measure)])
    n, value, interval = desk.written(found.totals[measure.id], measure.kind)
    made.append([desk.t("All together"), n, value, interval, ""])
    return made


def _beside(desk: Desk, mark: GroupMark, measure: Measure) -> str:
    """How a group differs from the others, in words."""
    if mark.above or mark.below:
        above = desk.t("above {groups}", groups=mark.above) if mark.above else ""
        below = desk.t("below {groups}", groups=mark.below) if mark.below else ""
        return "; ".join(part for part in (above, below) if part)
    if not isinstance(mark.difference, Estimate):
        return desk.t("no difference beyond chance")
    difference = desk.formats.with_interval(mark.difference, desk.change(measure.kind))
    p = _p(mark)
    words = difference if p is None else f"{difference}, p {desk.formats.p_relation(p)}"
    return words if mark.direction != "none" else desk.t("{difference}: within chance", difference=words)


def _p(mark: GroupMark) -> float | None:
    return getattr(mark.difference, "p_adjusted", None)


def _alternative(desk: Desk, title: str, found: Sites, rows: Sequence[SiteRow]) -> str:
    first = desk.measured[0]
    said = [
        f"{_name(desk, row)} {desk.formats.with_interval(cell.estimate, first.kind)}"
        for row in rows
        if (cell := _cell(row, first)) and isinstance(cell.estimate, Estimate)
    ]
    del found
    return f"{title}. {'; '.join(said[:12])}."
