"""What templates are given of gaps 2 to 4 and their antecedents in the report on one questionnaire."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.findings import Findings
from servq.analysis.gap_findings import AntecedentGroup, RatedGap
from servq.reporting.figures import Figure
from servq.reporting.formats import Formats
from servq.reporting.gap_figures import GapFigures


@dataclass(frozen=True, kw_only=True)
class RatingView:
    """One rated gap with its figure and what the ends of its scale mean."""

    part: RatedGap
    figure: Figure | None
    ends: str


@dataclass(frozen=True, kw_only=True)
class AntecedentView:
    """The antecedents of one gap with their figures."""

    group: AntecedentGroup
    figure: Figure | None
    sites: Figure | None


@dataclass(frozen=True, kw_only=True)
class GapsModelView:
    """Ratings and antecedents of one questionnaire."""

    ratings: tuple[RatingView, ...]
    antecedents: tuple[AntecedentView, ...]


def gaps_model_view(findings: Findings, formats: Formats) -> GapsModelView | None:
    """Draw the figures, or None where the instrument asks for neither."""
    found, maker = findings.gaps_model, GapFigures(formats)
    if found is None:
        return None
    return GapsModelView(
        ratings=tuple(
            RatingView(part=one, figure=maker.ratings(one), ends=maker.ends(one.scale)) for one in found.ratings
        ),
        antecedents=tuple(
            AntecedentView(group=one, figure=maker.antecedents(one), sites=maker.antecedents_by_site(one))
            for one in found.antecedents
        ),
    )
