"""What speaks against trusting a dimension's scores, said where they are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce

from servq.analysis.absence import Unavailable
from servq.analysis.findings import BatteryLabel, Measure
from servq.analysis.reliability import ACCEPTABLE_ALPHA, GAP
from servq.analysis.reliability_findings import Reliability
from servq.analysis.validity_findings import BlockValidity, DimensionLoadings, Exploration, FactorLoadings, Validity
from servq.messages import Message


def with_notes(
    dimensions: Sequence[Measure],
    reliability: Sequence[Reliability] | Unavailable,
    validity: Validity | Unavailable,
    batteries: Sequence[BatteryLabel],
) -> tuple[Measure, ...]:
    """Note low reliability, items that do not load together, and a gap that is weaker than its parts."""
    names: dict[str, str] = {GAP: Message("Gap")} | {battery.id: battery.short for battery in batteries}
    return tuple(
        replace(
            measure,
            notes=(
                *_low_reliability(measure, reliability, names),
                *_loadings(measure, validity, names),
                *_weaker_gap(measure, validity),
            ),
        )
        for measure in dimensions
    )


def loose_dimensions(validity: Validity | Unavailable) -> str:
    """Names of the dimensions of the headline battery whose items do not all load together."""
    if isinstance(validity, Unavailable):
        return ""
    return ", ".join(
        one.label for one in _dimension_loadings(validity.blocks[0]) if one.verdict in {"apart", "in_part"}
    )


def weaker_gaps(validity: Validity | Unavailable) -> str:
    """Names of the dimensions whose gap is beyond doubt less reliable than its parts."""
    if isinstance(validity, Unavailable) or isinstance(validity.differences, Unavailable):
        return ""
    return ", ".join(one.label for one in validity.differences if one.verdict == "clearly_weaker")


def _low_reliability(
    measure: Measure, reliability: Sequence[Reliability] | Unavailable, names: dict[str, str]
) -> Iterator[Message]:
    low = [
        _alpha(names[scale.battery], scale.alpha.value)
        for scale in (() if isinstance(reliability, Unavailable) else reliability)
        if scale.dimension == measure.id
        and not isinstance(scale.alpha, Unavailable)
        and round(scale.alpha.value, 2) < ACCEPTABLE_ALPHA  # as printed: 0.70 is not said to lie below 0.70
    ]
    if low:
        yield Message(
            "Reliability (alpha) below {convention:.2f}, read with care: {scales}.",
            convention=ACCEPTABLE_ALPHA,
            scales=reduce(lambda first, second: Message("{first}, {second}", first=first, second=second), low),
        )


def _alpha(answers: str, value: float) -> Message:
    if value < 0:
        return Message("{answers} negative", answers=answers)
    return Message("{answers} {value:.2f}", answers=answers, value=value)


def _loadings(measure: Measure, validity: Validity | Unavailable, names: dict[str, str]) -> Iterator[Message]:
    if isinstance(validity, Unavailable):
        return
    for block in validity.blocks:
        for one in _dimension_loadings(block):
            if one.dimension == measure.id and one.verdict != "together":
                yield Message("{answers}: {finding}", answers=names[block.battery], finding=one.reading)


def _weaker_gap(measure: Measure, validity: Validity | Unavailable) -> Iterator[Message]:
    if isinstance(validity, Unavailable) or isinstance(validity.differences, Unavailable):
        return
    for one in validity.differences:
        if one.dimension == measure.id and one.verdict in {"weaker", "clearly_weaker"}:
            yield one.reading


def _dimension_loadings(block: BlockValidity) -> tuple[DimensionLoadings, ...]:
    match block.exploration:
        case Exploration(loadings=FactorLoadings(dimensions=dimensions)):
            return dimensions
        case _:
            return ()
