"""Targets as a page or a report shows them: the chart of distances, and the words for what is due and reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from servq.analysis.target_findings import TargetFinding, TargetFindings, TargetStatus
from servq.messages import Message
from servq.reporting import charts
from servq.reporting.charts import Mark, Panel, Row, Tick
from servq.reporting.figures import Figure, difference_tone, label_width
from servq.reporting.formats import Formats, Kind, change_kind, kind_of
from servq.statistics.estimate import Estimate

STATUS_NAMES: dict[TargetStatus, Message] = {
    "reached": Message("Reached"),
    "not_yet": Message("Not yet"),
    "open": Message("Cannot be told"),
    "missed": Message("Missed"),
    "unavailable": Message("No score"),
}


@dataclass(frozen=True, kw_only=True)
class TargetRow:
    """One target with its words; `kind` and `distance_kind` say how its numbers are written."""

    finding: TargetFinding
    name: str
    due: str
    status: str
    kind: Kind
    distance_kind: Kind


@dataclass(frozen=True, kw_only=True)
class TargetsView:
    """The targets in the order of their urgency, and the chart of their distances."""

    rows: tuple[TargetRow, ...]
    figure: Figure | None


def targets_view(findings: TargetFindings, formats: Formats, width: float = 640) -> TargetsView:
    """Words and chart for the targets of one wave; `width` as in `FigureMaker`."""
    rows = tuple(
        TargetRow(
            finding=one,
            name=_name(one, formats),
            due=written_day(date.fromisoformat(one.due_on), formats),
            status=formats.t.say(STATUS_NAMES[one.status]),
            kind=kind_of(one.kind),
            distance_kind=change_kind(kind_of(one.kind)),
        )
        for one in findings.targets
    )
    return TargetsView(rows=rows, figure=_distances(rows, formats, width))


def written_day(day: date, formats: Formats) -> str:
    """Write a day as the reader's language does."""
    from babel.dates import format_date

    return formats.t.words_isolated(format_date(day, "medium", locale=formats.t.locale.replace("-", "_")))


def _name(target: TargetFinding, formats: Formats) -> str:
    label = formats.t("Overall") if target.metric == "overall" else formats.t.say(target.label)
    return label if target.site is None else f"{label} · {formats.t.words_isolated(target.site)}"


def _distances(rows: tuple[TargetRow, ...], formats: Formats, width: float) -> Figure | None:
    shown = [(row, row.finding.distance) for row in rows if isinstance(row.finding.distance, Estimate)]
    if not shown:
        return None
    ends = [
        end
        for _, distance in shown
        if isinstance(distance, Estimate)
        for end in (distance.value, distance.ci_low, distance.ci_high)
        if end is not None
    ]
    low, high = charts.zero_centred(ends)
    t = formats.t
    panel = Panel(
        title=t("Distance to the goal"),
        low=low,
        high=high,
        ticks=[Tick(value, formats.tick(value)) for value in charts.round_ticks(low, high, about=5)],
        form="bars",
        reference=0.0,
        sides=(t("← still to go"), t("beyond →")),
    )
    drawn, words = [], []
    for row, distance in shown:
        if isinstance(distance, Estimate):
            drawn.append(Row(label=row.name, cells=[[_mark(distance, row.distance_kind, formats)]]))
            words.append(f"{row.name} {formats.with_interval(distance, row.distance_kind)}, {row.status}")
    svg = charts.row_chart(drawn, [panel], width=width, label_width=label_width((row.label for row in drawn), width))
    return Figure(uri=charts.data_uri(svg), alt=f"{t('Distance to the goal, by target.')} {'; '.join(words)}.")


def _mark(distance: Estimate, kind: Kind, formats: Formats) -> Mark:
    return Mark(
        value=distance.value,
        ci_low=distance.ci_low,
        ci_high=distance.ci_high,
        tone=difference_tone(distance),
        label=formats.value(distance.value, kind),
    )
