"""What the answers of a survey say to one person: the findings of a wave and its groups. Pure.

The numbers and sentences are those of the report: the same analysis of the same answers, limited to the person's sites.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from servq.analysis import AnalysisOptions, analyse
from servq.analysis.absence import Unavailable
from servq.analysis.compared import make_compared
from servq.analysis.estimating import Estimator
from servq.analysis.findings import Findings
from servq.analysis.labels import Labels
from servq.analysis.options import MINIMUM_GROUP_SIZE
from servq.analysis.segment_findings import Segment
from servq.analysis.segments import make_segment
from servq.analysis.target_findings import AgreedTarget, Metric, TargetFinding, TargetFindings
from servq.analysis.targets import in_order, make_targets, metrics_of
from servq.results import ScoredSurvey, ScoredWave, Selection
from servq.results.scored import SITE
from servq.scoring import AnswerTable
from servq.translation import translator

TOUCHPOINT = "touchpoint"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a person may see of a survey, and in which language.

    Parameters
    ----------
    sites
        None for all.
    attributes
        Attributes by whose groups the scores may be shown to them, beside their sites.
    """

    sites: frozenset[str] | None
    attributes: tuple[str, ...]
    locale: str
    minimum_group_size: int = MINIMUM_GROUP_SIZE


@dataclass(frozen=True, kw_only=True)
class WaveChoice:
    """One wave with what a person may know of it; `n` is 0 where too few have answered to say more."""

    number: int
    name: str
    opened_at: datetime
    n: int
    is_shown: bool


@dataclass(frozen=True, kw_only=True)
class Picture:
    """The findings of one wave for one person.

    Parameters
    ----------
    waves
        Every wave of the survey, the oldest first.
    findings
        Of the wave `number`, beside the waves before it that can be shown; None where no wave can.
    groups
        Scores of this wave by the groups of each attribute that the answers carry and the person may see.
    """

    title: str
    organisation: str
    waves: tuple[WaveChoice, ...]
    number: int
    previous: int | None
    findings: Findings | None
    groups: Mapping[str, Segment]
    minimum_group_size: int

    @property
    def wave(self) -> WaveChoice | None:
        """The wave that is shown."""
        return next((wave for wave in self.waves if wave.number == self.number), None)


def make_picture(scored: ScoredSurvey, scope: Scope, wanted: int | None = None) -> Picture:
    """Analyse the newest wave that may be shown, or the one that is wanted, as far as somebody may see it."""
    waves = tuple(_choice(wave, scored, scope) for wave in scored.waves)
    shown = [wave for wave in waves if wave.is_shown]
    current = next((wave for wave in shown if wave.number == wanted), shown[-1] if shown else None)
    number = current.number if current else (wanted or (waves[-1].number if waves else 0))
    earlier = [wave for wave in shown if wave.number < number]
    findings = None
    if current is not None:
        findings = analyse(
            _answers(scored, number, scope),
            _options(scored, scope),
            earlier=[_answers(scored, wave.number, scope) for wave in earlier],
        )
    return Picture(
        title=scored.survey.title,
        organisation=scored.survey.organisation,
        waves=waves,
        number=number,
        previous=earlier[-1].number if earlier and current else None,
        findings=findings,
        groups={} if findings is None else _groups(scored, number, scope, findings),
        minimum_group_size=scope.minimum_group_size,
    )


def _choice(wave: ScoredWave, scored: ScoredSurvey, scope: Scope) -> WaveChoice:
    n = scored.select(waves=[wave.number], sites=scope.sites).n
    is_shown = n >= scope.minimum_group_size
    return WaveChoice(
        number=wave.number, name=wave.name, opened_at=wave.opened_at, n=n if is_shown else 0, is_shown=is_shown
    )


def called(wave: str, locale: str) -> str:
    """What people call a wave: its name, or that it is a wave where the name is a number only."""
    return translator(locale, "results")("Wave {name}", name=wave) if wave.isdigit() else wave


def _answers(scored: ScoredSurvey, wave: int, scope: Scope) -> AnswerTable:
    chosen = scored.select(waves=[wave], sites=scope.sites)
    answers = chosen.answers()
    # other groups are compared apart from it, and only those that the person may see
    attributes = {SITE: answers.attributes[SITE]} if SITE in answers.attributes else {}
    return replace(answers, attributes=attributes, wave=called(chosen.parts[0][0].name, scope.locale))


def _options(scored: ScoredSurvey, scope: Scope) -> AnalysisOptions:
    return AnalysisOptions(
        locale=_spoken(scored, scope.locale),
        title=scored.survey.title,
        organisation=scored.survey.organisation,
        placeholders=dict(scored.survey.placeholders),
        minimum_group_size=scope.minimum_group_size,
    )


def _spoken(scored: ScoredSurvey, locale: str) -> str:
    """The language of the instrument's texts: the reader's where it has them, else the survey's own."""
    language = locale.replace("_", "-").split("-")[0]
    known = {text.split("-")[0]: text for text in scored.instrument.texts}
    return known.get(language, scored.survey.locale)


def _groups(scored: ScoredSurvey, wave: int, scope: Scope, findings: Findings) -> dict[str, Segment]:
    chosen = scored.select(waves=[wave], sites=scope.sites)
    estimator = Estimator(minimum_group_size=scope.minimum_group_size)
    compared = make_compared(chosen.table, estimator, _labels(scored, scope))
    if isinstance(compared, Unavailable):
        return {}
    better = findings.scores[0].better
    found = {}
    for name in (SITE, TOUCHPOINT, *scope.attributes):
        attribute = chosen.attribute(name)
        if any(attribute.labels):
            found[name] = make_segment(name, attribute.texts(), compared, estimator, better, compared_by="others")
    return found


def _labels(scored: ScoredSurvey, scope: Scope) -> Labels:
    locale = scored.instrument.texts_in(_spoken(scored, scope.locale)).locale
    return Labels(scored.instrument, locale, dict(scored.survey.placeholders))


def find_target_findings(
    agreed: Collection[AgreedTarget], scored: ScoredSurvey, scope: Scope, *, as_of: date
) -> TargetFindings:
    """Set targets beside the scores that answer them.

    A target is judged by the newest wave that was opened up to its day; what came later says nothing about it.
    """
    by_wave: dict[int, list[AgreedTarget]] = {}
    for target in agreed:
        by_wave.setdefault(_judging_wave(target, scored, scope), []).append(target)
    metrics = metrics_of(scored.instrument, _spoken(scored, scope.locale), _options(scored, scope).fillings)
    found: list[TargetFinding] = []
    for number, targets in by_wave.items():
        # over all sites: whether a site hides another does not depend on who asks
        chosen = scored.select(waves=[number])
        found += _judged(targets, chosen, metrics, scope, as_of).targets
    return in_order(found, as_of)


def _judging_wave(target: AgreedTarget, scored: ScoredSurvey, scope: Scope) -> int:
    shown = [wave for wave in scored.waves if wave.n >= scope.minimum_group_size] or list(scored.waves)
    in_time = [wave for wave in shown if wave.opened_at.date() <= target.due_on]
    return (in_time or shown)[-1].number


def _judged(
    targets: Sequence[AgreedTarget], chosen: Selection, metrics: Sequence[Metric], scope: Scope, as_of: date
) -> TargetFindings:
    estimator = Estimator(minimum_group_size=scope.minimum_group_size)
    compared = make_compared(chosen.table, estimator, Labels(chosen.survey.instrument, chosen.survey.locale, {}))
    return make_targets(targets, compared, chosen.attribute(SITE).texts(), metrics, estimator, as_of=as_of)
