"""Answers to findings: the whole analysis in the order of the report."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.absence import Unavailable
from servq.analysis.adaptations import make_adaptation, make_structure, make_wording_status
from servq.analysis.answer_quality import make_answer_quality
from servq.analysis.beside import make_beside
from servq.analysis.breakdowns import make_breakdowns
from servq.analysis.change import Wave, make_change
from servq.analysis.checklists import make_checklist
from servq.analysis.comments import CommentMaterial, comments_of
from servq.analysis.compared import Compared, make_compared
from servq.analysis.drivers import make_drivers
from servq.analysis.estimating import Estimator
from servq.analysis.findings import Findings, Measure, Measured
from servq.analysis.gap_questionnaire import make_gaps_model, summary_of_questionnaire
from servq.analysis.history import make_history
from servq.analysis.kano import make_kano
from servq.analysis.labels import Labels
from servq.analysis.manifest import make_manifest
from servq.analysis.measures import (
    checklist_measures,
    index_measures,
    make_dimensions,
    make_items,
    stage_measures,
)
from servq.analysis.notes import with_notes
from servq.analysis.options import AnalysisOptions
from servq.analysis.path_models import make_path_model
from servq.analysis.priorities import make_priorities
from servq.analysis.reliability import make_reliability
from servq.analysis.responses import make_responses
from servq.analysis.score_findings import Checklist, PathModelFinding
from servq.analysis.scores import make_scores
from servq.analysis.segment_findings import SITE
from servq.analysis.segments import make_segments
from servq.analysis.summary import Results, make_summary
from servq.analysis.target_findings import TargetFindings
from servq.analysis.targets import make_targets, metrics_of
from servq.analysis.tolerance import make_tolerance
from servq.analysis.validity import make_validity
from servq.analysis.weights import make_weights
from servq.errors import DataInvalid, Problem
from servq.instruments.model import (
    ChecklistScore,
    GapScore,
    Instrument,
    KanoScore,
    PathScore,
    ToleranceScore,
)
from servq.messages import Message
from servq.scoring import AnswerTable, ScoredTable, score
from servq.statistics import effective_sample_size


def analyse(
    answers: AnswerTable,
    options: AnalysisOptions | None = None,
    *,
    previous: AnswerTable | None = None,
    earlier: Sequence[AnswerTable] = (),
    comments: CommentMaterial | None = None,
) -> Findings:
    """Everything that these answers carry, with its uncertainty and its reading.

    Parameters
    ----------
    answers
        The wave to report.
    previous
        An earlier wave of the same instrument, for the change since then.
    earlier
        All earlier waves, oldest first, for the trend; the last one is the previous wave where `previous` is not given.
    comments
        What the respondents wrote and how it was coded, in the order of the answers; None where it is not known.

    Raises
    ------
    DataInvalid
        Fewer respondents than may be shown, or a previous wave of another instrument.
    """
    options = options or AnalysisOptions()
    previous = previous or (earlier[-1] if earlier else None)
    _check(answers, previous, options)
    _check_instruments(answers, earlier)
    instrument = answers.instrument
    locale = instrument.texts_in(options.locale).locale
    labels = Labels(instrument, locale, options.fillings)
    estimator = _estimator(answers, options)
    scale = labels.scale(labels.headline_battery)
    scored = score(answers)
    scores = make_scores(scored, estimator, labels)
    compared = make_compared(scored, estimator, labels)
    path_model = make_path_model(scored, estimator, labels)
    checklist = make_checklist(scored, estimator, labels)
    reliability = make_reliability(scored, estimator, labels)
    validity = make_validity(scored, estimator, labels)
    gaps_model = make_gaps_model(scored, estimator, labels)
    measured = _measured(instrument)
    better = scores[0].better if scores else "high"
    dimensions, items = _measures(scored, estimator, labels, path_model, checklist)
    results = Results(
        measured=measured,
        scores=scores,
        compared=compared,
        dimensions=with_notes(dimensions, reliability, validity, labels.batteries()),
        items=items,
        change=make_change(
            Wave(scored, estimator),
            Wave(score(previous), _estimator(previous, options)) if previous else None,
            labels,
            scores[0] if scores else None,
        ),
        reliability=reliability,
        validity=validity,
        responses=make_responses(scored, labels, compared),
        structure=make_structure(instrument),
        kano=make_kano(scored, estimator, labels),
        path_model=path_model,
        adaptation=make_adaptation(instrument),
        segments=make_segments(scored, estimator, labels, compared, better),
        trend=make_history(
            scored,
            compared,
            earlier,
            labels,
            lambda wave: _estimator(wave, options),
            better=better,
        )
        if earlier
        else None,
        drivers=make_drivers(scored, estimator, labels),
    )
    return Findings(
        title=options.title or instrument.definition.title,
        organisation=options.organisation,
        period=options.period,
        locale=locale,
        manifest=make_manifest(answers, options, previous, earlier),
        scale=scale,
        batteries=labels.batteries(),
        headline_battery=labels.headline_battery,
        measured=measured,
        summary=summary_of_questionnaire(make_summary(scored, estimator, results), gaps_model, instrument),
        responses=results.responses,
        scores=results.scores,
        dimensions=results.dimensions,
        items=results.items,
        weights=make_weights(scored, estimator),
        segments=results.segments,
        change=results.change,
        reliability=results.reliability,
        validity=results.validity,
        structure=results.structure,
        tolerance=make_tolerance(scored, estimator, labels),
        kano=results.kano,
        path_model=path_model,
        checklist=checklist,
        priorities=make_priorities(scored, estimator, labels, results.drivers),
        beside=make_beside(scored, estimator, labels),
        breakdowns=make_breakdowns(scored, estimator, labels, scores),
        adaptation=results.adaptation,
        wording=make_wording_status(instrument, locale),
        gaps_model=gaps_model,
        trend=results.trend,
        drivers=results.drivers,
        quality=make_answer_quality(scored, estimator, labels),
        comments=None if comments is None else comments_of(comments, scores, compared, labels, estimator),
        targets=_targets(scored, estimator, labels, compared, options),
    )


def _targets(
    scored: ScoredTable,
    estimator: Estimator,
    labels: Labels,
    compared: Compared | Unavailable,
    options: AnalysisOptions,
) -> TargetFindings | None:
    if not options.targets or options.as_of is None:
        return None
    metrics = metrics_of(scored.answers.instrument, labels.locale, options.fillings)
    sites = scored.answers.attributes.get(SITE)
    return make_targets(options.targets, compared, sites, metrics, estimator, as_of=options.as_of)


def _measured(instrument: Instrument) -> Measured:
    """What the headline numbers are."""
    match instrument.definition.scores[0]:
        case GapScore():
            return "gap"
        case ToleranceScore():
            return "adequacy"
        case PathScore():
            return "index"
        case ChecklistScore():
            return "share"
        case KanoScore():
            return "nothing"
        case _:
            return "mean"


def _measures(
    scored: ScoredTable,
    estimator: Estimator,
    labels: Labels,
    path_model: PathModelFinding | Unavailable | None,
    checklist: Checklist | None,
) -> tuple[tuple[Measure, ...], tuple[Measure, ...]]:
    """Dimensions and items by the numbers of the headline."""
    scale = labels.scale(labels.headline_battery)
    match _measured(scored.answers.instrument):
        case "nothing":
            return (), ()
        case "share" if checklist is not None:
            return stage_measures(checklist, labels.headline_battery), checklist_measures(checklist)
        case "index":
            dimensions = (
                index_measures(path_model, labels.headline_battery) if isinstance(path_model, PathModelFinding) else ()
            )
            return dimensions, make_items(scored, estimator, labels, scale)
        case _:
            return (
                make_dimensions(scored, estimator, labels, scale),
                make_items(scored, estimator, labels, scale),
            )


def _check_instruments(answers: AnswerTable, earlier: Sequence[AnswerTable]) -> None:
    others = [wave for wave in earlier if wave.instrument.id != answers.instrument.id]
    if others:
        raise DataInvalid(
            Problem(
                f"An earlier wave used {wave.instrument.id}, this one {answers.instrument.id}.",
                "Compare waves of the same instrument.",
                file=wave.source,
            )
            for wave in others
        )


def _estimator(answers: AnswerTable, options: AnalysisOptions) -> Estimator:
    return Estimator(options.confidence_level, options.minimum_group_size, answers.survey_weights)


def _check(answers: AnswerTable, previous: AnswerTable | None, options: AnalysisOptions) -> None:
    for wave in filter(None, (answers, previous)):
        if wave.n_respondents < options.minimum_group_size:
            raise DataInvalid(
                Problem(
                    _too_few(wave.n_respondents, options.minimum_group_size),
                    Message("Collect more answers."),
                    file=wave.source,
                )
            )
        if wave.survey_weights is not None:
            effective = effective_sample_size(wave.survey_weights).value
            if not effective >= options.minimum_group_size:
                raise DataInvalid(
                    Problem(
                        Message(
                            "The survey weights are so unequal that the {n} respondents count as {effective:.1f}; "
                            "results of fewer than {minimum} are never shown.",
                            n=wave.n_respondents,
                            effective=effective,
                            minimum=options.minimum_group_size,
                        ),
                        Message("Correct the weights, or trim the largest."),
                        file=wave.source,
                    )
                )
    if previous is not None and previous.instrument.id != answers.instrument.id:
        raise DataInvalid(
            Problem(
                f"The previous wave used {previous.instrument.id}, this one {answers.instrument.id}.",
                "Compare waves of the same instrument.",
                file=previous.source,
            )
        )


def _too_few(n: int, minimum: int) -> Message:
    if n == 0:
        return Message(
            "Nobody has answered; results of fewer than {minimum} are never shown, which protects their anonymity.",
            minimum=minimum,
        )
    if n == 1:
        return Message(
            "Only one respondent answered; results of fewer than {minimum} are never shown, which protects their "
            "anonymity.",
            minimum=minimum,
        )
    return Message(
        "Only {n} respondents answered; results of fewer than {minimum} are never shown, which protects their "
        "anonymity.",
        n=n,
        minimum=minimum,
    )
