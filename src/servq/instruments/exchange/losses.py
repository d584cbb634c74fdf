"""What other formats have no place for; one function a fact, so that each format lists the facts it loses."""

from __future__ import annotations

from collections.abc import Iterator

from servq.instruments.model import Instrument, PointsBattery, RatingBattery
from servq.instruments.parts import battery_pages


def scoring(instrument: Instrument) -> Iterator[str]:
    """Scores, dimensions, reverse keys, the rule for missing answers, weights and breakdowns."""
    definition = instrument.definition
    yield f"Scores ({', '.join(score.id for score in definition.scores)}) and the rule for missing answers"
    if definition.dimensions:
        yield f"Dimensions of the items ({', '.join(dimension.id for dimension in definition.dimensions)})"
    turned = [item.id for item in definition.items if item.reversed]
    if turned:
        yield f"Reverse keys ({', '.join(turned)})"
    weighted = [item.id for item in definition.items if item.weight != 1]
    if weighted:
        yield f"Weights of items ({', '.join(weighted)})"
    if definition.breakdowns:
        yield f"Breakdowns ({', '.join(breakdown.id for breakdown in definition.breakdowns)})"


def source(instrument: Instrument) -> Iterator[str]:
    """Citation, rights and status."""
    yield f"Citation, rights and status ({instrument.definition.status})"


def asking(instrument: Instrument) -> Iterator[str]:
    """Moments, shuffled orders, batteries side by side."""
    batteries = instrument.definition.batteries
    timed = [key for key, battery in batteries.items() if battery.moment != "any"]
    if timed:
        yield f"Whether it is asked before or after the service ({', '.join(timed)})"
    shuffled = [key for key, one in batteries.items() if isinstance(one, RatingBattery) and one.order == "shuffled"]
    if shuffled:
        yield f"Shuffled order of items ({', '.join(shuffled)})"


def side_by_side(instrument: Instrument) -> Iterator[str]:
    """Rating batteries that ask the same items beside each other."""
    for page in battery_pages(instrument.definition):
        rated = [key for key in page if isinstance(instrument.definition.batteries[key], RatingBattery)]
        if len(rated) > 1:
            yield f"Items side by side ({', '.join(rated)} are asked one after the other)"


def evidence(instrument: Instrument) -> Iterator[str]:
    """Evidence that assessors add."""
    asked = [item.id for item in instrument.definition.items if item.evidence]
    if asked:
        yield f"Evidence ({', '.join(asked)})"


def evidence_limits(instrument: Instrument) -> Iterator[str]:
    """Largest size and kinds of evidence."""
    asked = [item.id for item in instrument.definition.items if item.evidence]
    if asked:
        yield f"Size and kinds of evidence ({', '.join(asked)}); a picture is asked for"


def points_totals(instrument: Instrument) -> Iterator[str]:
    """That points must add up."""
    summed = [key for key, battery in instrument.definition.batteries.items() if isinstance(battery, PointsBattery)]
    if summed:
        yield f"That the points add up ({', '.join(summed)})"


def distinct_options(instrument: Instrument) -> Iterator[str]:
    """That no option is chosen twice."""
    distinct = [key for key, battery in instrument.definition.batteries.items() if getattr(battery, "distinct", False)]
    if distinct:
        yield f"That no option is chosen twice ({', '.join(distinct)})"


def form_of_fields(instrument: Instrument) -> Iterator[str]:
    """Form of open fields that the format has no input for."""
    times = [comment.id for comment in instrument.definition.comments if comment.form == "time"]
    if times:
        yield f"That an open field holds a time ({', '.join(times)})"
