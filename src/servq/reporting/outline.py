"""Which sections a report has, in order, and what it cannot have, with the reason."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.findings import Findings, Unavailable
from servq.analysis.trend_findings import Trend
from servq.messages import Message
from servq.reporting.formats import Formats
from servq.reporting.kinds import ReportKind


@dataclass(frozen=True, kw_only=True)
class Section:
    """One numbered section: its anchor, its heading and the template that writes it."""

    id: str
    number: str
    title: str
    template: str


@dataclass(frozen=True, kw_only=True)
class Absence:
    """A part that this report does not have at all, and why."""

    title: str
    reason: Message


def make_outline(findings: Findings, formats: Formats) -> tuple[tuple[Section, ...], tuple[Absence, ...]]:
    """Sections that this report has, numbered, and the ones it cannot have with their reason."""
    t = formats.t
    rated = len(findings.items) > 1
    asks_points = any(battery.kind == "points" for battery in findings.batteries)
    optional = (
        ("weights", t("What matters to respondents"), findings.weights, asks_points),
        ("segments", t("Groups of respondents"), findings.segments, False),
        ("change", t("Change since the previous wave"), findings.change, False),
        *((("trend", t("Trend over the waves"), findings.trend, False),) if findings.trend is not None else ()),
        ("reliability", t("How reliable the numbers are"), findings.reliability, rated),
    )
    found = [("summary", t("Summary")), *_results(findings, formats)]
    absences = []
    for name, title, part, belongs in optional:
        if isinstance(part, Unavailable) and not belongs:
            absences.append(Absence(title=title, reason=part.reason))
        else:
            found.append((name, title))
    for title, placed in (
        (t("Importance and performance"), findings.priorities),
        (t("What goes with the outcome"), findings.drivers),
    ):
        if isinstance(placed, Unavailable):
            absences.append(Absence(title=title, reason=placed.reason))
    beside = (
        ("customers", t("Visits beside customers"), findings.customers),
        ("operations", t("Operations"), findings.operations),
        ("targets", t("Targets"), (findings.targets and findings.targets.targets) or None),
        ("comments", t("Comments"), findings.comments),
        ("fieldwork", t("Fieldwork"), findings.fieldwork),
    )
    for name, title, given in beside:
        if isinstance(given, Unavailable):
            absences.append(Absence(title=title, reason=given.reason))
        elif given is not None:
            found.append((name, title))
    found += [("responses", t("Responses and missing answers")), ("method", t("Method"))]
    numbered = [
        Section(id=name, number=str(index), title=title, template=f"sections/{name}.html.j2")
        for index, (name, title) in enumerate(found, start=1)
    ]
    if not rated or findings.measured == "share":  # the wording and the answers stand beside the result already
        return tuple(numbered), tuple(absences)
    appendix = Section(
        id="appendix", number="A", title=t("Wording and answers of every item"), template="sections/appendix.html.j2"
    )
    if isinstance(findings.validity, Unavailable):
        absences.append(Absence(title=t("For researchers: validity"), reason=findings.validity.reason))
        return (*numbered, appendix), tuple(absences)
    validity = Section(
        id="validity", number="B", title=t("For researchers: validity"), template="sections/validity.html.j2"
    )
    return (*numbered, appendix, validity), tuple(absences)


def make_short_outline(findings: Findings, kind: ReportKind, formats: Formats) -> tuple[Section, ...]:
    """Sections of a report of few pages, without numbers: there is no list of contents to look them up in."""
    t = formats.t
    summary = ("summary", t("Summary"), "summary")
    change = (
        ()
        if isinstance(findings.change, Unavailable)
        else (("change", t("Change since the previous wave"), "change_brief"),)
    )
    groups = (
        ()
        if isinstance(findings.segments, Unavailable)
        else (("segments", t("Groups of respondents"), "segments_brief"),)
    )
    trend = (("trend", t("Trend over the waves"), "trend_brief"),) if isinstance(findings.trend, Trend) else ()
    match kind:
        case "pulse":
            found = [summary, ("metrics", t("Result"), "metrics"), *change, *trend, *groups]
        case "site":
            found = [("site", t("Beside the other sites"), "site"), *_short_results(findings, formats), *change]
        case _:
            found = [summary, *_short_results(findings, formats), *change]
    return tuple(
        Section(id=name, number="", title=title, template=f"sections/{template}.html.j2")
        for name, title, template in found
    )


def _short_results(findings: Findings, formats: Formats) -> list[tuple[str, str, str]]:
    t = formats.t
    found = []
    if findings.dimensions:
        found.append(("dimensions", t("Dimensions"), "dimensions_brief"))
    elif findings.scores:
        found.append(("metrics", t("Result"), "metrics"))
    if len(findings.items) > 1:
        found.append(("items", t("Items"), "first_items"))
    return found


def _results(findings: Findings, formats: Formats) -> list[tuple[str, str]]:
    """Sections of the results: those of the headline first, then what the instrument yields beside it."""
    t = formats.t
    own = {
        "tolerance": (t("Zone of tolerance"), findings.tolerance),
        "indices": (t("Indices and what moves them"), findings.path_model),
        "checklist": (t("Checklist by stage"), findings.checklist),
        "kano": (t("Taken for granted or delightful"), findings.kano),
    }
    leading = {"adequacy": "tolerance", "index": "indices", "share": "checklist", "nothing": "kano"}
    first = leading.get(findings.measured)
    found: list[tuple[str, str]] = []
    if first is not None:
        found.append((first, own[first][0]))
    else:
        found.append(("dimensions", t("Dimensions")) if findings.dimensions else ("metrics", t("Result")))
    if len(findings.items) > 1 and first not in {"tolerance", "checklist"}:
        found.append(("items", t("Items")))
    found += [(name, title) for name, (title, part) in own.items() if part is not None and name != first]
    if findings.priorities is not None and not isinstance(findings.priorities, Unavailable):
        found.append(("priorities", t("Importance and performance")))
    if findings.drivers is not None and not isinstance(findings.drivers, Unavailable):
        found.append(("drivers", t("What goes with the outcome")))
    if findings.breakdowns:
        found.append(("breakdowns", t("Results by answer")))
    if findings.gaps_model is not None:
        found.append(("gaps_model", t("Gaps and what leads to them")))
    if findings.beside:
        found.append(("beside", t("Asked beside it")))
    return found
