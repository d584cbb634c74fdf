"""What the templates of a study report are given; ``reports/README.md`` lists the fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.findings import Unavailable
from servq.analysis.gap_findings import RatedGap
from servq.analysis.study_findings import KnowledgeGap, PerceivedGap, Sites, StudyFindings
from servq.errors import Problem, RequestInvalid
from servq.reporting.figures import Figure
from servq.reporting.formats import Formats
from servq.reporting.gap_views import AntecedentView
from servq.reporting.kinds import KIND_NAMES, Paper, ReportForm, ReportKind
from servq.reporting.outline import Section
from servq.reporting.study_figures import StudyFigures
from servq.reporting.style import ReportStyle
from servq.translation import translator

STUDY_FORM = ReportForm(kind="study")


@dataclass(frozen=True, kw_only=True)
class RatedView:
    """One of the gaps 2 to 4 with its figure; `part` is what a template shows or the reason why it cannot."""

    gap: Literal[2, 3, 4]
    part: RatedGap | Unavailable
    figure: Figure | None


@dataclass(frozen=True, kw_only=True)
class StudyContext:
    """Everything that a template of the study report may use.

    Parameters
    ----------
    findings
        Unrounded; the filters of the templates decide the decimals.
    absent
        Ids of the sections that only say why there is nothing to show.
    model
        The drawing of the model with its five numbers.
    ends
        Anchors of the scales of gaps 2 to 4 by gap, in words.
    """

    findings: StudyFindings
    language: str
    direction: Literal["ltr", "rtl"]
    kind: ReportKind
    kind_name: str
    paper: Paper
    style: ReportStyle
    organisation: str
    period: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    absent: frozenset[str]
    model: Figure
    knowledge: Figure | None
    points: Figure | None
    rated: dict[int, RatedView]
    perceived: Figure | None
    antecedents: tuple[AntecedentView, ...]
    associations: Figure | None
    sites: Figure | None
    ends: dict[int, str]
    confidence_level: float


def make_study_context(findings: StudyFindings, form: ReportForm = STUDY_FORM) -> StudyContext:
    """Draw the figures and put the sections in order.

    Raises
    ------
    RequestInvalid
        A study has no report of this kind.
    """
    if form.kind not in {"study", "full"}:
        raise RequestInvalid(
            Problem(f'A study has no report of the kind "{form.kind}".', "Leave the kind out, or write: study.")
        )
    organisation = findings.organisation or form.style.organisation
    t = translator(findings.locale)
    maker = StudyFigures(findings, Formats(t))
    gaps: dict[Literal[2, 3, 4], RatedGap | Unavailable] = {2: findings.gap_2, 3: findings.gap_3, 4: findings.gap_4}
    return StudyContext(
        findings=findings,
        language=t.locale,
        direction=t.direction,
        kind="study",
        kind_name=t.say(KIND_NAMES["study"]),
        paper=form.paper,
        style=form.style,
        organisation=organisation,
        period=findings.period,
        title=findings.title or t("Where service falls short"),
        subtitle=" · ".join(t.words_isolated(part) for part in (organisation, findings.period) if part),
        sections=_outline(findings, Formats(t)),
        absent=_absent(findings),
        model=maker.model(),
        knowledge=maker.knowledge(findings.gap_1) if isinstance(findings.gap_1, KnowledgeGap) else None,
        points=maker.points(findings.gap_1.points)
        if isinstance(findings.gap_1, KnowledgeGap) and not isinstance(findings.gap_1.points, Unavailable)
        else None,
        rated={
            gap: RatedView(gap=gap, part=part, figure=maker.ratings(part) if isinstance(part, RatedGap) else None)
            for gap, part in gaps.items()
        },
        perceived=maker.perceived(findings.gap_5) if isinstance(findings.gap_5, PerceivedGap) else None,
        antecedents=()
        if isinstance(findings.antecedents, Unavailable)
        else tuple(
            AntecedentView(group=group, figure=maker.antecedents(group), sites=maker.antecedents_by_site(group))
            for group in findings.antecedents
        ),
        associations=maker.associations(findings.sites) if isinstance(findings.sites, Sites) else None,
        sites=maker.sites(findings.sites) if isinstance(findings.sites, Sites) else None,
        ends={gap: maker.ends(part.scale) for gap, part in gaps.items() if isinstance(part, RatedGap)},
        confidence_level=findings.confidence_level,
    )


def _absent(findings: StudyFindings) -> frozenset[str]:
    parts = {
        "gap-1": findings.gap_1,
        "gap-2": findings.gap_2,
        "gap-3": findings.gap_3,
        "gap-4": findings.gap_4,
        "gap-5": findings.gap_5,
        "antecedents": findings.antecedents,
    }
    return frozenset(name for name, part in parts.items() if isinstance(part, Unavailable))


def _outline(findings: StudyFindings, formats: Formats) -> tuple[Section, ...]:
    t = formats.t
    found = [
        ("summary", t("Where the shortfall arises"), "model"),
        ("gap-1", t("Gap 1: what managers know"), "gap_1"),
        ("gap-2", t("Gap 2: standards"), "rated"),
        ("gap-3", t("Gap 3: delivery"), "rated"),
        ("gap-4", t("Gap 4: promises"), "rated"),
        ("gap-5", t("Gap 5: what customers experience"), "gap_5"),
        ("antecedents", t("What leads to the gaps"), "antecedents"),
    ]
    if isinstance(findings.sites, Sites):
        found.append(("sites", t("Sites"), "sites"))
    found.append(("method", t("Method"), "method"))
    return tuple(
        Section(id=name, number=str(number), title=title, template=f"sections/{template}.html.j2")
        for number, (name, title, template) in enumerate(found, start=1)
    )
