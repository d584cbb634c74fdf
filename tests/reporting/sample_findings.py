"""Findings made by hand for the tests of the report: numbers with the shape of real ones, computed from nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis.findings import (
    BatteryLabel,
    Change,
    ChangeRow,
    Findings,
    ItemMissing,
    ItemReliability,
    Manifest,
    Measure,
    MissingCount,
    OverallScore,
    Reliability,
    Responses,
    Scale,
    Segment,
    SegmentGroup,
    Summary,
    Unavailable,
    Weights,
)
from servq.messages import Message
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate

DIMENSIONS = {
    "tangibles": ("Tangibles", 4, 5.3, 5.1),
    "reliability": ("Reliability", 5, 6.4, 5.2),
    "responsiveness": ("Responsiveness", 4, 6.1, 5.4),
    "assurance": ("Assurance", 4, 6.2, 6.0),
    "empathy": ("Empathy", 5, 5.7, 5.6),
}
WORDING = (
    "The equipment and technology of Harbour Hotels are up to date.",
    "The rooms, corridors and public areas of Harbour Hotels are pleasant to look at.",
    "The people who work at Harbour Hotels are well groomed.",
    "Leaflets, menus and the website of Harbour Hotels look good and are easy to use.",
    "When Harbour Hotels promises something by a certain time, it happens by then.",
    "When a guest has a problem, Harbour Hotels takes a sincere interest in solving it.",
    "Harbour Hotels gets the service right the first time.",
    "Harbour Hotels provides its services at the time it said it would.",
    "Bills, bookings and records at Harbour Hotels are free of mistakes.",
    "The staff tell guests exactly when a service will be carried out.",
    "The staff serve guests promptly.",
    "The staff are always willing to help.",
    "The staff are never too busy to respond to a request.",
    "The behaviour of the staff gives guests confidence.",
    "Guests feel safe in their dealings with Harbour Hotels.",
    "The staff are consistently courteous.",
    "The staff have the knowledge to answer guests' questions.",
    "Harbour Hotels gives each guest individual attention.",
    "Opening and service hours suit all guests.",
    "The staff give guests personal attention.",
    "Harbour Hotels has the guest's best interests at heart.",
    "The staff understand what each guest specifically needs.",
)
EXPECTATION, PERCEPTION, IMPORTANCE = (
    BatteryLabel(
        id="expectation",
        title="What an excellent hotel group offers",
        short="Expected",
        instruction="Think of a hotel group that gives excellent service. How far should it have each feature?",
        kind="rating",
    ),
    BatteryLabel(
        id="perception",
        title="What Harbour Hotels offers",
        short="Experienced",
        instruction="How far do you believe Harbour Hotels has each feature?",
        kind="rating",
    ),
    BatteryLabel(
        id="importance",
        title="What matters to you",
        short="Importance",
        instruction="Spread 100 points over the five features.",
        kind="points",
    ),
)


def mean(values: NDArray[np.float64]) -> MeanEstimate:
    """Mean with a normal interval; good enough for a picture."""
    sd = float(values.std(ddof=1))
    se = sd / len(values) ** 0.5
    value = float(values.mean())
    return MeanEstimate(
        value=value,
        ci_low=value - 1.96 * se,
        ci_high=value + 1.96 * se,
        n=len(values),
        method="mean, t interval",
        sd=sd,
        se=se,
    )


def comparison(values: NDArray[np.float64], *, n: int | None = None) -> Comparison:
    """Mean difference with a rough p-value."""
    m = mean(values)
    t = m.value / m.se
    p = float(min(1.0, 2 * np.exp(-0.717 * abs(t) - 0.416 * t * t)))
    return Comparison(
        value=m.value,
        ci_low=m.ci_low,
        ci_high=m.ci_high,
        n=n or m.n,
        method="paired t test, t interval",
        statistic=t,
        df=m.n - 1,
        p_value=p,
        p_adjusted=min(1.0, p * 22),
        se=m.se,
        sd=m.sd,
    )


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
            items.append(_item(number, dim, e, p, rng))
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
                reading=_gap_reading(label, gap),
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
                reading=_gap_reading("Overall", overall_gap),
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
            _segment("Branch", ("Old Harbour", "Lighthouse", "Quayside", "Pier"), overall, dim_gaps, rng, suppressed=3),
            _segment("Purpose of stay", ("Business", "Leisure"), overall, dim_gaps, rng, suppressed=None),
        ),
        change=_change(dim_gaps, overall, rng),
        reliability=_reliability(rng),
    )


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
        weights=Unavailable(reason=Message("This instrument asks for no importance points.")),
        segments=Unavailable(reason=Message("No attribute was named to form segments by.")),
        change=Unavailable(reason=Message("There is no previous wave to compare with.")),
        reliability=tuple(r for r in full.reliability if r.battery == "perception"),
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
        reliability=tuple(
            replace(r, alpha=few, omega=few, verdict="unknown", items=(), reading=few.reason) for r in full.reliability
        ),
    )


def manifest() -> Manifest:
    """A manifest with every field filled."""
    return Manifest(
        instrument_id="servqual",
        instrument_version="1991.1",
        instrument_revision="sha256:3c1f0d5a9be24f7c8a61",
        instrument_title="SERVQUAL (1991 form)",
        citation=(
            "Parasuraman, A., et al. (1991). Refinement and Reassessment. Journal of Retailing, 67(4), 420–450.",
        ),
        rights="The published wording is protected. This report uses servq's own wording for each construct.",
        servq_version="0.1.0",
        software={"python": "3.11.7", "numpy": "2.4.6", "scipy": "1.17.1", "weasyprint": "70.0"},
        source="guests-autumn.csv",
        source_sha256="9f2b7c41d0" * 6 + "abcd",
        settings={"confidence_level": 0.95, "minimum_group_size": 5, "segments": "branch, purpose", "weight": None},
        manifest_sha256="0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
    )


def _item(number: int, dim: str, e: NDArray[np.float64], p: NDArray[np.float64], rng: np.random.Generator) -> Measure:
    keep = rng.random(len(e)) > 0.02
    gap = comparison((p - e)[keep])
    counts = {
        battery: tuple(int((values == point).sum()) for point in range(1, 8))
        for battery, values in (("expectation", e), ("perception", p))
    }
    text = WORDING[number - 1]
    return Measure(
        id=f"i{number}",
        label=text,
        number=number,
        dimension=dim,
        levels={"expectation": mean(e[keep]), "perception": mean(p[keep])},
        levels_all={"expectation": mean(e), "perception": mean(p)},
        gap=gap,
        distribution=counts,
        wording={
            "expectation": text.replace("Harbour Hotels", "An excellent hotel group"),
            "perception": text,
        },
        reading=_gap_reading(f"Item {number}", gap),
    )


def _gap_reading(label: str, gap: Comparison) -> Message:
    return Message(
        "{label}: experience differs from expectation by {gap:+.2f} points (95 % interval {low:+.2f} to {high:+.2f}).",
        label=label,
        gap=gap.value,
        low=gap.ci_low,
        high=gap.ci_high,
    )


def _segment(
    attribute: str,
    names: tuple[str, ...],
    overall: NDArray[np.float64],
    dim_gaps: dict[str, NDArray[np.float64]],
    rng: np.random.Generator,
    *,
    suppressed: int | None,
) -> Segment:
    member = rng.integers(0, len(names), len(overall))
    groups = []
    for index, name in enumerate(names):
        shift = rng.normal(0, 0.2)
        if index == suppressed:
            groups.append(SegmentGroup(label=name, suppressed=True, n=None, overall=None, dimensions={}))
            continue
        mask = member == index
        groups.append(
            SegmentGroup(
                label=name,
                suppressed=False,
                n=int(mask.sum()),
                overall=mean(overall[mask] + shift),
                dimensions={dim: mean(values[mask] + shift) for dim, values in dim_gaps.items()},
            )
        )
    return Segment(
        attribute=attribute,
        groups=tuple(groups),
        minimum_group_size=5,
        n_suppressed=0 if suppressed is None else 1,
        reading=Message("The groups of {attribute} differ by more than chance explains.", attribute=attribute),
    )


def _change(dim_gaps: dict[str, NDArray[np.float64]], overall: NDArray[np.float64], rng: np.random.Generator) -> Change:
    rows = []
    for id_, label, values in (
        ("gap", Message("Overall gap"), overall),
        *((dim, DIMENSIONS[dim][0], values) for dim, values in dim_gaps.items()),
    ):
        before = mean(values - 0.14 + rng.normal(0, 0.08) + rng.normal(0, 0.2, len(values)))
        now = mean(values)
        difference = comparison(rng.normal(now.value - before.value, 0.7, len(values)))
        rows.append(
            ChangeRow(
                id=id_,
                label=label,
                previous=before,
                current=now,
                difference=replace(difference, value=now.value - before.value),
                reading=Message("The change is {x:+.2f} points.", x=now.value - before.value),
            )
        )
    return Change(
        previous_source="guests-spring.csv",
        n_previous=388,
        paired=False,
        rows=tuple(rows),
        reading=Message(
            "Of {n} comparisons with the previous wave, {k} show a change that chance does not explain.", n=6, k=2
        ),
    )


def _reliability(rng: np.random.Generator) -> tuple[Reliability, ...]:
    found = []
    number = 0
    for battery in ("expectation", "perception", "gap"):
        number = 0
        for dim, (label, k, _, _) in DIMENSIONS.items():
            alpha = float(rng.uniform(0.66, 0.9))
            low, high = alpha - 0.03, alpha + 0.027
            verdict = "good" if low >= 0.7 else "low" if high < 0.7 else "unclear"
            found.append(
                Reliability(
                    battery=battery,
                    dimension=dim,
                    label=label,
                    n_items=k,
                    alpha=Estimate(value=alpha, ci_low=low, ci_high=high, n=398, method="raw alpha, Feldt interval"),
                    omega=Estimate(
                        value=alpha + 0.01, ci_low=low + 0.01, ci_high=high + 0.01, n=398, method="omega, one factor"
                    ),
                    items=tuple(
                        ItemReliability(
                            item=f"i{number + index + 1}",
                            label=WORDING[number + index],
                            r_drop=float(rng.uniform(0.4, 0.7)),
                            alpha_if_deleted=alpha - float(rng.uniform(-0.01, 0.06)),
                        )
                        for index in range(k)
                    ),
                    verdict=verdict,
                    reading=Message("The items of {label} measure one thing well enough together.", label=label),
                )
            )
            number += k
    return tuple(found)


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
