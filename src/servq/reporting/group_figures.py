"""Figures of sites and segments: the headline by group, the heat map of all scores, and the ranking."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from servq.analysis.segment_findings import OVERALL, GroupMark, RankedGroup, Ranking, Segment, SegmentGroup
from servq.reporting import charts
from servq.reporting.charts import HeatCell, HeatRow, HeatTone, RankAxes, RankRow, Row, Tick
from servq.reporting.figures import ROWS_PER_FIGURE, Figure, FigureMaker, difference_tone, label_width
from servq.reporting.formats import Formats, Kind, score_kind
from servq.statistics.estimate import Estimate

Group = TypeVar("Group")
HEAT_ROWS, RANK_ROWS = 44, 48
"""More rows than these go to another figure, so that no figure is taller than a page."""


class GroupFigures(FigureMaker):
    """Draws the groups of a segment."""

    def dots(self, segment: Segment) -> tuple[Figure, ...]:
        """Draw the headline score by group, worst first; suppressed groups keep their row and show nothing."""
        score = self.findings.scores[0]
        found = [group.overall for group in segment.groups if isinstance(group.overall, Estimate)]
        if not found:
            return ()
        panel = replace(self._score_panel(score, found), title="")
        ranked = self._ranked(segment.groups)[::-1]
        figures = []
        for groups in _parts(ranked, ROWS_PER_FIGURE):
            rows = []
            words = []
            for group in groups:
                label = self.t.say(group.label)
                if isinstance(group.overall, Estimate):
                    tone = difference_tone(group.overall) if self.has_gap else "filled"
                    rows.append(Row(label=label, cells=[[self._mark(group.overall, score_kind(score), tone)]]))
                    words.append(f"{label} {self.formats.with_interval(group.overall, score_kind(score))}")
                else:
                    reason = self.t("not shown") if group.suppressed else self.t("not available")
                    rows.append(Row(label=label, cells=[[]], absent=reason))
                    words.append(f"{label}: {reason}")
            alt = self.t("{score} by {attribute}.", score=score.label, attribute=segment.attribute)
            figures.append(self._figure(rows, [panel], f"{alt} {'; '.join(words)}."))
        return tuple(figures)

    def heat_map(self, segment: Segment) -> tuple[Figure, ...]:
        """Draw every score of every group, best first; colour and arrow only where a difference may be claimed."""
        if not any(isinstance(group.overall, Estimate) for group in segment.groups):
            return ()
        score = self.findings.scores[0]
        kinds: dict[str, Kind] = {OVERALL: score_kind(score)}
        kinds |= {measure.id: self.kind for measure in self.findings.dimensions if _is_shown(measure.id, segment)}
        names = {measure.id: measure.label for measure in self.findings.dimensions}
        columns = [self.t("Overall"), *(names[id_] for id_ in kinds if id_ != OVERALL)]
        figures = []
        for place, groups in enumerate(_parts(self._ranked(segment.groups), HEAT_ROWS)):
            rows = [self._total(kinds)] if place == 0 else []
            rows += [self._heat_row(group, kinds) for group in groups]
            svg = charts.heat_map(
                columns,
                rows,
                count_name=self.t("n"),
                width=self.width,
                label_width=label_width((row.label for row in rows), self.width),
            )
            alt = self.t("Scores by {attribute}.", attribute=segment.attribute)
            words = "; ".join(self._words(group, columns, kinds) for group in groups)
            figures.append(Figure(uri=charts.data_uri(svg), alt=f"{alt} {words}."))
        return tuple(figures)

    def ranking(self, segment: Segment) -> tuple[Figure, ...]:
        """Draw the places that the data cannot rule out, the best group first."""
        ranking = segment.ranking
        if not isinstance(ranking, Ranking):
            return ()
        score = self.findings.scores[0]
        kind = score_kind(score)
        panel = self._score_panel(score, [group.estimate for group in ranking.groups])
        ends = [e for g in ranking.groups for e in (g.estimate.value, g.estimate.ci_low, g.estimate.ci_high)]
        known = [end for end in ends if end is not None]
        room = (max(known) - min(known)) * 0.06 or 0.5
        low, high = max(panel.low, min(known) - room), min(panel.high, max(known) + room)
        ticks = charts.round_ticks(low, high, about=4)
        axes = RankAxes(
            count=self.t("n"),
            place=self.t("Place"),
            ranks=self.t("Places that cannot be ruled out"),
            values=self.t("Overall"),
            low=low,
            high=high,
            ticks=[Tick(value, self._tick(value, kind)) for value in ticks],
            reference=panel.reference if panel.reference is not None and low < panel.reference < high else None,
        )
        n = len(ranking.groups)
        rank_ticks = [
            Tick(1, "1"),
            *(Tick(v, self.formats.tick(v)) for v in charts.round_ticks(2, n, about=5) if v >= 2 and v.is_integer()),
        ]
        figures = []
        for groups in _parts(ranking.groups, RANK_ROWS):
            svg = charts.ranking_chart(
                [self._rank_row(group, kind) for group in groups],
                axes,
                n_ranked=n,
                rank_ticks=rank_ticks,
                width=self.width,
                label_width=label_width((group.label for group in groups), self.width),
            )
            words = "; ".join(
                self.t(
                    "{name}: place {low} to {high} of {n}, {value}",
                    name=group.label,
                    low=group.rank_low,
                    high=group.rank_high,
                    n=n,
                    value=self.formats.with_interval(group.estimate, kind),
                )
                for group in groups
            )
            figures.append(Figure(uri=charts.data_uri(svg), alt=f"{self.t('Ranking with uncertain places.')} {words}."))
        return tuple(figures)

    def _ranked(self, groups: Sequence[SegmentGroup]) -> list[SegmentGroup]:
        """Best first; groups without a number last."""
        sign = -1.0 if self.findings.scores[0].better == "high" else 1.0
        return sorted(
            groups,
            key=lambda group: sign * group.overall.value if isinstance(group.overall, Estimate) else math.inf,
        )

    def _total(self, kinds: dict[str, Kind]) -> HeatRow:
        """All respondents together, as the sections before print them."""
        headline = self.findings.scores[0].estimate
        estimates = {OVERALL: headline} | {
            measure.id: measure.gap or measure.levels[self.findings.headline_battery]
            for measure in self.findings.dimensions
        }
        return HeatRow(
            label=self.t("All respondents"),
            count=self.t.count(headline.n) if isinstance(headline, Estimate) else "",
            cells=[self._heat_cell(estimates[id_], kind, None) for id_, kind in kinds.items()],
            strong=True,
        )

    def _heat_row(self, group: SegmentGroup, kinds: dict[str, Kind]) -> HeatRow:
        return HeatRow(
            label=self.t.say(group.label),
            count=self.t.count(group.overall.n) if isinstance(group.overall, Estimate) else "",
            cells=[self._heat_cell(_estimate(group, id_), kind, group.marks.get(id_)) for id_, kind in kinds.items()],
            absent=self.t("not shown") if group.suppressed else "",
        )

    def _heat_cell(self, estimate: object, kind: Kind, mark: GroupMark | None) -> HeatCell:
        return heat_cell(estimate, kind, mark, self.formats, is_high_good=self.findings.scores[0].better == "high")

    def _words(self, group: SegmentGroup, columns: Sequence[str], kinds: dict[str, Kind]) -> str:
        label = self.t.say(group.label)
        if group.suppressed:
            return f"{label}: {self.t('not shown')}"
        sides = {"above": self.t("above the others"), "below": self.t("below the others")}
        cells = []
        for name, (id_, kind) in zip(columns, kinds.items(), strict=True):
            estimate, mark = _estimate(group, id_), group.marks.get(id_)
            said = self.formats.value(estimate.value, kind) if isinstance(estimate, Estimate) else "–"
            side = sides.get(mark.direction, "") if mark is not None else ""
            cells.append(f"{name} {said}" + (f" ({side})" if side else ""))
        return f"{label}, n = {self.t.count(group.n or 0)}: {', '.join(cells)}"

    def _rank_row(self, group: RankedGroup, kind: Kind) -> RankRow:
        estimate = group.estimate
        return RankRow(
            label=group.label,
            count=self.t.count(group.n),
            place=self.t("{place}, shared", place=group.place) if group.is_shared else str(group.place),
            rank=group.rank,
            rank_low=group.rank_low,
            rank_high=group.rank_high,
            value=estimate.value,
            ci_low=estimate.ci_low,
            ci_high=estimate.ci_high,
            value_label=self.formats.value(estimate.value, kind),
        )

    def _tick(self, value: float, kind: Kind) -> str:
        return self.formats.value(value, "share") if kind == "share" else self.formats.tick(value)


def is_told_apart(segment: Segment) -> bool:
    """Whether any score of any group is marked."""
    return any(mark.direction != "none" for group in segment.groups for mark in group.marks.values())


def heat_cell(
    estimate: object, kind: Kind, mark: GroupMark | None, formats: Formats, *, is_high_good: bool = True
) -> HeatCell:
    """One number with what its mark allows to be claimed."""
    if not isinstance(estimate, Estimate):
        return HeatCell(text="–", tone="absent")
    text = formats.value(estimate.value, kind)
    if mark is None or mark.direction == "none":
        return HeatCell(text=text)
    tones: dict[tuple[bool, bool], HeatTone] = {
        (True, False): "better",
        (True, True): "slightly_better",
        (False, False): "worse",
        (False, True): "slightly_worse",
    }
    arrow: Literal["up", "down"] = "up" if mark.direction == "above" else "down"
    return HeatCell(text=text, tone=tones[(mark.direction == "above") == is_high_good, mark.is_slight], arrow=arrow)


def _estimate(group: SegmentGroup, score: str) -> object:
    return group.overall if score == OVERALL else group.dimensions.get(score)


def _is_shown(dimension: str, segment: Segment) -> bool:
    return any(isinstance(group.dimensions.get(dimension), Estimate) for group in segment.groups)


def _parts(groups: Sequence[Group], most: int) -> Iterator[Sequence[Group]]:
    """Parts of about one length, none longer than `most`."""
    n_parts = max(1, math.ceil(len(groups) / most))
    length = math.ceil(len(groups) / n_parts)
    return (groups[start : start + length] for start in range(0, len(groups), length))
