"""Service metrics beside survey scores of the same sites and periods: a description, not an effect.

For each metric and lag, the value of a site in a period is paired with its score `lag` periods later. Levels of sites
are taken out first where the pairs allow, because a good site may be good at both for reasons of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from servq.analysis.absence import Unavailable
from servq.analysis.operations_findings import PeriodLength, ScoreAssociation, ScoreLink
from servq.answerfiles import load_table
from servq.errors import DataInvalid, NotEstimable, Problem
from servq.messages import Message
from servq.operations.breakdown import rows_by_group
from servq.operations.columns import plain_name
from servq.operations.definitions import MetricDefinition
from servq.operations.intervals import pooled_correlation
from servq.operations.metrics import MetricOptions, measure
from servq.operations.readings import read_association
from servq.operations.sample import Sample, next_period, period_of
from servq.statistics import Estimate

FEWEST_PAIRS = 8
"""Fewer pairs than this, after one for the level of each further site, describe nothing."""

LARGEST_LAG = 2
_FORMS: Mapping[PeriodLength, str] = {
    "day": r"^\d{4}-\d{2}-\d{2}$",
    "week": r"^\d{4}-W\d{2}$",
    "month": r"^\d{4}-\d{2}$",
}

_EXAMPLES: Mapping[PeriodLength, str] = {"day": "2026-03-04", "week": "2026-W10", "month": "2026-03"}


class Cell(NamedTuple):
    """A site in a period."""

    site: str
    period: str


@dataclass(frozen=True)
class SiteScores:
    """Survey scores by site and period, called `name`."""

    name: str
    values: Mapping[Cell, float]


def load_scores(path: Path, length: PeriodLength) -> SiteScores:
    """Read scores from a file with the columns ``site``, ``period``, ``score`` and, if averages, ``n``.

    A period is written as the length asks (``2026-03``, ``2026-W10``) or as any of its days (``2026-03-04``). Several
    rows of one site and period are averaged, weighted by ``n``, so that single responses may be given as well.

    Raises
    ------
    DataInvalid
        With every problem, each with its row and column.
    """
    table = load_table(path)
    headers = {plain_name(name): name for name in table.frame.columns}
    missing = [name for name in ("site", "period", "score") if name not in headers]
    if missing:
        raise DataInvalid(
            Problem(f'There is no column "{name}".', "Give site, period and score.", file=table.source)
            for name in missing
        )
    texts = {
        name: table.frame[headers[name]].cast(pl.String, strict=False).str.strip_chars()
        for name in ("site", "period", "score", "n")
        if name in headers
    }
    days = texts["period"].str.to_date("%Y-%m-%d", strict=False)
    is_period = texts["period"].str.contains(_FORMS[length])
    periods = pl.select(
        pl.when(days.is_not_null()).then(period_of(days, length)).when(is_period).then(texts["period"])
    ).to_series()
    scores = texts["score"].cast(pl.Float64, strict=False)
    weights = (
        texts["n"].cast(pl.Float64, strict=False) if "n" in texts else pl.Series([1.0]).new_from_index(0, len(scores))
    )
    checks = {
        "site": (texts["site"].fill_null("") == "", "The site is blank.", "Name it as the contacts do."),
        "period": (periods.is_null(), f"This is no {length}.", f"Write it as {_EXAMPLES[length]}, or a day."),
        "score": (~scores.is_finite().fill_null(value=False), "This is not a number.", "Give the mean score."),
        "n": (~(weights > 0).fill_null(value=False), "This is no number of responses.", "Give 1 or more."),
    }
    problems = [
        Problem(message, fix, file=table.source, row=int(row) + table.first_row, column=headers[name])
        for name, (mask, message, fix) in checks.items()
        for row in np.flatnonzero(mask.to_numpy())
    ]
    if problems:
        raise DataInvalid(sorted(problems, key=lambda problem: problem.row or 0))
    averaged = (
        pl.DataFrame({"site": texts["site"], "period": periods, "score": scores, "n": weights})
        .group_by("site", "period")
        .agg((pl.col("score") * pl.col("n")).sum() / pl.col("n").sum())
    )
    return SiteScores(table.source, {Cell(site, period): score for site, period, score in averaged.iter_rows()})


def link_scores(
    sites: pl.Series,
    sample: Sample,
    scores: SiteScores,
    definitions: Sequence[MetricDefinition],
    *,
    length: PeriodLength,
    options: MetricOptions,
    minimum: int,
) -> ScoreLink | Unavailable:
    """How each metric goes with the scores at lags of 0 to `LARGEST_LAG` periods.

    Parameters
    ----------
    sites
        Shape (n,): site of each contact of the sample, null where it is not stated.
    minimum
        A site's metric of a period that rests on fewer contacts is left out.
    """
    values = _metrics_by_cell(sites, sample, definitions, options=options, minimum=minimum)
    n_cells = len({cell for cells in values.values() for cell in cells} & scores.values.keys())
    associations = tuple(
        _associate(definition, lag, _pairs(values[definition.id], scores, lag, length), options.confidence_level)
        for definition in definitions
        for lag in range(LARGEST_LAG + 1)
    )
    if all(isinstance(one.estimate, Unavailable) for one in associations):
        return Unavailable(
            reason=Message(
                "Contacts and survey scores share {n} sites and periods; it takes at least {needed} to set them beside "
                "each other.",
                n=n_cells,
                needed=FEWEST_PAIRS,
            )
        )
    return ScoreLink(
        score=scores.name,
        length=length,
        n_cells=n_cells,
        associations=associations,
        reading=Message(
            "This describes what went together at sites over time; it does not show that one makes the other. Of "
            "{n} pairings looked at, some stand out by chance, and neighbouring periods of a site resemble each other, "
            "so the intervals are too narrow.",
            n=len(associations),
        ),
    )


def _metrics_by_cell(
    sites: pl.Series,
    sample: Sample,
    definitions: Sequence[MetricDefinition],
    *,
    options: MetricOptions,
    minimum: int,
) -> dict[str, dict[Cell, float]]:
    found: dict[str, dict[Cell, float]] = {definition.id: {} for definition in definitions}
    for site, contacts in rows_by_group(sites.fill_null("")).items():
        if not site:
            continue
        part = sample.take(contacts)
        for position, period in enumerate(sample.periods):
            started, resolved = part.started_in == position, part.resolved_in == position
            rows = started | resolved
            if not rows.any():
                continue
            cell = replace(
                part.take(rows),
                started_in=np.where(started[rows], 0, -1),
                resolved_in=np.where(resolved[rows], 0, -1),
                periods=(period,),
            )
            for definition in definitions:
                estimate = measure(definition, cell, options).estimate
                if not isinstance(estimate, Unavailable) and estimate.n >= minimum:
                    found[definition.id][Cell(site, period)] = estimate.value
    return found


def _pairs(
    values: Mapping[Cell, float], scores: SiteScores, lag: int, length: PeriodLength
) -> list[tuple[str, float, float]]:
    later = (
        (cell.site, value, Cell(cell.site, next_period(cell.period, length, lag))) for cell, value in values.items()
    )
    return [(site, value, scores.values[cell]) for site, value, cell in later if cell in scores.values]


def _associate(
    definition: MetricDefinition,
    lag: int,
    pairs: Sequence[tuple[str, float, float]],
    confidence_level: float,
) -> ScoreAssociation:
    n_of = Counter(site for site, _, _ in pairs)
    repeated = [pair for pair in pairs if n_of[pair[0]] > 1]
    n_repeated = len({site for site, _, _ in repeated})
    basis: Literal["within_sites", "across_sites"] = "across_sites"
    if n_repeated and len(repeated) - (n_repeated - 1) >= FEWEST_PAIRS:
        basis, pairs = "within_sites", repeated
    groups = [site if basis == "within_sites" else "" for site, _, _ in pairs]
    estimate = _correlate(pairs, groups, confidence_level)
    return ScoreAssociation(
        metric=definition.id,
        name=definition.name,
        lag=lag,
        n_sites=len({site for site, _, _ in pairs}),
        basis=basis,
        estimate=estimate,
        reading=read_association(definition.name, lag, estimate),
    )


def _correlate(
    pairs: Sequence[tuple[str, float, float]], groups: Sequence[str], confidence_level: float
) -> Estimate | Unavailable:
    if len(pairs) < FEWEST_PAIRS:
        reason = Message("Only {n} pairs of values; at least {needed} are needed.", n=len(pairs), needed=FEWEST_PAIRS)
        return Unavailable(reason=reason)
    try:
        return pooled_correlation(
            [value for _, value, _ in pairs],
            [score for _, _, score in pairs],
            groups,
            confidence_level=confidence_level,
        )
    except NotEstimable as error:
        return Unavailable(reason=Message("{reason}", reason=error.reason))
