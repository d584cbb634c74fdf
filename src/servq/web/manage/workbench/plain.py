"""Measures of everybody who is counted, without groups: dots with intervals, or a table. Pure."""

from __future__ import annotations

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import adjust_family
from servq.reporting.charts import Mark, Panel, Row, row_chart
from servq.results.measures import OVERALL, Measure
from servq.statistics import Comparison, Estimate
from servq.web.manage.workbench.choices import ITEMS, Show
from servq.web.manage.workbench.shown import TIDY_ESTIMATE, WIDTH, Desk, Shown


def show_plain(desk: Desk) -> Shown:
    """Answer with one row per measure."""
    measures = desk.measured
    found = dict(zip((one.id for one in measures), _estimates(desk, measures), strict=True))
    shown = [(one, estimate) for one in measures if isinstance(estimate := found[one.id], Estimate)]
    title = desk.title(desk.what())
    tests = any(isinstance(one, Comparison) for one in found.values())
    columns = [(desk.t("Measure"), ""), ("n", "n"), (desk.t("Value"), "n"), (desk.t("Interval"), "n")]
    rows = [[desk.label(one), *desk.written(found[one.id], one.kind)] for one in measures]
    method = ""
    if tests:
        columns.append((desk.t("p (differs from zero)"), "n"))
        for row, one in zip(rows, measures, strict=True):
            estimate = found[one.id]
            p = _p(estimate) if isinstance(estimate, Comparison) else None
            row.append(desk.formats.p_value(p))
        method = desk.t("Each gap is tested against zero (paired t test; Holm over the measures shown).")
    return Shown(
        title=title,
        reading=[
            f"{desk.label(one).rstrip('.')}: {desk.formats.with_interval(estimate, one.kind)}."
            for one, estimate in shown[:1]
            if desk.choices.measure != ITEMS
        ],
        svg="" if desk.choices.show is Show.TABLE or not shown else _dots(desk, shown),
        alternative=f"{title}. "
        + "; ".join(f"{desk.label(one)} {desk.formats.with_interval(e, one.kind)}" for one, e in shown[:12])
        + ".",
        note=desk.note(desk.chosen.n, desk.intervals(), method),
        columns=columns,
        rows=rows,
        tidy_columns=("measure", "label", *TIDY_ESTIMATE, "p_adjusted"),
        tidy_rows=[
            [one.id, desk.label(one), *desk.tidy(found[one.id]), _p(found[one.id]) if tests else None]
            for one in measures
        ],
    )


def _estimates(desk: Desk, measures: tuple[Measure, ...]) -> list[Estimate | Unavailable]:
    rules = [desk.offer.measures.rule(one, desk.chosen, desk.estimator) for one in measures]
    if not measures[0].is_difference:
        return [rule.estimate() for rule in rules]
    made = [desk.estimator.test_of_zero(rule.contributions) for rule in rules]
    # the headline is no member of the family of its dimensions
    first = 1 if measures[0].id == OVERALL else 0
    return [*made[:first], *adjust_family(made[first:])]


def _p(estimate: Estimate | Unavailable) -> float | None:
    if not isinstance(estimate, Comparison):
        return None
    return estimate.p_value if estimate.p_adjusted is None else estimate.p_adjusted


def _dots(desk: Desk, shown: list[tuple[Measure, Estimate]]) -> str:
    low, high, ticks = desk.axis(shown[0][0], desk.ends(estimate for _, estimate in shown))
    panel = Panel(title="", low=low, high=high, ticks=ticks, reference=0.0 if shown[0][0].is_difference else None)
    rows = [
        Row(
            label=desk.label(one),
            cells=[
                [
                    Mark(
                        value=estimate.value,
                        ci_low=estimate.ci_low,
                        ci_high=estimate.ci_high,
                        label=desk.formats.value(estimate.value, one.kind),
                    )
                ]
            ],
            strong=one.id == OVERALL and len(shown) > 1,
        )
        for one, estimate in shown
    ]
    return row_chart(rows, [panel], width=WIDTH, label_width=280 if desk.choices.measure == "items" else 168)
