"""Each site beside all others: who may have a site report, and what it says of the comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from servq.analysis.absence import Unavailable
from servq.analysis.compared import MeanScoreOfGroup, ScoreOfGroup, make_compared
from servq.analysis.estimating import Estimator
from servq.analysis.labels import Labels
from servq.analysis.options import AnalysisOptions
from servq.analysis.scores import make_scores
from servq.analysis.segment_findings import GroupMark, RankedGroup, SiteRow, Sites
from servq.analysis.site_findings import BesideRow, SiteBeside
from servq.analysis.sites import make_sites
from servq.errors import DataInvalid, Problem
from servq.messages import Message
from servq.scoring import AnswerTable, score

SITE = "site"
"""Attribute of the responses that names the site."""

TOO_FEW = Message("No report: too few respondents, or its numbers would give away those of another site.")
NOT_COMPARED = Message("No report: this instrument yields no score that sites could be compared on.")


@dataclass(frozen=True, kw_only=True)
class SiteComparisons:
    """Sites that may have a report, and why the others may not."""

    besides: Mapping[str, SiteBeside]
    left_out: Mapping[str, Message]


def compare_each_site(answers: AnswerTable, options: AnalysisOptions) -> SiteComparisons:
    """Every site beside all others, with the marks and the ranking of the report on all sites.

    Parameters
    ----------
    answers
        Of all sites, with the attribute ``site``; respondents without a site belong to the others.

    Raises
    ------
    DataInvalid
        The answers do not say at which site they were given.
    """
    if SITE not in answers.attributes:
        raise DataInvalid(
            Problem("The answers do not name a site.", 'Give them a column "site".', file=answers.source or None)
        )
    groups = answers.attributes[SITE]
    names = sorted({str(name) for name in groups} - {""})
    estimator = Estimator(options.confidence_level, options.minimum_group_size, answers.survey_weights)
    labels = Labels(answers.instrument, answers.instrument.texts_in(options.locale).locale, options.fillings)
    scored = score(answers)
    compared = make_compared(scored, estimator, labels)
    if isinstance(compared, Unavailable):
        return SiteComparisons(besides={}, left_out=dict.fromkeys(names, NOT_COMPARED))
    better = make_scores(scored, estimator, labels)[0].better
    scores = {"overall": compared.overall.contributions, **compared.dimensions}
    sites = make_sites(scores, groups, estimator, better=better, rule=compared.overall, compared_by="others")
    rules: dict[str, ScoreOfGroup] = {id_: MeanScoreOfGroup(values, estimator) for id_, values in scores.items()}
    rules["overall"] = compared.overall
    said = {"overall": Message("Overall"), **{one: labels.dimension(one) for one in compared.dimensions}}
    places = {} if not sites.ranking or isinstance(sites.ranking, Unavailable) else _by_label(sites.ranking.groups)
    shown = {str(row.label): row for row in sites.rows if not row.suppressed and str(row.label) in names}
    return SiteComparisons(
        besides={
            name: _beside(name, row, sites, rules, groups != name, said, better, places.get(name), len(shown))
            for name, row in shown.items()
        },
        left_out={name: TOO_FEW for name in names if name not in shown},
    )


def _by_label(groups: tuple[RankedGroup, ...]) -> dict[str, RankedGroup]:
    return {group.label: group for group in groups}


def _beside(
    name: str,
    row: SiteRow,
    sites: Sites,
    rules: Mapping[str, ScoreOfGroup],
    elsewhere: NDArray[np.bool_],
    labels: Mapping[str, str],
    better: str,
    place: RankedGroup | None,
    n_sites: int,
) -> SiteBeside:
    rows = tuple(
        BesideRow(
            id=id_,
            label=labels[id_],
            site=row.cells[id_].estimate,
            others=row.cells[id_].estimate
            if isinstance(row.cells[id_].estimate, Unavailable)
            else rules[id_].among(elsewhere).estimate(),
            mark=row.cells[id_].mark,
            reading=_read(row.cells[id_].mark, better),
        )
        for id_ in sites.scores
    )
    return SiteBeside(
        site=name,
        n=row.n or 0,
        n_others=int(elsewhere.sum()),
        n_sites=n_sites,
        place=place,
        rows=rows,
        reading=_read_headline(name, rows[0].mark, better),
    )


def _read(mark: GroupMark, better: str) -> Message:
    if mark.difference is None or isinstance(mark.difference, Unavailable):
        return Message("Not compared.")
    if mark.direction == "none":
        return Message("Not told from the others.")
    if (mark.direction == "above") == (better == "high"):
        return Message("Slightly better than the others.") if mark.is_slight else Message("Better than the others.")
    return Message("Slightly worse than the others.") if mark.is_slight else Message("Worse than the others.")


def _read_headline(name: str, mark: GroupMark, better: str) -> Message:
    if mark.difference is None or isinstance(mark.difference, Unavailable):
        return Message("{site} cannot be compared with the other sites.", site=name)
    if mark.direction == "none":
        return Message("Overall, {site} cannot be told from the other sites: the difference may be chance.", site=name)
    is_better = (mark.direction == "above") == (better == "high")
    if mark.is_slight:
        if is_better:
            return Message(
                "Overall, {site} does slightly better than the other sites; the difference is small but not chance.",
                site=name,
            )
        return Message(
            "Overall, {site} does slightly worse than the other sites; the difference is small but not chance.",
            site=name,
        )
    if is_better:
        return Message("Overall, {site} does better than the other sites, by more than chance explains.", site=name)
    return Message("Overall, {site} does worse than the other sites, by more than chance explains.", site=name)
