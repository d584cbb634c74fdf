"""The figure of a site report: the site and all others joined, and the difference between them."""

from __future__ import annotations

from dataclasses import replace

from servq.analysis.site_findings import SiteBeside
from servq.reporting.charts import Row
from servq.reporting.figures import Figure, FigureMaker, Tone
from servq.reporting.formats import change_kind, score_kind
from servq.statistics.estimate import Estimate


class SiteFigures(FigureMaker):
    """Draws one site beside the others."""

    def beside(self, site: SiteBeside) -> Figure | None:
        """Both levels joined, and the difference; it is open where it cannot be told from chance."""
        kind = score_kind(self.findings.scores[0])
        rows, words = [], []
        levels: list[Estimate] = []
        differences: list[Estimate] = []
        for index, row in enumerate(site.rows):
            label = self.t.say(row.label)
            pair = [estimate for estimate in (row.others, row.site) if isinstance(estimate, Estimate)]
            difference = row.mark.difference
            if len(pair) < 2 or not isinstance(difference, Estimate):
                rows.append(Row(label=label, cells=[[], []], absent=self.t("not available"), strong=index == 0))
                continue
            levels += pair
            differences.append(difference)
            tones: tuple[Tone, Tone] = ("hollow", "filled")
            tone: Tone = "unclear" if row.mark.direction == "none" else row.mark.direction
            rows.append(
                Row(
                    label=label,
                    cells=[
                        [self._mark(e, kind, one, labelled=False) for e, one in zip(pair, tones, strict=True)],
                        [self._mark(difference, change_kind(kind), tone)],
                    ],
                    strong=index == 0,
                )
            )
            words.append(f"{label} {self.formats.with_interval(difference, change_kind(kind))}")
        if not differences:
            return None
        levels_panel = replace(
            self._change_levels(levels),
            key=[(self.t("other sites"), "hollow"), (self.t("this site"), "filled")],
        )
        panels = [levels_panel, self._difference_panel(differences, self.t("Difference"))]
        alt = self.t("This site less the other sites.")
        return self._figure(rows, panels, f"{alt} {'; '.join(words)}.")
