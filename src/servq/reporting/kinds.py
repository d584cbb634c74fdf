"""The kinds of report: which frame writes each, how many pages it may have, and what it needs of the findings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from servq.analysis.findings import Findings
from servq.errors import Problem, RequestInvalid
from servq.instruments.model import ChecklistScore, Definition, EffortScore, NetPromoterScore, TopBoxScore
from servq.messages import Message
from servq.reporting.style import PLAIN, ReportStyle

ReportKind = Literal["full", "executive", "site", "pulse", "study", "mystery"]
Paper = Literal["a4", "letter"]

FRAMES: dict[ReportKind, str] = {
    "full": "report.html.j2",
    "mystery": "report.html.j2",
    "executive": "executive.html.j2",
    "pulse": "pulse.html.j2",
    "site": "site.html.j2",
}
"""Template of each kind in ``reports/quality``; a study has its own folder."""

ONE_QUESTION = ("net_promoter", "top_box", "effort", "effort_share")
"""Scores of a single question."""

PAGE_LIMITS: dict[ReportKind, int] = {"executive": 2, "pulse": 2, "site": 4}

KIND_NAMES: dict[ReportKind, Message] = {
    "full": Message("Service quality report"),
    "executive": Message("Executive report"),
    "site": Message("Site report"),
    "pulse": Message("Pulse report"),
    "study": Message("Gaps study"),
    "mystery": Message("Mystery shopping report"),
}


@dataclass(frozen=True, kw_only=True)
class ReportForm:
    """How a report is written.

    Parameters
    ----------
    templates
        Folder with templates of an organisation, laid out as ``reports/``; what it lacks is taken from there.
    """

    kind: ReportKind = "full"
    paper: Paper = "a4"
    style: ReportStyle = PLAIN
    templates: Path | None = None

    def styled(self, style: ReportStyle) -> ReportForm:
        """The same with another look."""
        return replace(self, style=style)


def check_kind(findings: Findings, kind: ReportKind) -> None:
    """Raise `RequestInvalid` when these findings cannot have a report of this kind."""
    trouble = _trouble(findings, kind)
    if trouble is not None:
        raise RequestInvalid(Problem(trouble[0], trouble[1]))


def kinds_for(definition: Definition) -> tuple[ReportKind, ...]:
    """Kinds of report that a survey with an instrument can have, the full one first; that of a site needs sites."""
    first = definition.scores[0]
    is_question = isinstance(first, NetPromoterScore | TopBoxScore | EffortScore)
    pulse: tuple[ReportKind, ...] = ("pulse",) if is_question else ()
    is_checklist = any(isinstance(score, ChecklistScore) for score in definition.scores)
    mystery: tuple[ReportKind, ...] = ("mystery",) if is_checklist else ()
    return ("full", "executive", *pulse, *mystery, "site")


def _trouble(findings: Findings, kind: ReportKind) -> tuple[str, str] | None:
    name = findings.manifest.instrument_id
    match kind:
        case "study":
            return "A survey of one audience has no report of the five gaps.", "Report a study, or choose another kind."
        case "mystery" if findings.checklist is None:
            return f"{name} is no checklist, so there is no mystery shopping report.", "Choose full or executive."
        case "pulse" if findings.dimensions or not any(score.kind in ONE_QUESTION for score in findings.scores):
            return f"{name} is not scored from one question, as NPS, CES and CSAT are.", "Choose full or executive."
        case "site" if findings.site is None:
            return "These findings are not those of one site.", "Name the site, or choose another kind."
        case _:
            return None
