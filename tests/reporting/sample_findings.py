"""Full findings made by hand for the tests of the report."""

from __future__ import annotations

import numpy as np

from reporting.sample_parts import (
    DIMENSIONS,
    EXPECTATION,
    IMPORTANCE,
    PERCEPTION,
    WORDING,
    change,
    comparison,
    gap_reading,
    item,
    manifest,
    mean,
    reliability,
    segment,
    validity,
)
from servq.analysis.findings import Findings, Measure, OverallScore, Scale, Summary, Weights
from servq.analysis.response_findings import ItemMissing, MissingCount, Responses
from servq.messages import Message


def servqual(*, n: int = 412, seed: int = 7) -> Findings:
    """Build full findings: gaps, weights, segments with one suppressed, a previous wave, reliability."""
    rng = np.random.default_rng(seed)
    general = rng.normal(0, 0.6, n)
    items, dims, dim_gaps, dim_p = [], [], {}, {}
    number = 0
    for dim, (label, k, e_mean, p_mean) in DIMENSIONS.items():
        e_all, p_all = [], []
        for _ in range(k):
            shift = rng.normal(0, 0.25)
            e = np.clip(np.round(e_mean + rng.normal(0, 0.15) + rng.normal(0, 0.9, n)), 1, 7)
            p = np.clip(np.round(p_mean + shift + general + rng.normal(0, 1.0, n)), 1, 7)
            number += 1
            items.append(item(number, dim, e, p, rng))
            e_all.append(e)
            p_all.append(p)
        e_d, p_d = np.mean(e_all, axis=0), np.mean(p_all, axis=0)
        dim_gaps[dim], dim_p[dim] = p_d - e_d, p_d
        gap = comparison(p_d - e_d)
        dims.append(
            Measure(
                id=dim,
                label=label,
                n_items=k,
                levels={"expectation": mean(e_d), "perception": mean(p_d)},
                levels_all={"expectation": mean(e_d), "perception": mean(p_d)},
                gap=gap,
                reading=gap_reading(label, gap),
            )
        )
    overall = np.mean(list(dim_gaps.values()), axis=0)
    overall_gap = comparison(overall)
    points = {
        dim: mean(rng.normal(share, 6, n - 9)) for dim, share in zip(DIMENSIONS, (11, 32, 22, 19, 16), strict=True)
    }
    return Findings(
        title="Guest survey, autumn wave",
        organisation="Harbour Hotels",
        period="1 September – 31 October 2025",
        locale="en",
        manifest=manifest(),
        scale=Scale(low=1, high=7, better="high", anchors={1: "strongly disagree", 7: "strongly agree"}),
        batteries=(EXPECTATION, PERCEPTION, IMPORTANCE),
        headline_battery="perception",
        measured="gap",
        summary=Summary(
            headline=Message(
                "Service falls short of what respondents expect by {gap:.2f} points on the 1 to 7 scale "
                "(95 % interval {low:.2f} to {high:.2f}, {n:,} respondents).",
                gap=abs(overall_gap.value),
                low=abs(overall_gap.ci_high),
                high=abs(overall_gap.ci_low),
                n=overall_gap.n,
            ),
            change=(
                Message(
                    "The overall gap has narrowed by {x:.2f} points since the last wave (95 % interval "
                    "{low:.2f} to {high:.2f}).",
                    x=0.14,
                    low=0.03,
                    high=0.25,
                ),
            ),
            strengths=(
                Message("{label} comes closest to expectations: gap {gap:+.2f}.", label="Empathy", gap=-0.1),
                Message("The highest perception is for {label}, with a mean of {x:.2f}.", label="Assurance", x=6.01),
            ),
            shortfalls=(
                Message("{label} has the largest shortfall: gap {gap:+.2f}.", label="Reliability", gap=-1.16),
                Message("{label} follows: gap {gap:+.2f}.", label="Responsiveness", gap=-0.72),
            ),
            first_steps=(
                Message(
                    "Start with item {number}, “{label}”: it has the widest shortfall of all items ({gap:+.2f}).",
                    number=7,
                    label=WORDING[6],
                    gap=-1.41,
                ),
                Message(
                    "Then item {number}, “{label}” ({gap:+.2f}).",
                    number=5,
                    label=WORDING[4],
                    gap=-1.22,
                ),
                Message(
                    "Respondents give {label} the most importance: {points:.0f} of 100 points.",
                    label="Reliability",
                    points=32.0,
                ),
            ),
            cautions=(
                Message("The survey shows where experience and expectation differ; it does not show why."),
                Message("{n} respondents left more than half of a dimension blank and have no overall score.", n=14),
            ),
        ),
        responses=Responses(
            n_respondents=n + 14,
            n_empty=2,
            n_complete=n - 31,
            n_partial=22,
            n_scored=n,
            batteries=(
                MissingCount(
                    battery="expectation",
                    n_asked=22 * (n + 14),
                    n_answered=22 * (n + 14) - 163,
                    n_skipped=150,
                    n_not_applicable=13,
                    n_not_shown=0,
                ),
                MissingCount(
                    battery="perception",
                    n_asked=22 * (n + 14),
                    n_answered=22 * (n + 14) - 240,
                    n_skipped=201,
                    n_not_applicable=39,
                    n_not_shown=0,
                ),
                MissingCount(
                    battery="importance",
                    n_asked=5 * (n + 14),
                    n_answered=5 * (n + 14) - 115,
                    n_skipped=115,
                    n_not_applicable=0,
                    n_not_shown=0,
                ),
            ),
            most_missing=tuple(
                ItemMissing(
                    battery="perception",
                    item=f"i{number}",
                    label=WORDING[number - 1],
                    n_missing=count,
                    share_missing=count / (n + 14),
                )
                for number, count in ((9, 31), (6, 22), (22, 19), (19, 12), (4, 9))
            ),
            reading=Message("{share:.1%} of the ratings asked for are missing.", share=0.0215),
        ),
        scores=(
            OverallScore(
                id="gap",
                kind="gap",
                label=Message("Overall gap"),
                estimate=overall_gap,
                low=-6,
                high=6,
                better="high",
                unit="scale",
                levels={"expectation": mean(overall + 6.1), "perception": mean(overall + 5.4)},
                reading=gap_reading("Overall", overall_gap),
            ),
            OverallScore(
                id="gap.weighted",
                kind="gap_weighted",
                label=Message("Overall gap, weighted by importance"),
                estimate=comparison(overall[9:] * 1.17),
                low=-6,
                high=6,
                better="high",
                unit="scale",
                reading=Message("Weighted by what matters to each respondent, the gap is {x:+.2f}.", x=-0.8123),
            ),
            OverallScore(
                id="gap.by_items",
                kind="gap_by_items",
                label=Message("Overall gap, every item alike"),
                estimate=comparison(overall * 0.98),
                low=-6,
                high=6,
                better="high",
                unit="scale",
                reading=Message("Counting every item alike, the gap is {x:+.2f}.", x=-0.612),
            ),
        ),
        dimensions=tuple(dims),
        items=tuple(items),
        weights=Weights(
            n_valid=n - 9,
            n_invalid=9,
            points=points,
            weighted={dim: mean(dim_gaps[dim][9:] * points[dim].value / 100) for dim in DIMENSIONS},
            reading=Message(
                "{n_invalid} respondents gave points that do not add up to 100; they are left out here.", n_invalid=9
            ),
        ),
        segments=(
            segment("Branch", ("Old Harbour", "Lighthouse", "Quayside", "Pier"), overall, dim_gaps, rng, suppressed=3),
            segment("Purpose of stay", ("Business", "Leisure"), overall, dim_gaps, rng, suppressed=None),
        ),
        change=change(dim_gaps, overall, rng),
        reliability=reliability(rng),
        validity=validity(),
    )
