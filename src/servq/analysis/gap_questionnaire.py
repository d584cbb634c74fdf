"""Gaps 2 to 4 and the antecedents as one questionnaire of a gaps study knows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from servq.analysis.estimating import Estimator
from servq.analysis.findings import Summary
from servq.analysis.gap_antecedents import antecedent_groups
from servq.analysis.gap_findings import GapsModelFindings
from servq.analysis.gap_ratings import rate_gap
from servq.analysis.labels import Labels
from servq.analysis.study_answers import Role
from servq.analysis.study_sides import Side
from servq.instruments.model import GapRatingScore, Instrument, ManagersViewScore
from servq.messages import Message
from servq.scoring import ScoredTable

ROLES_OF_AUDIENCES: Mapping[str, Role] = {"manager": "managers", "contact_personnel": "personnel"}


def make_gaps_model(scored: ScoredTable, estimator: Estimator, labels: Labels) -> GapsModelFindings | None:
    """Ratings and antecedents, or None where the instrument asks for neither."""
    definition = scored.answers.instrument.definition
    side = Side(ROLES_OF_AUDIENCES.get(definition.audiences[0], "customers"), scored, estimator, labels)
    ratings = tuple(rate_gap(side, score, {}) for score in definition.scores if isinstance(score, GapRatingScore))
    antecedents = tuple(sorted(antecedent_groups(side), key=lambda group: group.gap))
    return GapsModelFindings(ratings=ratings, antecedents=antecedents) if ratings or antecedents else None


def summary_of_questionnaire(summary: Summary, found: GapsModelFindings | None, instrument: Instrument) -> Summary:
    """The summary of a questionnaire of the gaps model.

    A belief about customers is neither good nor bad by itself, and a rating is read beside the middle of its scale; so
    nothing is called strong or weak, and the next step is the study.
    """
    if found is None or not isinstance(instrument.definition.scores[0], ManagersViewScore | GapRatingScore):
        return summary
    ratings = (Message("Gap {gap}: {reading}", gap=one.gap, reading=one.reading) for one in found.ratings)
    conditions = (
        Message("Antecedents of gap {gap}: {reading}", gap=group.gap, reading=group.reading)
        for group in found.antecedents
    )
    study = Message("Set these answers beside those of customers and the other audiences (servq analyze --study).")
    return replace(summary, strengths=(), shortfalls=(*ratings, *conditions), first_steps=(study,))
