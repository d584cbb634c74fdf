"""Maps of what matters and how well it is done, and the figure of the drivers of an outcome."""

from __future__ import annotations

from collections.abc import Sequence

from servq.analysis.driver_findings import Drivers
from servq.analysis.score_findings import PathModelFinding, Priorities, Quadrant
from servq.reporting import charts
from servq.reporting.charts import MapAxis, Mark, Panel, Place, Quarters, Row, Tick
from servq.reporting.figures import Figure, Tone, label_width
from servq.reporting.formats import Formats, Kind
from servq.statistics.estimate import Estimate


class PriorityFigures:
    """Draws the maps and the drivers of one report; `width` as in `FigureMaker`."""

    def __init__(self, formats: Formats, width: float = 640) -> None:
        self.formats = formats
        self.width = width
        self.t = formats.t

    def drivers(self, found: Drivers) -> Figure:
        """Draw what each dimension adds to the explained differences, the most important first, beside its rating."""
        highest = max(one.importance.ci_high or one.importance.value for one in found.drivers)
        ticks = charts.round_ticks(0.0, max(highest, 0.1), about=4)
        panel = Panel(
            title=self.t("Share of what is explained"),
            low=0.0,
            high=max(highest, ticks[-1]),
            ticks=[Tick(value, self.formats.value(value, "share")) for value in ticks],
            form="bars",
        )
        rows, words = [], []
        for one in found.drivers:
            tone: Tone = "filled" if one.is_leading and found.strength == "clear" else "unclear"
            mark = Mark(
                value=one.importance.value,
                ci_low=one.importance.ci_low,
                ci_high=one.importance.ci_high,
                tone=tone,
                label=self.formats.value(one.importance.value, "share"),
            )
            rows.append(Row(label=one.label, cells=[[mark]]))
            words.append(f"{one.label} {self.formats.with_interval(one.importance, 'share')}")
        svg = charts.row_chart(
            rows, [panel], width=self.width, label_width=label_width((row.label for row in rows), self.width)
        )
        alt = self.t("Share of each dimension in what is explained, n = {n}.", n=self.t.count(found.n))
        return Figure(uri=charts.data_uri(svg), alt=f"{alt} {'; '.join(words)}.")

    def index_map(self, model: PathModelFinding) -> Figure | None:
        """Place the latent variables by what they move and how they stand."""
        placed = [
            (index.label, index.importance, index.index, index.quadrant)
            for index in model.indices
            if index.importance is not None and isinstance(index.index, Estimate)
        ]
        names = {index.id: index.label for index in model.indices}
        return self._priority_map(
            [(label, important, performing, quadrant) for label, important, performing, quadrant in placed],
            (model.importance_line, model.performance_line),
            (
                self.t("Moves {target}: points for each point →", target=names[model.target]),
                self.t("Index, 0 to 100 →"),
            ),
            ("gap", "index"),
        )

    def priorities(self, found: Priorities, kinds: tuple[Kind, Kind]) -> Figure | None:
        """Place items or dimensions by how much they matter and how well they are done."""
        titles = {
            "stated": self.t("Importance as rated →"),
            "points": self.t("Importance, points of 100 →"),
            "derived": self.t("Share of what is explained →"),
        }
        performance = self.t("Performance as rated →") if kinds[1] == "level" else self.t("Gap: expectations met →")
        by_name = found.basis != "stated"  # there are few dimensions, and their names say more than numbers
        return self._priority_map(
            [
                (item.label if by_name else str(item.number), item.importance, item.performance, item.quadrant)
                for item in found.items
            ],
            (found.importance_line, found.performance_line),
            (titles[found.basis], performance),
            kinds,
        )

    def _priority_map(
        self,
        placed: Sequence[tuple[str, Estimate, Estimate, Quadrant | None]],
        lines: tuple[float | None, float | None],
        titles: tuple[str, str],
        kinds: tuple[Kind, Kind],
    ) -> Figure | None:
        if not placed:
            return None
        x_axis = self._axis(titles[0], [important for _, important, _, _ in placed], lines[0], kinds[0])
        y_axis = self._axis(titles[1], [performing for _, _, performing, _ in placed], lines[1], kinds[1])
        tones = {"concentrate_here": "strong", "open": "open"}
        svg = charts.map_chart(
            [
                place(label, important, performing, tones.get(quadrant or "open", "plain"))
                for label, important, performing, quadrant in placed
            ],
            x_axis,
            y_axis,
            Quarters(
                top_left=self.t("possible overkill"),
                top_right=self.t("keep it up"),
                bottom_left=self.t("low priority"),
                bottom_right=self.t("concentrate here"),
            ),
            width=self.width,
        )
        words = "; ".join(
            self.t(
                "{name}: importance {importance}, performance {performance}",
                name=label,
                importance=self.formats.with_interval(important, kinds[0]),
                performance=self.formats.with_interval(performing, kinds[1]),
            )
            for label, important, performing, _ in placed
        )
        return Figure(uri=charts.data_uri(svg), alt=f"{self.t('Importance–performance map.')} {words}.")

    def _axis(self, title: str, estimates: Sequence[Estimate], divide: float | None, kind: Kind) -> MapAxis:
        ends = [end for one in estimates for end in (one.value, one.ci_low, one.ci_high) if end is not None]
        low, high = min(ends), max(ends)
        room = (high - low) * 0.08 or 1.0
        ticks = charts.round_ticks(low - room, high + room, about=6)
        named = [Tick(value, self._tick(value, kind)) for value in ticks]
        return MapAxis(title=title, low=low - room, high=high + room, ticks=named, divide=divide)

    def _tick(self, value: float, kind: Kind) -> str:
        return self.formats.value(value, "share") if kind == "share" else self.formats.tick(value)


def place(label: str, x: Estimate, y: Estimate, tone: str) -> Place:
    """A point of a map with both intervals."""
    return Place(
        label=label,
        x=x.value,
        y=y.value,
        x_low=x.ci_low,
        x_high=x.ci_high,
        y_low=y.ci_low,
        y_high=y.ci_high,
        tone=tone,
    )
