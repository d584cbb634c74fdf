"""Answers of several audiences to the findings of a gaps study."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict, replace
from importlib.metadata import version

import msgspec

from servq.analysis.absence import Unavailable
from servq.analysis.estimating import Estimator
from servq.analysis.gap_antecedents import make_antecedents
from servq.analysis.gap_knowledge import make_knowledge_gap
from servq.analysis.gap_perceived import make_perceived_gap
from servq.analysis.gap_ratings import make_rated_gap
from servq.analysis.labels import Labels
from servq.analysis.manifest import SOFTWARE, make_manifest
from servq.analysis.options import AnalysisOptions
from servq.analysis.study_answers import ROLE_NAMES, ROLES, Role, StudyAnswers
from servq.analysis.study_findings import AudienceFound, KnowledgeGap, StudyFindings, StudyManifest
from servq.analysis.study_notices import make_notices
from servq.analysis.study_sides import Side, Sides
from servq.analysis.study_sites import make_sites
from servq.analysis.study_summary import Parts, make_study_summary
from servq.errors import DataInvalid, Problem
from servq.messages import Message
from servq.scoring import AnswerTable, score
from servq.version import __version__

ARTICLE = (
    "Zeithaml, V. A., Berry, L. L., & Parasuraman, A. (1988). Communication and Control Processes in the Delivery of "
    "Service Quality. Journal of Marketing, 52(2), 35–48."
)
BOOK = (
    "Zeithaml, V. A., Parasuraman, A., & Berry, L. L. (1990). Delivering Quality Service: Balancing Customer "
    "Perceptions and Expectations. Free Press, New York."
)
"""Sources of the model, its antecedents and the questionnaires."""


def analyse_study(answers: StudyAnswers, options: AnalysisOptions | None = None) -> StudyFindings:
    """The five gaps and what leads to them, as far as the audiences answered.

    An audience without answers, or with too few to be shown, is named with the reason; the rest is reported.

    Raises
    ------
    DataInvalid
        Nobody answered at all.
    """
    options = options or AnalysisOptions()
    answers = _without_small_audiences(answers, options)
    if not answers.tables:
        reasons = " ".join(answers.absences.values()) or "no audience has answers"
        raise DataInvalid(Problem(f"Nothing can be reported: {reasons}", "Collect answers first.", file=answers.source))
    sides = _sides(answers, options)
    absences = answers.absences
    gap_1 = make_knowledge_gap(sides, absences)
    rated = tuple(make_rated_gap(gap, sides, absences) for gap in (2, 3, 4))
    gap_5 = make_perceived_gap(sides, absences)
    antecedents = make_antecedents(sides, absences, answers.site)
    audiences = tuple(_audience(role, answers, sides, options) for role in ROLES)
    comparable = isinstance(gap_1, KnowledgeGap) and not isinstance(gap_1.overall, Unavailable)
    return StudyFindings(
        title=options.title,
        organisation=options.organisation,
        period=options.period,
        locale=next(iter(sides.values())).labels.locale,
        confidence_level=options.confidence_level,
        manifest=_manifest(answers, options, audiences),
        audiences=audiences,
        notices=make_notices(answers, sides),
        summary=make_study_summary(Parts(gap_1, rated, gap_5, antecedents), sides),
        gap_1=gap_1,
        gap_2=rated[0],
        gap_3=rated[1],
        gap_4=rated[2],
        gap_5=gap_5,
        antecedents=antecedents,
        sites=make_sites(sides, answers.site, overall_gap_1=comparable),
    )


def _minimum(role: Role, answers: StudyAnswers, options: AnalysisOptions) -> int:
    return answers.minimum_group_sizes.get(role, options.minimum_group_size)


def _without_small_audiences(answers: StudyAnswers, options: AnalysisOptions) -> StudyAnswers:
    """Leave out audiences with fewer respondents than may be shown, and say so."""
    small = {
        role: Message(
            "{audience}: fewer than {minimum} answered; so few are never shown, which protects their anonymity.",
            audience=ROLE_NAMES[role],
            minimum=_minimum(role, answers, options),
        )
        for role, table in answers.tables.items()
        if table.n_respondents < _minimum(role, answers, options)
    }
    tables = {role: table for role, table in answers.tables.items() if role not in small}
    return replace(answers, tables=tables, absences={**answers.absences, **small})


def _sides(answers: StudyAnswers, options: AnalysisOptions) -> Sides:
    return {
        role: _side(role, answers.tables[role], _minimum(role, answers, options), options)
        for role in ROLES
        if role in answers.tables
    }


def _side(role: Role, table: AnswerTable, minimum: int, options: AnalysisOptions) -> Side:
    known = table.instrument.placeholders
    fillings = {name: text for name, text in options.fillings.items() if name in known}
    return Side(
        role=role,
        scored=score(table),
        estimator=Estimator(options.confidence_level, minimum, table.survey_weights),
        labels=Labels(table.instrument, table.instrument.texts_in(options.locale).locale, fillings),
    )


def _audience(role: Role, answers: StudyAnswers, sides: Sides, options: AnalysisOptions) -> AudienceFound:
    minimum = _minimum(role, answers, options)
    if role not in sides:
        absence = answers.absences.get(role) or Message("Not part of this study.")
        return AudienceFound(
            role=role,
            label=ROLE_NAMES[role],
            n_respondents=None,
            n_empty=0,
            minimum_group_size=minimum,
            manifest=None,
            absence=absence,
        )
    table = answers.tables[role]
    return AudienceFound(
        role=role,
        label=ROLE_NAMES[role],
        n_respondents=table.n_respondents,
        n_empty=table.n_empty,
        minimum_group_size=minimum,
        manifest=make_manifest(table, replace(options, minimum_group_size=minimum), None),
        absence=None,
    )


def _manifest(answers: StudyAnswers, options: AnalysisOptions, audiences: tuple[AudienceFound, ...]) -> StudyManifest:
    settings: Mapping[str, str | int | float | bool | None] = {
        "confidence_level": options.confidence_level,
        "minimum_group_size": options.minimum_group_size,
        "site": answers.site,
    }
    manifest = StudyManifest(
        servq_version=__version__,
        software={"Python": platform.python_version(), **{name: version(name) for name in SOFTWARE}},
        source=answers.source,
        settings=dict(settings),
        citation=(ARTICLE, BOOK),
        manifest_sha256="",
    )
    hashes = [one.manifest.manifest_sha256 for one in audiences if one.manifest is not None]
    content = msgspec.json.encode([asdict(manifest), hashes])
    return replace(manifest, manifest_sha256=hashlib.sha256(content).hexdigest())
