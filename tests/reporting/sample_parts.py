"""Pieces of the findings made by hand: numbers with the shape of real ones, computed from seeded answers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from servq.analysis import analyse
from servq.analysis.change_findings import Change, ChangeRow
from servq.analysis.findings import BatteryLabel, Manifest, Measure, Unavailable
from servq.analysis.reliability_findings import ItemReliability, Reliability
from servq.analysis.segment_findings import Segment, SegmentGroup
from servq.analysis.validity_findings import Validity
from servq.instruments import load_instrument
from servq.instruments.model import Column
from servq.messages import Message
from servq.scoring import AnswerTable
from servq.simulate import Population, simulate_codes
from servq.statistics.estimate import Comparison, Estimate, MeanEstimate

DIMENSIONS = {
    "tangibles": ("Tangibles", 4, 5.3, 5.1),
    "reliability": ("Reliability", 5, 6.4, 5.2),
    "responsiveness": ("Responsiveness", 4, 6.1, 5.4),
    "assurance": ("Assurance", 4, 6.2, 6.0),
    "empathy": ("Empathy", 5, 5.7, 5.6),
}
_INSTRUMENT = load_instrument("servqual")
WORDING = tuple(
    _INSTRUMENT.wording(Column("perception", item.id), "en", {"organisation": "Harbour Hotels"})
    for item in _INSTRUMENT.definition.items
)
EXPECTED_WORDING = tuple(
    _INSTRUMENT.wording(Column("expectation", item.id), "en", {"providers": "hotels"})
    for item in _INSTRUMENT.definition.items
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


@cache
def validity() -> Validity:
    """What the analysis finds in simulated answers: too many numbers to make them by hand."""
    codes = simulate_codes(_INSTRUMENT, 300, Population(not_applicable=0, blank=0.002), seed=5)
    found = analyse(AnswerTable(instrument=_INSTRUMENT, codes=codes, source="simulated guests")).validity
    assert not isinstance(found, Unavailable)
    return found


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


def item(number: int, dim: str, e: NDArray[np.float64], p: NDArray[np.float64], rng: np.random.Generator) -> Measure:
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
        wording={"expectation": EXPECTED_WORDING[number - 1], "perception": text},
        reading=gap_reading(f"Item {number}", gap),
    )


def gap_reading(label: str, gap: Comparison) -> Message:
    return Message(
        "{label}: experience differs from expectation by {gap:+.2f} points (95 % interval {low:+.2f} to {high:+.2f}).",
        label=label,
        gap=gap.value,
        low=gap.ci_low,
        high=gap.ci_high,
    )


def segment(
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


def change(dim_gaps: dict[str, NDArray[np.float64]], overall: NDArray[np.float64], rng: np.random.Generator) -> Change:
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


def reliability(rng: np.random.Generator) -> tuple[Reliability, ...]:
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
