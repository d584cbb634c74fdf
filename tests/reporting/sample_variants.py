"""Findings of other instruments and of hard cases, made from the full ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reporting.sample_findings import servqual
from reporting.sample_parts import PERCEPTION, manifest, mean, validity
from servq.analysis.findings import BatteryLabel, Findings, Measure, OverallScore, Scale, Summary, Unavailable
from servq.analysis.response_findings import MissingCount, Responses
from servq.messages import Message
from servq.statistics.estimate import Estimate, MeanEstimate


def servperf() -> Findings:
    """Performance only: no expectation, no gap, no weights, nothing to compare with."""
    full = servqual(n=180, seed=3)
    rng = np.random.default_rng(5)

    def perceived(measure: Measure) -> Measure:
        level = measure.levels["perception"]
        assert isinstance(level, MeanEstimate)
        return replace(
            measure,
            levels={"perception": level},
            levels_all={"perception": level},
            gap=None,
            distribution={k: v for k, v in measure.distribution.items() if k == "perception"},
            wording={k: v for k, v in measure.wording.items() if k == "perception"},
            reading=Message("{label} is rated {x:.2f} on average.", label=measure.label, x=level.value),
        )

    overall = mean(rng.normal(5.4, 0.9, 180))
    assert not isinstance(full.reliability, Unavailable)
    return replace(
        full,
        title="Guest survey, performance only",
        batteries=(PERCEPTION,),
        dimensions=tuple(map(perceived, full.dimensions)),
        items=tuple(map(perceived, full.items)),
        scores=(
            OverallScore(
                id="mean",
                kind="mean",
                label=Message("Overall perception"),
                estimate=overall,
                low=1,
                high=7,
                better="high",
                unit="scale",
                reading=Message("Service is rated {x:.2f} on average.", x=overall.value),
            ),
        ),
        summary=replace(
            full.summary,
            headline=Message(
                "Respondents rate the service {x:.2f} on the 1 to 7 scale (95 % interval {low:.2f} to {high:.2f}).",
                x=overall.value,
                low=overall.ci_low,
                high=overall.ci_high,
            ),
            change=(),
            first_steps=(),
        ),
        measured="mean",
        weights=Unavailable(reason=Message("This instrument asks for no importance points.")),
        segments=Unavailable(reason=Message("No attribute was named to form segments by.")),
        change=Unavailable(reason=Message("There is no previous wave to compare with.")),
        reliability=tuple(r for r in full.reliability if r.battery == "perception"),
        validity=replace(
            validity(),
            blocks=validity().blocks[:1],
            differences=Unavailable(reason=Message("This instrument has no gaps.")),
        ),
    )


def german() -> Findings:
    """The full findings with German texts of the instrument."""
    full = servqual()
    return replace(
        full,
        locale="de",
        title="Gästebefragung – Überblick für die Häuser",
        items=tuple(
            replace(
                item,
                wording={
                    "expectation": f"Sehr gute Häuser erfüllen, was Gäste für größtmöglich halten ({item.number}).",
                    "perception": f"Die Häuser erfüllen, was Gäste für größtmöglich halten ({item.number}).",
                },
            )
            for item in full.items
        ),
    )


def net_promoter() -> Findings:
    """One item, 0–10."""
    counts = (4, 2, 3, 5, 6, 18, 21, 47, 88, 71, 63)
    n = sum(counts)
    shares = {"detractors": sum(counts[:7]) / n, "passives": sum(counts[7:9]) / n, "promoters": sum(counts[9:]) / n}
    parts = {
        name: Estimate(value=share, ci_low=share - 0.048, ci_high=share + 0.048, n=n, method="share, Wilson interval")
        for name, share in shares.items()
    }
    value = 100 * (shares["promoters"] - shares["detractors"])
    estimate = Estimate(value=value, ci_low=value - 7.9, ci_high=value + 7.7, n=n, method="NPS, adjusted Wald interval")
    full = servqual()
    label = BatteryLabel(
        id="recommend",
        title="Your recommendation",
        short="Recommendation",
        instruction="Please choose one number.",
        kind="rating",
    )
    wording = "How likely are you to recommend Harbour Hotels to a friend or colleague?"
    level = MeanEstimate(value=7.71, ci_low=7.48, ci_high=7.93, n=n, method="mean, t interval", sd=2.1, se=2.1 / n**0.5)
    return replace(
        full,
        title="Would our guests recommend us?",
        manifest=replace(manifest(), instrument_id="nps", instrument_title="Net Promoter Score"),
        scale=Scale(low=0, high=10, better="high", anchors={0: "not at all likely", 10: "extremely likely"}),
        batteries=(label,),
        headline_battery="recommend",
        measured="mean",
        summary=Summary(
            headline=Message(
                "The Net Promoter Score is {x:+.0f} (95 % interval {low:+.0f} to {high:+.0f}, {n:,} respondents).",
                x=value,
                low=estimate.ci_low,
                high=estimate.ci_high,
                n=n,
            ),
            change=(),
            strengths=(Message("{share:.0%} of the respondents are promoters.", share=shares["promoters"]),),
            shortfalls=(Message("{share:.0%} of the respondents are detractors.", share=shares["detractors"]),),
            first_steps=(),
            cautions=(Message("One question cannot say what to change."),),
        ),
        responses=Responses(
            n_respondents=n + 3,
            n_empty=0,
            n_complete=n,
            n_partial=None,
            n_scored=n,
            batteries=(
                MissingCount(
                    battery="recommend",
                    n_asked=n + 3,
                    n_answered=n,
                    n_skipped=3,
                    n_not_applicable=0,
                    n_not_shown=0,
                ),
            ),
            most_missing=(),
            reading=Message("{n} respondents left the question blank.", n=3),
        ),
        scores=(
            OverallScore(
                id="nps",
                kind="net_promoter",
                label=Message("Net Promoter Score"),
                estimate=estimate,
                low=-100,
                high=100,
                better="high",
                unit="points",
                parts=parts,
                points=tuple(range(11)),
                distribution=counts,
                item_wording=wording,
                reading=Message("The score is {x:+.0f} points.", x=value),
            ),
        ),
        dimensions=(),
        items=(
            Measure(
                id="recommend",
                label="Recommendation",
                number=1,
                levels={"recommend": level},
                levels_all={"recommend": level},
                distribution={"recommend": counts},
                wording={"recommend": wording},
                reading=Message("The mean answer is {x:.2f}.", x=7.71),
            ),
        ),
        weights=Unavailable(reason=Message("This instrument asks for no importance points.")),
        segments=Unavailable(reason=Message("No attribute was named to form segments by.")),
        change=Unavailable(reason=Message("There is no previous wave to compare with.")),
        reliability=Unavailable(reason=Message("Reliability needs a dimension with at least two items.")),
        validity=Unavailable(reason=Message("Validity needs dimensions measured by several items.")),
    )


def tiny() -> Findings:
    """Three respondents: most numbers cannot be had, and the report has to say so."""
    full = servqual(n=12, seed=11)
    few = Unavailable(reason=Message("At least {minimum} respondents are needed; there are {n}.", minimum=5, n=3))

    def thin(measure: Measure, *, gone: bool) -> Measure:
        if not gone:
            return measure
        return replace(
            measure,
            levels=dict.fromkeys(measure.levels, few),
            levels_all=dict.fromkeys(measure.levels_all, few),
            gap=few,
            distribution={},
            reading=few.reason,
        )

    assert not isinstance(full.reliability, Unavailable)
    assert not isinstance(full.segments, Unavailable)
    return replace(
        full,
        title="Pilot",
        organisation="",
        period="",
        summary=Summary(
            headline=Message("There are too few answers for an overall result."),
            change=(),
            strengths=(),
            shortfalls=(),
            first_steps=(Message("Collect at least {n} responses before drawing conclusions.", n=30),),
            cautions=(Message("With {n} respondents every interval is wide.", n=3),),
        ),
        scores=(replace(full.scores[0], estimate=few, levels={}), replace(full.scores[1], estimate=few)),
        dimensions=tuple(thin(m, gone=index != 1) for index, m in enumerate(full.dimensions)),
        items=tuple(thin(m, gone=index % 2 == 0) for index, m in enumerate(full.items)),
        responses=replace(full.responses, n_respondents=3, n_complete=2, n_scored=0, n_partial=None),
        weights=few,
        segments=(
            replace(
                full.segments[0],
                groups=tuple(
                    replace(g, suppressed=True, n=None, overall=None, dimensions={}) for g in full.segments[0].groups
                ),
                n_suppressed=4,
            ),
        ),
        change=Unavailable(reason=Message("There is no previous wave to compare with.")),
        validity=few,
        reliability=tuple(
            replace(r, alpha=few, omega=few, verdict="unknown", items=(), reading=few.reason) for r in full.reliability
        ),
    )


def nothing() -> Findings:
    """Full structure, but not one number could be had."""
    full = servqual(n=40)
    why = Unavailable(reason=Message("There are no respondents."))

    def without_numbers(measure: Measure) -> Measure:
        return replace(
            measure,
            levels=dict.fromkeys(measure.levels, why),
            levels_all=dict.fromkeys(measure.levels_all, why),
            gap=why,
            distribution={},
        )

    assert not isinstance(validity().differences, Unavailable)
    assert not isinstance(full.change, Unavailable)
    assert not isinstance(full.reliability, Unavailable)
    assert not isinstance(full.segments, Unavailable)
    return replace(
        full,
        scores=tuple(replace(score, estimate=why, levels={}) for score in full.scores),
        dimensions=tuple(map(without_numbers, full.dimensions)),
        items=tuple(map(without_numbers, full.items)),
        weights=why,
        segments=tuple(
            replace(
                segment,
                groups=tuple(
                    replace(group, overall=why, dimensions=dict.fromkeys(group.dimensions, why))
                    for group in segment.groups
                ),
            )
            for segment in full.segments
        ),
        change=replace(
            full.change,
            rows=tuple(replace(row, previous=why, current=why, difference=why) for row in full.change.rows),
        ),
        validity=replace(
            validity(),
            blocks=tuple(
                replace(block, exploration=why, confirmation=why, convergence=why, fornell_larcker=why, htmt=why)
                for block in validity().blocks
            ),
            differences=tuple(replace(entry, reliability=why) for entry in validity().differences),
        ),
        reliability=tuple(
            replace(
                entry,
                alpha=why,
                omega=why,
                verdict="unknown",
                items=tuple(replace(item, r_drop=why, alpha_if_deleted=why) for item in entry.items),
            )
            for entry in full.reliability
        ),
    )
