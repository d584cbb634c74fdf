"""The sampling plan of a review: lowest rated, highest rated and random records, shared out to assessors.

Pure: records in, assignments out. The same seed gives the same plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Literal

from servq.errors import Problem, RequestInvalid

PROBLEMS_SHOWN = 20

Stratum = Literal["lowest", "highest", "random"]


@dataclass(frozen=True, kw_only=True)
class ServiceRecord:
    """A chat, an email thread or the notes of a call that could be reviewed.

    Parameters
    ----------
    rating
        What the customer thought of it, higher is better; None where nothing is known.
    agent
        Who handled it, so that nobody reviews a record of their own; "" where unknown.
    """

    id: str
    rating: float | None = None
    team: str = ""
    agent: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanOptions:
    """How many records of each kind, and how many of them twice.

    Parameters
    ----------
    double_share
        Share of the records that two assessors rate, 0–1; without some, agreement cannot be told.
    """

    n_lowest: int = 10
    n_highest: int = 10
    n_random: int = 20
    double_share: float = 0.2
    seed: int = 1


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One record for one assessor.

    Parameters
    ----------
    stratum
        Why the record was chosen.
    inclusion_probability
        Chance with which the record came into the plan: 1 for the lowest and highest rated. Only the random records
        speak for all of the others.
    is_second
        Whether another assessor rates the record, too, and this is the second rating.
    """

    record: ServiceRecord
    stratum: Stratum
    inclusion_probability: float
    assessor: str
    is_second: bool


def plan_review(
    records: Sequence[ServiceRecord], assessors: Sequence[str], options: PlanOptions
) -> tuple[Assignment, ...]:
    """Draw records and share them out evenly; nobody rates a record of their own, or one record twice.

    The lowest and highest rated are chosen among the records with a rating, ties by lot. The random ones are drawn
    from all that are left, rated or not. Records to be rated twice are drawn evenly from the three kinds.

    Raises
    ------
    RequestInvalid
        Too few assessors, nothing to review, a record that is there twice, or one that nobody may rate.
    """
    _check(records, assessors, options)
    random = Random(options.seed)  # noqa: S311 - a plan is to be repeatable, not secret
    shuffled = random.sample(list(records), len(records))
    rated = sorted((one for one in shuffled if one.rating is not None), key=lambda one: one.rating or 0.0)
    lowest = rated[: options.n_lowest]
    highest = rated[len(lowest) :][::-1][: options.n_highest]
    taken = {one.id for one in (*lowest, *highest)}
    rest = [one for one in shuffled if one.id not in taken]
    drawn = rest[: options.n_random]
    chance = len(drawn) / len(rest) if rest else 0.0
    kinds: tuple[tuple[Stratum, list[ServiceRecord], float], ...] = (
        ("lowest", lowest, 1.0),
        ("highest", highest, 1.0),
        ("random", drawn, chance),
    )
    load = dict.fromkeys(assessors, 0)
    planned: list[Assignment] = []
    for stratum, chosen, probability in kinds:
        twice = {one.id for one in random.sample(chosen, ceil(options.double_share * len(chosen)))}
        for record in chosen:
            raters = _raters(record, load, 2 if record.id in twice else 1, random)
            planned += [
                Assignment(
                    record=record,
                    stratum=stratum,
                    inclusion_probability=probability,
                    assessor=assessor,
                    is_second=place > 0,
                )
                for place, assessor in enumerate(raters)
            ]
    # the order must not tell an assessor what the customer thought
    return tuple(random.sample(planned, len(planned)))


def _raters(record: ServiceRecord, load: dict[str, int], n: int, random: Random) -> list[str]:
    """The assessors with the least to do who did not handle the record, ties by lot; a second only if there is one."""
    allowed = [one for one in load if one != record.agent]
    if not allowed:
        fix = "Name another assessor."
        raise RequestInvalid(Problem(f'Every assessor handled record "{record.id}".', fix, column="assessors"))
    chosen = sorted(random.sample(allowed, len(allowed)), key=lambda one: load[one])[:n]
    for one in chosen:
        load[one] += 1
    return chosen


def _check(records: Sequence[ServiceRecord], assessors: Sequence[str], options: PlanOptions) -> None:
    problems = []
    if not records:
        problems.append(Problem("There is no record to review.", "Give a file with at least one.", column="records"))
    repeated = [one for one, n in Counter(record.id for record in records).items() if n > 1]
    problems += [
        Problem(f'Record "{one}" is there twice.', "Keep each record once.", column="records")
        for one in sorted(repeated)[:PROBLEMS_SHOWN]
    ]
    if not assessors or len(set(assessors)) < len(assessors) or not all(one.strip() for one in assessors):
        problems.append(Problem("The assessors are not named, each once.", "Name them.", column="assessors"))
    if min(options.n_lowest, options.n_highest, options.n_random) < 0:
        problems.append(Problem("A number of records is negative.", "Give 0 or more.", column="n"))
    if options.n_lowest + options.n_highest + options.n_random < 1:
        problems.append(Problem("The plan asks for no record.", "Ask for at least one.", column="n"))
    if not 0 <= options.double_share <= 1:
        told = f"{options.double_share} is no share."
        problems.append(Problem(told, "Give a number from 0 to 1.", column="double_share"))
    elif options.double_share > 0 and len(set(assessors)) == 1:
        fix = "Name another one, or set the share to 0."
        problems.append(Problem("One assessor cannot rate anything twice.", fix, column="double_share"))
    if problems:
        raise RequestInvalid(problems)
