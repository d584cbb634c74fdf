"""Figures of gaps that an organisation rates itself, and of their antecedents; shared by two reports."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.gap_findings import AntecedentGroup, RatedGap
from servq.analysis.scales import Scale
from servq.analysis.segment_findings import OVERALL
from servq.reporting import charts
from servq.reporting.charts import HeatRow, Mark, Panel, Row, Tick
from servq.reporting.figures import LABEL_WIDTH, WIDE_LABEL_WIDTH, Figure, Tone
from servq.reporting.formats import Formats, Kind
from servq.reporting.group_figures import heat_cell
from servq.statistics.estimate import Estimate

LONGEST_ON_ONE_LINE = 22
"""Characters of a label that fit beside a narrow figure."""


class GapFigures:
    """Draws ratings and antecedents against the middle of their scale."""

    def __init__(self, formats: Formats) -> None:
        self.formats = formats
        self.t = formats.t

    def ends(self, scale: Scale) -> str:
        """What the ends of a scale mean, such as ``1 = no standards, 7 = formal standards``."""
        named = (end for end in (scale.low, scale.high) if end in scale.anchors)
        return ", ".join(f"{self.formats.tick(end)} = {scale.anchors[end]}" for end in named)

    def ratings(self, gap: RatedGap) -> Figure | None:
        """Ratings of one of the gaps 2 to 4 against the middle of their scale."""
        pairs = [(one.label, one.rating) for one in gap.dimensions]
        alt = self.t("Gap {gap}: rating by dimension.", gap=gap.gap)
        return self._levels(pairs, gap.scale, alt)

    def antecedents(self, group: AntecedentGroup) -> Figure | None:
        """Antecedents of one gap against the middle of their scale."""
        pairs = [(one.label, one.score) for one in group.antecedents]
        return self._levels(pairs, group.scale, self.t("Antecedents of gap {gap}.", gap=group.gap))

    def antecedents_by_site(self, group: AntecedentGroup) -> Figure | None:
        """Antecedents of one gap by site, with marks where a site differs from all the others together."""
        if not group.sites:
            return None
        ids = [OVERALL, *(one.id for one in group.antecedents)]
        columns = [self.t("All alike"), *(one.label for one in group.antecedents)]
        rows, words = [], []
        for site in group.sites:
            label = self.t.say(site.label)
            scores = {OVERALL: site.overall, **site.dimensions}
            rows.append(
                HeatRow(
                    label=label,
                    count="" if site.n is None else self.t.count(site.n),
                    cells=[heat_cell(scores.get(id_), "level", site.marks.get(id_), self.formats) for id_ in ids],
                    absent=self.t("not shown") if site.suppressed else "",
                )
            )
            said = ", ".join(
                f"{name} {self.formats.value(found.value, 'level')}"
                for name, id_ in zip(columns, ids, strict=True)
                if isinstance(found := scores.get(id_), Estimate)
            )
            words.append(f"{label}: {said or self.t('not shown')}")
        svg = charts.heat_map(columns, rows, count_name=self.t("n"))
        alt = self.t("Antecedents of gap {gap} by site.", gap=group.gap)
        return Figure(uri=charts.data_uri(svg), alt=f"{alt} {'; '.join(words)}.")

    def _levels(self, pairs: Sequence[tuple[str, object]], scale: Scale, alt: str) -> Figure | None:
        middle = (scale.low + scale.high) / 2
        rows, words = [], []
        for label, rating in pairs:
            if isinstance(rating, Estimate):
                low = rating.ci_high is not None and rating.ci_high < middle
                rows.append(Row(label=label, cells=[[self._mark(rating, "level", "below" if low else "filled")]]))
                words.append(f"{label} {self.formats.with_interval(rating, 'level')}")
            else:
                rows.append(Row(label=label, cells=[[]], absent=self.t("not available")))
        if not words:
            return None
        ends = " … ".join(scale.anchors[end] for end in (scale.low, scale.high) if end in scale.anchors)
        panel = Panel(title="", low=scale.low, high=scale.high, ticks=self._ticks(scale), reference=middle, note=ends)
        return self._figure(rows, [panel], f"{alt} {'; '.join(words)}.")

    def _ticks(self, scale: Scale) -> list[Tick]:
        return [Tick(value, self.formats.tick(value)) for value in range(scale.low, scale.high + 1)]

    def _pair(self, both: Sequence[Estimate], kind: Kind) -> list[Mark]:
        """What is compared as an open dot, with a filled one for what it is compared with."""
        first, second = both
        return [
            self._mark(first, kind, "hollow", labelled=False),
            self._mark(second, kind, "filled", labelled=False),
        ]

    def _mark(self, estimate: Estimate, kind: Kind, tone: Tone, *, labelled: bool = True) -> Mark:
        label = self.formats.value(estimate.value, kind) if labelled else ""
        return Mark(value=estimate.value, ci_low=estimate.ci_low, ci_high=estimate.ci_high, tone=tone, label=label)

    def _figure(self, rows: Sequence[Row], panels: Sequence[Panel], alt: str) -> Figure:
        longest = max(len(row.label) for row in rows)
        width = LABEL_WIDTH if longest <= LONGEST_ON_ONE_LINE else WIDE_LABEL_WIDTH
        return Figure(uri=charts.data_uri(charts.row_chart(rows, panels, label_width=width)), alt=alt)
