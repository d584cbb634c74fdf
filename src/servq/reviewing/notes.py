"""The note that a team gets back from a review: how it stands, what to keep, what to work on, what assessors wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from servq.analysis import AnalysisOptions, analyse
from servq.analysis.absence import Unavailable
from servq.analysis.score_findings import Checklist, ChecklistItem
from servq.errors import DataInvalid, Problem
from servq.messages import Message
from servq.scoring import AnswerTable
from servq.statistics import Estimate

N_NAMED = 3
"""Items named as the best and as the ones to work on."""

RANDOM = "random"


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What assessors wrote into one open field, under its question; the record before each text where it is known."""

    question: str
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewNote:
    """Feedback to one team.

    Parameters
    ----------
    team
        Name of the team.
    n_reviews, n_assessors
        Reviews of its records, and who made them.
    overall
        Share of the attainable points; over the random records alone where the sample says which they are, because
        the lowest and highest rated were chosen on purpose.
    basis
        Over which records the overall share is.
    best, worst
        Items with the largest and the smallest share, over every review.
    """

    team: str
    title: str
    locale: str
    n_reviews: int
    n_assessors: int
    overall: Estimate | Unavailable
    basis: Message
    best: tuple[ChecklistItem, ...]
    worst: tuple[ChecklistItem, ...]
    checklist: Checklist
    remarks: tuple[Remark, ...]


def make_review_note(
    answers: AnswerTable,
    team: str,
    *,
    remarks: Mapping[str, Sequence[str]] | None = None,
    options: AnalysisOptions | None = None,
) -> ReviewNote:
    """Make the note of one team.

    Parameters
    ----------
    answers
        Reviews of all teams; attributes `team`, and where known `assessor` and `stratum`.
    remarks
        Texts by open field, each of shape (n_reviews,) in the order of `answers`.

    Raises
    ------
    DataInvalid
        The reviews do not say the team, the team has too few of them, or the instrument is no checklist.
    """
    options = options or AnalysisOptions()
    rows = _rows_of(answers, team)
    of_team = _among(answers, rows)
    findings = analyse(replace(of_team, attributes=_without(of_team.attributes, "stratum")), options)
    checklist = findings.checklist
    if checklist is None or isinstance(checklist, Unavailable):
        problem = Problem(f'"{answers.instrument.id}" is no checklist.', "Use documentation-review, or one like it.")
        raise DataInvalid(problem)
    overall, basis = _overall(of_team, options, findings.scores[0].estimate)
    estimated = [item for item in checklist.items if not isinstance(item.share, Unavailable)]
    ranked = sorted(estimated, key=_share, reverse=True)
    n_named = min(N_NAMED, len(ranked) // 2)
    return ReviewNote(
        team=team,
        title=findings.title,
        locale=findings.locale,
        n_reviews=int(rows.sum()),
        n_assessors=len(set(of_team.attributes.get("assessor", np.array([], dtype=object)))),
        overall=overall,
        basis=basis,
        best=tuple(ranked[:n_named]),
        worst=tuple(reversed(ranked[len(ranked) - n_named :])),
        checklist=checklist,
        remarks=_remarks(answers, rows, remarks or {}, findings.locale),
    )


def _rows_of(answers: AnswerTable, team: str) -> NDArray[np.bool_]:
    teams = answers.attributes.get("team")
    if teams is None:
        problem = Problem("The reviews do not say the team.", "Name its column.", file=answers.source, column="team")
        raise DataInvalid(problem)
    rows: NDArray[np.bool_] = teams == team
    if not rows.any():
        known = ", ".join(sorted({str(one) for one in teams if one}))
        raise DataInvalid(Problem(f'No review is of team "{team}".', f"There are: {known}.", file=answers.source))
    return rows


def _overall(
    of_team: AnswerTable, options: AnalysisOptions, every_review: Estimate | Unavailable
) -> tuple[Estimate | Unavailable, Message]:
    strata = of_team.attributes.get("stratum")
    if strata is None:
        return every_review, Message("over every reviewed record")
    drawn = _once_each(strata == RANDOM, of_team.attributes.get("record"))
    n_drawn = int(drawn.sum())
    if n_drawn < options.minimum_group_size:
        reason = Message(
            "Only {n} of the reviewed records were drawn at random; the others were chosen for their rating and do not "
            "speak for all.",
            n=n_drawn,
        )
        return Unavailable(reason=reason), Message("")
    scored = analyse(replace(_among(of_team, drawn), attributes={}), options).scores[0].estimate
    return scored, Message("over the {n} records drawn at random, which speak for all the others", n=n_drawn)


def _once_each(rows: NDArray[np.bool_], records: NDArray[np.object_] | None) -> NDArray[np.bool_]:
    """The first review of each record: a record that was rated twice speaks once."""
    if records is None:
        return rows
    seen: set[object] = set()
    kept = rows.copy()
    for row in np.flatnonzero(rows):
        kept[row] = not records[row] or records[row] not in seen
        seen.add(records[row])
    return kept


def _remarks(
    answers: AnswerTable, rows: NDArray[np.bool_], remarks: Mapping[str, Sequence[str]], locale: str
) -> tuple[Remark, ...]:
    questions = answers.instrument.texts_in(locale)
    records = answers.attributes.get("record", np.full(len(rows), "", dtype=object))
    made = []
    for field, texts in remarks.items():
        written = [
            (str(record), text.strip())
            for record, text, kept in zip(records, texts, rows, strict=True)
            if kept and text and text.strip()
        ]
        names_records_only = all(record == text for record, text in written)
        if written and not names_records_only and field in questions.comments:
            lines = tuple(f"{record}: {text}" if record else text for record, text in written)
            made.append(Remark(question=questions.fill(questions.comments[field]), texts=lines))
    return tuple(made)


def _among(answers: AnswerTable, rows: NDArray[np.bool_]) -> AnswerTable:
    return replace(
        answers,
        codes=answers.codes[rows],
        attributes={name: values[rows] for name, values in answers.attributes.items()},
        respondent_ids=None if answers.respondent_ids is None else answers.respondent_ids[rows],
        survey_weights=None if answers.survey_weights is None else answers.survey_weights[rows],
    )


def _without(attributes: Mapping[str, NDArray[np.object_]], name: str) -> dict[str, NDArray[np.object_]]:
    return {key: values for key, values in attributes.items() if key not in {name, "team"}}


def _share(item: ChecklistItem) -> float:
    return item.share.value if not isinstance(item.share, Unavailable) else float("nan")
