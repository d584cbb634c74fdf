"""Gap 5: what customers experience − what they expect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import adjust_family
from servq.analysis.gap_findings import Verdict
from servq.analysis.gap_knowledge import is_shown
from servq.analysis.readings import read_gap
from servq.analysis.study_answers import Role
from servq.analysis.study_findings import PerceivedGap, PerceivedRow
from servq.analysis.study_sides import Sides, nobody
from servq.messages import Message
from servq.statistics import Comparison


def make_perceived_gap(sides: Sides, absences: Mapping[Role, Message]) -> PerceivedGap | Unavailable:
    """Gap 5 by item, by dimension and overall.

    `weighted` uses each respondent's own points where they gave some, as in the customers' own report.
    """
    if "customers" not in sides:
        return nobody("customers", absences)
    customers = sides["customers"]
    declared, block, paired = customers.perceived, customers.scored.gap, customers.scored.paired
    if declared is None or block is None:
        return Unavailable(
            reason=Message("The customers were not asked both what they expect and what they experienced.")
        )
    overall = customers.estimator.test_of_zero(block.overall)
    if isinstance(overall, Unavailable) and customers.estimator.too_few(int(np.isfinite(block.overall).sum())):
        return Unavailable(
            reason=Message(
                "Fewer than {minimum} customers said both what they expect and what they experienced.",
                minimum=customers.estimator.minimum_group_size,
            )
        )
    sides_of = (paired[declared.expectation], paired[declared.perception])
    instrument = customers.scored.answers.instrument
    return PerceivedGap(
        overall=overall,
        weighted=customers.estimator.test_of_zero(customers.scored.weighted_dimensions(block).sum(axis=1)),
        scale=customers.labels.scale(declared.perception),
        dimensions=_read(
            PerceivedRow(
                id=one,
                label=customers.labels.dimension(one),
                expectation=customers.estimator.mean(sides_of[0].dimension(one)),
                perception=customers.estimator.mean(sides_of[1].dimension(one)),
                gap=customers.estimator.test_of_zero(block.dimension(one)),
            )
            for one in block.dimensions
        ),
        items=_read(
            PerceivedRow(
                id=one,
                label=customers.labels.item(one, declared.perception),
                number=instrument.item(one).number,
                dimension=instrument.item(one).dimension,
                expectation=customers.estimator.mean(sides_of[0].item(one)),
                perception=customers.estimator.mean(sides_of[1].item(one)),
                gap=customers.estimator.test_of_zero(block.item(one)),
            )
            for one in block.items
        ),
        verdict=_verdict(overall),
        reading=read_gap(overall),
    )


def _read(rows: Iterable[PerceivedRow]) -> tuple[PerceivedRow, ...]:
    made = list(rows)
    gaps = adjust_family([row.gap for row in made])
    return tuple(replace(row, gap=gap, reading=read_gap(gap)) for row, gap in zip(made, gaps, strict=True))


def _verdict(overall: Comparison | Unavailable) -> Verdict:
    """A shortfall is shown when the interval lies below zero, and shown not to be there when it lies above."""
    if isinstance(overall, Unavailable):
        return "unavailable"
    if not is_shown(overall):
        return "unclear"
    return "shown" if overall.value < 0 else "not_shown"
