"""The cover in words: what was measured, when, among how many, and how many of those asked answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from servq.analysis.collected import Collected
from servq.analysis.fieldwork_findings import FieldworkFindings
from servq.analysis.findings import Findings, OverallScore, Unavailable
from servq.reporting.formats import Formats, score_kind
from servq.statistics.estimate import Estimate


@dataclass(frozen=True, kw_only=True)
class CoverFact:
    """One fact of the cover; `is_figure` facts are set large, the others are words."""

    label: str
    value: str
    notes: tuple[str, ...]
    is_figure: bool = True


def cover_facts(findings: Findings, formats: Formats) -> tuple[CoverFact, ...]:
    """Respondents, response rate, headline and instrument."""
    headline = findings.scores[0] if findings.scores else None
    return (
        CoverFact(label=_who(findings, formats), value=formats.t.count(findings.responses.n_respondents), notes=()),
        _response_rate(findings.fieldwork, findings.collected, formats),
        *(() if headline is None else (_headline(headline, formats),)),
        _instrument(findings, formats),
    )


def _who(findings: Findings, formats: Formats) -> str:
    return formats.t("Assessments") if findings.measured == "share" else formats.t("Respondents")


def period_of(findings: Findings, formats: Formats) -> str:
    """The period as it was given, else from the first to the last answer, in the words of the reader."""
    if findings.period or findings.collected is None:
        return findings.period
    return written_period(findings.collected, formats)


def written_period(collected: Collected, formats: Formats) -> str:
    """Days or months from the first to the last answer, each part once: ``1–31 March 2026``."""
    first, last = (_day(written) for written in (collected.first_on, collected.last_on))
    return formats.t.period(first, last, in_months=collected.precision == "month")


def _day(written: str) -> date:
    return date.fromisoformat(written if len(written) > len("2026-03") else f"{written}-01")


def _response_rate(fieldwork: FieldworkFindings | None, collected: Collected | None, formats: Formats) -> CoverFact:
    t = formats.t
    label = t("Response rate")
    if collected is not None and (collected.sites or fieldwork is None):
        return CoverFact(label=label, value="–", notes=(t("counted only for all sites together"),))
    if fieldwork is None:
        return CoverFact(label=label, value="–", notes=(t("not known: the answers came without the invitations"),))
    if not isinstance(fieldwork.response_rate, Estimate):
        return CoverFact(label=label, value="–", notes=(t("nobody was invited in person"),))
    rate = fieldwork.response_rate
    still = (t("answers may still come"),) if fieldwork.is_open else ()
    return CoverFact(
        label=label,
        value=formats.value(rate.value, "share"),
        notes=(t("of {n:,} invited ({method})", n=rate.n, method=rate.method), *still),
    )


def _headline(headline: OverallScore, formats: Formats) -> CoverFact:
    label = formats.t.say(headline.label)
    if isinstance(headline.estimate, Unavailable):
        return CoverFact(label=label, value=formats.t("n/a"), notes=())
    kind = score_kind(headline)
    interval = formats.interval(headline.estimate, kind)
    return CoverFact(
        label=label, value=formats.value(headline.estimate.value, kind), notes=(interval,) if interval else ()
    )


def _instrument(findings: Findings, formats: Formats) -> CoverFact:
    t = formats.t
    adapted = findings.adaptation
    notes = [t("version {version}", version=findings.manifest.instrument_version)]
    if adapted is not None:
        notes.append(t("An adaptation of {of} {version}", of=adapted.of, version=adapted.of_version))
    return CoverFact(
        label=t("Instrument"), value=findings.manifest.instrument_title, notes=tuple(notes), is_figure=False
    )
