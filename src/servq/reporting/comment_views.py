"""What the section on comments shows beside the findings: the volume over time as a picture."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.comment_findings import CommentFindings, CommentPeriod
from servq.analysis.findings import Findings
from servq.reporting import charts
from servq.reporting.charts.volume import Volume, volume_chart
from servq.reporting.figures import Figure
from servq.reporting.formats import Formats

LEAST_PERIODS = 3
"""Weeks or months below which a picture says no more than a number."""


@dataclass(frozen=True, kw_only=True)
class CommentsView:
    """Comments and their volume over time; `volume` is None where there is too little time to draw."""

    comments: CommentFindings
    volume: Figure | None
    volume_title: str
    has_waves: bool


def comments_view(findings: Findings, formats: Formats) -> CommentsView | None:
    """Return the view, or None where nobody wrote."""
    comments = findings.comments
    if not isinstance(comments, CommentFindings):
        return None
    t = formats.t
    return CommentsView(
        comments=comments,
        volume=_volume(comments, formats) if len(comments.periods) >= LEAST_PERIODS else None,
        volume_title=t("Comments by month") if comments.period_length == "month" else t("Comments by week"),
        has_waves=len(comments.waves) > 1,
    )


def _volume(comments: CommentFindings, formats: Formats) -> Figure:
    names = [_name(period, comments.period_length, formats) for period in comments.periods]
    volumes = [
        Volume(name=name, written=formats.t.count(period.n_comments), count=period.n_comments)
        for name, period in zip(names, comments.periods, strict=True)
    ]
    said = "; ".join(
        formats.t(
            "{period}: {n} comments of {respondents} respondents",
            period=name,
            n=formats.t.count(period.n_comments),
            respondents=formats.t.count(period.n_respondents),
        )
        for name, period in zip(names, comments.periods, strict=True)
    )
    return Figure(uri=charts.data_uri(volume_chart(volumes)), alt=f"{said}.")


def _name(period: CommentPeriod, length: str, formats: Formats) -> str:
    from babel.dates import format_date, format_skeleton

    locale = formats.t.locale.replace("-", "_")
    if length == "month":
        return format_skeleton("yMMM", period.begins_on, locale=locale)
    return format_date(period.begins_on, "short", locale=locale)
