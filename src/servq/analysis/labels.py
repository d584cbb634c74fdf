"""The instrument's texts as one analysis shows them, in the reader's language with placeholders filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.findings import BatteryLabel, Scale
from servq.instruments.model import ChoiceBattery, Column, Instrument, PointsBattery, RatingBattery
from servq.scoring import headline_battery

_KINDS: dict[type, Literal["rating", "points", "choice"]] = {
    RatingBattery: "rating",
    PointsBattery: "points",
    ChoiceBattery: "choice",
}


@dataclass(frozen=True)
class Labels:
    """Names and wordings of one instrument in one language."""

    instrument: Instrument
    locale: str
    placeholders: dict[str, str]

    @property
    def headline_battery(self) -> str:
        """The battery that says how the service was."""
        return headline_battery(self.instrument.definition.scores[0])

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
            if isinstance(battery, RatingBattery) and item_id in self.instrument.asked_in(battery_id)
        }

    def option(self, item_id: str, option: str) -> str:
        """Label of an option of a choice."""
        texts = self.instrument.texts_in(self.locale)
        return texts.fill(self.instrument.option_label(item_id, option, self.locale), self.placeholders)

    def battery(self, battery_id: str) -> str:
        """Short name of a battery."""
        texts = self.instrument.texts_in(self.locale)
        return texts.fill(texts.batteries[battery_id].short, self.placeholders)

    def batteries(self) -> tuple[BatteryLabel, ...]:
        """Headings of every battery."""
        texts = self.instrument.texts_in(self.locale)
        return tuple(
            BatteryLabel(
                id=battery_id,
                title=texts.fill(texts.batteries[battery_id].title, self.placeholders),
                short=texts.fill(texts.batteries[battery_id].short, self.placeholders),
                instruction=texts.fill(texts.batteries[battery_id].instruction, self.placeholders),
                kind=_KINDS[type(battery)],
            )
            for battery_id, battery in self.instrument.definition.batteries.items()
        )

    def scale(self, battery_id: str) -> Scale:
        """Response scale of a rating battery with its anchors."""
        battery = self.instrument.definition.batteries[battery_id]
        scale = self.instrument.scale_of(battery_id)
        texts = self.instrument.texts_in(self.locale)
        anchors = texts.scales[battery.scale].anchors if isinstance(battery, RatingBattery) else {}
        return Scale(low=scale.low, high=scale.high, better=scale.better, anchors=dict(anchors))
