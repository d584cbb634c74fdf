"""Figures of groups: rankings, heat maps, stages of a journey. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from servq.analysis.findings import Findings
from servq.analysis.segment_findings import OVERALL, Ranking, Segment, SegmentGroup
from servq.reporting import figures as report
from servq.reporting.charts import Row
from servq.reporting.figures import FigureMaker
from servq.reporting.formats import measured_kind, score_kind
from servq.reporting.group_figures import GroupFigures
from servq.statistics.estimate import Estimate
from servq.web.manage.figures import Figure
from servq.web.manage.results.pen import NARROW, Pen


class GroupDrawer(Pen):
    """Draws groups for one reader."""

    def ranking(
        self, segment: Segment, findings: Findings, *, most: int | None = None, title: str = ""
    ) -> Figure | None:
        """The places that the data cannot rule out, the best group first; without a ranking the scores by group."""
        ranking = segment.ranking
        if not isinstance(ranking, Ranking):
            return self.dots(segment, findings, title)
        shown = replace(segment, ranking=replace(ranking, groups=ranking.groups[:most])) if most else segment
        wide = GroupFigures(findings, self.formats, self.width).ranking(shown)[0]
        kind = score_kind(findings.scores[0])
        return self.shown(
            wide,
            title,
            narrow=RowFigures(findings, self.formats, NARROW).places(shown),
            note=self.t(
                "Bars are the places that cannot be ruled out, lines {confidence} confidence intervals. Places hold "
                "together after Holm's correction; what cannot be told apart shares a place.",
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Group"), ""),
                (self.t("Place"), "n"),
                (self.t("Places possible"), "n"),
                (self.t("n"), "n"),
                (self.say(findings.scores[0].label), "n"),
            ],
            rows=[
                (
                    one.label,
                    self.words("{place}, shared", place=one.place) if one.is_shared else self.words.count(one.place),
                    self.words("{low} to {high}", low=str(one.rank_low), high=str(one.rank_high)),
                    self.count(one.estimate),
                    self.number(one.estimate, kind),
                )
                for one in ranking.groups
            ],
        )

    def dots(self, segment: Segment, findings: Findings, title: str = "") -> Figure | None:
        """The headline by group with its interval."""
        drawn = GroupFigures(findings, self.formats, self.width).dots(segment)
        if not drawn:
            return None
        narrow = GroupFigures(findings, self.formats, NARROW).dots(segment)[0]
        return self.shown(
            drawn[0],
            title,
            narrow=narrow,
            note=self.words(
                "Dots are estimates, lines {confidence} confidence intervals.", confidence=self.confidence(findings)
            ),
            columns=[
                (self.t("Group"), ""),
                (self.t("n"), "n"),
                (self.say(findings.scores[0].label), "n"),
            ],
            rows=[
                (
                    self.say(group.label),
                    "–" if group.n is None else self.words.count(group.n),
                    self.words("not shown")
                    if group.suppressed
                    else self.number(group.overall, score_kind(findings.scores[0])),
                )
                for group in segment.groups
            ],
        )

    def stages(self, segment: Segment, findings: Findings, order: Sequence[str]) -> Figure | None:
        """The headline of every touchpoint, in the order given."""
        groups = {group.label: group for group in segment.groups}
        ordered = [groups[name] for name in order]
        if not any(isinstance(group.overall, Estimate) for group in ordered):
            return None
        wide, narrow = (RowFigures(findings, self.formats, width).stages(ordered) for width in (self.width, NARROW))
        kind = score_kind(findings.scores[0])
        return self.shown(
            wide,
            "",
            narrow=narrow,
            note=self.t(
                "Dots are scores with their {confidence} confidence intervals; coloured only where a stage differs "
                "from all others together after correction.",
                confidence=self.confidence(findings),
            ),
            columns=[
                (self.t("Stage"), ""),
                (self.t("n"), "n"),
                (self.say(findings.scores[0].label), "n"),
            ],
            rows=[
                (
                    self.say(group.label),
                    "–" if group.n is None else self.words.count(group.n),
                    self.words("not shown") if group.suppressed else self.number(group.overall, kind),
                )
                for group in ordered
            ],
        )

    def heat_map(self, segment: Segment, findings: Findings, title: str = "") -> Figure | None:
        """Every score of every group; colour only where a difference may be claimed."""
        drawn = GroupFigures(findings, self.formats, self.width).heat_map(segment)
        if not drawn:
            return None
        kind = score_kind(findings.scores[0])
        measured = measured_kind(findings.measured)
        return self.shown(
            drawn[0],
            title,
            note=self.t(
                "Colour and arrow only where a group differs from all others together after correction "
                "(Benjamini–Hochberg); everything else may be chance."
            ),
            columns=[
                (self.t("Group"), ""),
                (self.t("n"), "n"),
                (self.words("Overall"), "n"),
                *((one.label, "n") for one in findings.dimensions),
            ],
            rows=[
                (
                    self.say(group.label),
                    "–" if group.n is None else self.words.count(group.n),
                    self.words("not shown") if group.suppressed else self.number(group.overall, kind),
                    *(self.number(group.dimensions.get(one.id), measured) for one in findings.dimensions),
                )
                for group in segment.groups
            ],
        )


class RowFigures(FigureMaker):
    """Draws groups in an order that is given, each with its interval."""

    def stages(self, ordered: Sequence[SegmentGroup]) -> report.Figure:
        """One row per stage, from the first to the last."""
        return self._rows(
            [
                (f"{place} · {self.t.say(group.label)}", group.overall, self._tone(group))
                for place, group in enumerate(ordered, start=1)
            ]
        )

    def places(self, segment: Segment) -> report.Figure:
        """One row per group of a ranking, the best first, with the place that may be printed."""
        groups = segment.ranking.groups if isinstance(segment.ranking, Ranking) else ()
        return self._rows(
            [(f"{one.place}{'=' if one.is_shared else ''} {one.label}", one.estimate, "filled") for one in groups]
        )

    def _rows(self, given: Sequence[tuple[str, object, report.Tone]]) -> report.Figure:
        score = self.findings.scores[0]
        kind = score_kind(score)
        panel = replace(self._score_panel(score, [one for _, one, _ in given if isinstance(one, Estimate)]), title="")
        rows, words = [], []
        for label, estimate, tone in given:
            if isinstance(estimate, Estimate):
                rows.append(Row(label=label, cells=[[self._mark(estimate, kind, tone)]]))
                words.append(f"{label} {self.formats.with_interval(estimate, kind)}")
            else:
                rows.append(Row(label=label, cells=[[]], absent=self.t("not shown")))
                words.append(f"{label}: {self.t('not shown')}")
        return self._figure(rows, [panel], f"{self.t.say(score.label)}. {'; '.join(words)}.")

    def _tone(self, group: SegmentGroup) -> report.Tone:
        """Blue for a better stage, rust for a worse one, grey where no difference may be claimed."""
        mark = group.marks.get(OVERALL)
        if mark is None or mark.direction == "none":
            return "hollow"
        is_good = (mark.direction == "above") == (self.findings.scores[0].better == "high")
        return "above" if is_good else "below"
