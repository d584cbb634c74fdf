"""What does not fit together in a study: dimensions and items that only some audiences have, and empty audiences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from servq.analysis.study_answers import ROLE_NAMES, StudyAnswers
from servq.analysis.study_sides import Side, Sides
from servq.messages import Message


def make_notices(answers: StudyAnswers, sides: Sides) -> tuple[Message, ...]:
    """Every mismatch by name; the parts that do fit are reported all the same."""
    return (*answers.notices, *answers.absences.values(), *_mismatches(sides))


def _mismatches(sides: Sides) -> Iterator[Message]:
    customers = sides.get("customers")
    if customers is None or customers.perceived is None:
        return
    block = customers.scored.ratings[customers.perceived.expectation]
    for side in sides.values():
        if side is customers:
            continue
        for battery in _batteries_by_dimension(side):
            theirs = side.scored.ratings[battery]
            yield from _different(side, battery, theirs.dimensions, block.dimensions)
        if side.view is not None:
            lacking = set(block.items) ^ set(side.scored.ratings[side.view.battery].items)
            if lacking:
                yield Message(
                    "{n} items are asked of only one of customers and managers and are left out of gap 1: {items}.",
                    n=len(lacking),
                    items=", ".join(sorted(lacking)),
                )


def _batteries_by_dimension(side: Side) -> Iterator[str]:
    """Batteries whose dimensions must be those that the customers rate."""
    if side.view is not None:
        yield side.view.battery
    for gap in (2, 3, 4):
        rating = side.rating_of(gap)
        if rating is not None:
            yield rating.battery


def _different(side: Side, battery: str, theirs: Sequence[str], expected: Sequence[str]) -> Iterator[Message]:
    more = [one for one in theirs if one not in expected]
    fewer = [one for one in expected if one not in theirs]
    short = next(one.short for one in side.labels.batteries() if one.id == battery)
    if more:
        yield Message(
            "{audience} rate dimensions in “{battery}” that the customers' questionnaire does not have: {dimensions}. "
            "They are compared with nothing.",
            audience=ROLE_NAMES[side.role],
            battery=short,
            dimensions=", ".join(more),
        )
    if fewer:
        yield Message(
            "{audience} do not rate these dimensions of the customers in “{battery}”: {dimensions}. Numbers over all "
            "dimensions are not comparable with the customers'.",
            audience=ROLE_NAMES[side.role],
            battery=short,
            dimensions=", ".join(fewer),
        )
