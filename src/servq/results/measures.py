"""What can be measured in a survey: its scores, dimensions and items, each with the rule that estimates it. Pure.

Ids are short and stay the same as long as the instrument does, because addresses of pages hold them: ``overall``,
``d.<dimension>``, ``i.<item>``, ``s.<score>``. A `side` is "" for the headline (a gap, say) or a battery.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from servq.analysis.compared import MeanScoreOfGroup, ScoreOfGroup
from servq.analysis.estimating import Array, Estimator
from servq.analysis.item_scores import ItemScore, item_score_of_group
from servq.analysis.labels import Labels
from servq.instruments.model import (
    ChecklistScore,
    EffortScore,
    GapScore,
    KanoScore,
    NetPromoterScore,
    PathScore,
    RatingBattery,
    ToleranceScore,
    TopBoxScore,
)
from servq.messages import Message
from servq.reporting.formats import Kind
from servq.results.scored import Selection
from servq.scoring.blocks import make_block

OVERALL = "overall"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One number that respondents have.

    Parameters
    ----------
    kind
        How it is written.
    low, high
        Ends of what a respondent can have.
    points
        Every value that a single answer can have; empty for means of several.
    """

    id: str
    side: str
    label: str | Message
    kind: Kind
    low: float
    high: float
    better: Literal["high", "low"]
    points: tuple[int, ...] = ()

    @property
    def is_difference(self) -> bool:
        """Whether it is a difference of two answers, with zero in the middle."""
        return self.kind == "gap"


class Measures:
    """The measures of one instrument, named in one language."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._instrument = labels.instrument
        self._first = labels.instrument.definition.scores[0]

    @property
    def is_difference(self) -> bool:
        """Whether the headline is the difference between two batteries."""
        return isinstance(self._first, GapScore | ToleranceScore)

    @property
    def sides(self) -> tuple[str, ...]:
        """Batteries whose levels can be shown instead of the headline, if there are several."""
        match self._first:
            case GapScore(expectation=expectation, perception=perception):
                return (expectation, perception)
            case ToleranceScore():
                return tuple(self._rating_batteries())
            case NetPromoterScore() | TopBoxScore() | EffortScore() | PathScore() | ChecklistScore() | KanoScore():
                return ()
            case _:
                return tuple(one for one in self._rating_batteries() if one != self.labels.headline_battery)

    def all_of(self, side: str = "") -> dict[str, Measure]:
        """Every measure of a side, by id."""
        return {one.id: one for one in self._all(side)}

    def _all(self, side: str) -> Iterator[Measure]:
        if isinstance(self._first, KanoScore) and not side:
            side = self._first.functional
        overall = self._overall(side)
        yield overall
        headline = self._instrument.scale_of(side or self.labels.headline_battery)
        items = self._items(side)
        shown = "level" if side else overall.kind
        kind: Kind = shown if shown in {"gap", "share", "index"} else "level"
        low, high = self._ends(kind, headline.low, headline.high)
        for dimension in self._dimensions(items):
            yield Measure(
                id=f"d.{dimension}",
                side=side,
                label=self.labels.dimension(dimension),
                kind=kind,
                low=low,
                high=high,
                better=headline.better,
            )
        kind = "gap" if self.is_difference and not side else "level"
        low, high = self._ends(kind, headline.low, headline.high)
        for item in items:
            yield Measure(
                id=f"i.{item}",
                side=side,
                label=self._item_label(item, side),
                kind=kind,
                low=low,
                high=high,
                better=headline.better,
                points=tuple(range(int(low), int(high) + 1)),
            )
        if not side:
            yield from (self._single(f"s.{one.id}", one) for one in self._item_scores())

    def _overall(self, side: str) -> Measure:
        scale = self._instrument.scale_of(side or self.labels.headline_battery)
        kind: Kind = "level"
        if not side:
            match self._first:
                case NetPromoterScore() | TopBoxScore() | EffortScore() as one:
                    return self._single(OVERALL, one)
                case GapScore() | ToleranceScore():
                    kind = "gap"
                case ChecklistScore():
                    kind = "share"
                case PathScore():
                    kind = "index"
                case _:
                    kind = "level"
        low, high = self._ends(kind, scale.low, scale.high)
        return Measure(
            id=OVERALL, side=side, label=Message("Overall"), kind=kind, low=low, high=high, better=scale.better
        )

    def _single(self, id_: str, score: ItemScore) -> Measure:
        scale = self._instrument.scale_of(score.battery)
        label = {
            NetPromoterScore: Message("Net Promoter Score"),
            EffortScore: Message("Customer effort"),
            TopBoxScore: Message("Share of the best answers"),
        }[type(score)]
        if len([one for one in self._item_scores() if type(one) is type(score)]) > 1:
            label = Message("{score}: {item}", score=label, item=self.labels.item(score.item, score.battery))
        kinds: dict[type, Kind] = {NetPromoterScore: "net", EffortScore: "level", TopBoxScore: "share"}
        kind = kinds[type(score)]
        ends = {"net": (-100.0, 100.0), "share": (0.0, 1.0), "level": (float(scale.low), float(scale.high))}[kind]
        better = scale.better if isinstance(score, EffortScore) else "high"
        points = tuple(scale.points)
        return Measure(id=id_, side="", label=label, kind=kind, low=ends[0], high=ends[1], better=better, points=points)

    def rule(self, measure: Measure, chosen: Selection, estimator: Estimator) -> ScoreOfGroup:
        """How a measure is estimated for some respondents."""
        score = self._item_score(measure)
        if score is not None:
            return item_score_of_group(score, chosen.table, estimator)
        return MeanScoreOfGroup(self._values(measure, chosen), estimator)

    def answers(self, measure: Measure, chosen: Selection) -> Array:
        """Value of each respondent, as its distribution is shown: the answer itself where the score is of one item."""
        score = self._item_score(measure)
        if score is not None:
            return item_score_of_group(score, chosen.table, Estimator()).values
        return self._values(measure, chosen)

    def _values(self, measure: Measure, chosen: Selection) -> Array:
        kind, _, name = measure.id.partition(".")
        if kind == "i":
            table = chosen.table
            if not measure.side:
                return (table.difference or table.headline).item(name)
            paired = table.paired if table.difference is not None else table.ratings
            return paired.get(measure.side, table.ratings[measure.side]).item(name)
        columns = chosen.columns
        if measure.side:
            levels = columns.levels.get(measure.side, {})
            return levels.get("" if kind == OVERALL else name, np.full(chosen.n, np.nan))
        return columns.overall if kind == OVERALL else columns.dimensions.get(name, np.full(chosen.n, np.nan))

    def _item_score(self, measure: Measure) -> ItemScore | None:
        if measure.side:
            return None
        if measure.id == OVERALL:
            return self._first if isinstance(self._first, NetPromoterScore | TopBoxScore | EffortScore) else None
        return next((one for one in self._item_scores() if measure.id == f"s.{one.id}"), None)

    def _item_scores(self) -> list[ItemScore]:
        declared = self._instrument.definition.scores
        return [one for one in declared if isinstance(one, NetPromoterScore | TopBoxScore | EffortScore)]

    def _items(self, side: str) -> tuple[str, ...]:
        if not side and isinstance(self._first, GapScore):
            expected = self._instrument.asked_in(self._first.expectation)
            return tuple(item for item in self._instrument.asked_in(self._first.perception) if item in expected)
        return self._instrument.asked_in(side or self.labels.headline_battery)

    def _dimensions(self, items: tuple[str, ...]) -> list[str]:
        return list(make_block(self._instrument, items, np.empty((0, len(items)))).dimensions)

    def _item_label(self, item: str, side: str) -> str:
        number = self._instrument.item(item).number
        wording = self.labels.item(item, side or self.labels.headline_battery)
        return f"{number}. {wording}" if number else wording

    def _rating_batteries(self) -> list[str]:
        batteries = self._instrument.definition.batteries.items()
        return [id_ for id_, battery in batteries if isinstance(battery, RatingBattery)]

    def _ends(self, kind: Kind, low: float, high: float) -> tuple[float, float]:
        return {"gap": (low - high, high - low), "share": (0.0, 1.0), "index": (0.0, 100.0)}.get(
            kind, (float(low), float(high))
        )
