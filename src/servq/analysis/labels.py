"""The instrument's texts as one analysis shows them, in the reader's language with placeholders filled in."""

from __future__ import annotations

from dataclasses import dataclass

from servq.analysis.findings import BatteryLabel, Scale
from servq.instruments.model import Column, GapScore, Instrument, PointsBattery


@dataclass(frozen=True)
class Labels:
    """Names and wordings of one instrument in one language."""

    instrument: Instrument
    locale: str
    placeholders: dict[str, str]

    @property
    def headline_battery(self) -> str:
        """The battery that says how the service was."""
        score = self.instrument.definition.scores[0]
        return score.perception if isinstance(score, GapScore) else score.battery

    def dimension(self, dimension_id: str) -> str:
        """Name of a dimension."""
        return self.instrument.texts_in(self.locale).dimensions[dimension_id].name

    def item(self, item_id: str, battery_id: str) -> str:
        """Wording of an item as asked in a battery; a dimension's name in a points battery."""
        if isinstance(self.instrument.definition.batteries[battery_id], PointsBattery):
            return self.dimension(item_id)
        return self.instrument.wording(Column(battery_id, item_id), self.locale, self.placeholders)

    def wordings(self, item_id: str) -> dict[str, str]:
        """Wording of an item in every rating battery that asks it."""
        return {
            battery_id: self.item(item_id, battery_id)
            for battery_id, battery in self.instrument.definition.batteries.items()
            if not isinstance(battery, PointsBattery) and item_id in self.instrument.asked_in(battery_id)
        }

    def batteries(self) -> tuple[BatteryLabel, ...]:
        """Headings of every battery."""
        texts = self.instrument.texts_in(self.locale)
        return tuple(
            BatteryLabel(
                id=battery_id,
                title=texts.fill(texts.batteries[battery_id].title, self.placeholders),
                short=texts.fill(texts.batteries[battery_id].short, self.placeholders),
                instruction=texts.fill(texts.batteries[battery_id].instruction, self.placeholders),
                kind="points" if isinstance(battery, PointsBattery) else "rating",
            )
            for battery_id, battery in self.instrument.definition.batteries.items()
        )

    def scale(self, battery_id: str) -> Scale:
        """Response scale of a rating battery with its anchors."""
        battery = self.instrument.definition.batteries[battery_id]
        scale = self.instrument.scale_of(battery_id)
        texts = self.instrument.texts_in(self.locale)
        anchors = {} if isinstance(battery, PointsBattery) else texts.scales[battery.scale].anchors
        return Scale(low=scale.low, high=scale.high, better=scale.better, anchors=dict(anchors))
