"""The figure of the answers: every item as a centred stacked bar, in each battery that asks it on the same scale."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.findings import Measure
from servq.reporting import charts
from servq.reporting.charts import StackedBar, StackedKey, StackedRow
from servq.reporting.figures import Figure, FigureMaker, rank

ITEMS_PER_FIGURE = 24
"""More items than this go to another figure, so that no figure is taller than a page."""
MOST_BATTERIES = 2
LABELLED_FROM = 0.08
"""A smaller part has no room for its number."""


class ItemFigures(FigureMaker):
    """Draws the answers to the items of one report."""

    def answers(self) -> tuple[Figure, ...]:
        """Draw the items worst first, as the table of items has them; nothing for fewer than two items."""
        items = [item for item in rank(self.findings, self.findings.items) if self._counts(item)]
        if len(items) < 2 or self.findings.measured == "share":
            return ()
        batteries = self._batteries(items)
        n_figures = -(-len(items) // ITEMS_PER_FIGURE)
        length = -(-len(items) // n_figures)
        return tuple(self._drawn(items[start : start + length], batteries) for start in range(0, len(items), length))

    def _counts(self, item: Measure) -> bool:
        return any(sum(counts) for counts in item.distribution.values())

    def _batteries(self, items: Sequence[Measure]) -> list[str]:
        """Batteries side by side: both of a gap, else the one of the headline."""
        asked = [battery for battery in items[0].levels if any(battery in item.distribution for item in items)]
        headline = self.findings.headline_battery
        return asked if headline in asked and len(asked) <= MOST_BATTERIES else [headline]

    def _drawn(self, items: Sequence[Measure], batteries: Sequence[str]) -> Figure:
        scale = self.findings.scale
        points = [str(point) for point in range(scale.low, scale.high + 1)]
        rows = [
            StackedRow(
                label=f"{item.number}  {item.wording.get(self.findings.headline_battery, item.label)}",
                bars=[self._bar(item.distribution.get(battery, ())) for battery in batteries],
                absent=self.t("not available"),
            )
            for item in items
        ]
        key = StackedKey(
            panels=[self.battery_label(battery) for battery in batteries] if len(batteries) > 1 else [""],
            low=scale.anchors.get(scale.low, ""),
            high=scale.anchors.get(scale.high, ""),
            count=self.t("n"),
            points=points,
            better=scale.better,
        )
        svg = charts.stacked_chart(rows, key, width=self.width, label_width=0.32 * self.width)
        words = "; ".join(
            f"{item.label} {self._words(item.distribution.get(battery, ()), battery, batteries)}"
            for item in items
            for battery in batteries
        )
        return Figure(uri=charts.data_uri(svg), alt=f"{self.t('Answers to every item.')} {words}.")

    def _bar(self, counts: Sequence[int]) -> StackedBar | None:
        total = sum(counts)
        if not total:
            return None
        shares = [count / total for count in counts]
        low, high = _halves(shares)
        return StackedBar(
            shares=shares,
            labels=[f"{100 * share:.0f}" if share >= LABELLED_FROM else "" for share in shares],
            low=self.t.percent(low, 0),
            high=self.t.percent(high, 0),
            count=self.t.count(total),
        )

    def _words(self, counts: Sequence[int], battery: str, batteries: Sequence[str]) -> str:
        total = sum(counts)
        if not total:
            return self.t("not available")
        low, high = _halves([count / total for count in counts])
        said = self.t(
            "{low} below and {high} above the middle, n = {n}",
            low=self.t.percent(low, 0),
            high=self.t.percent(high, 0),
            n=self.t.count(total),
        )
        return f"{self.battery_label(battery)} {said}" if len(batteries) > 1 else said


def _halves(shares: Sequence[float]) -> tuple[float, float]:
    """Shares below and above the middle of the scale, without a middle point."""
    half = len(shares) // 2
    return sum(shares[:half]), sum(shares[len(shares) - half :])
