"""Small instruments made from shipped ones, for scores that no shipped instrument has in the form that a test needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from servq.instruments import Instrument, load_instrument
from servq.instruments.model import (
    BatteryText,
    Dimension,
    DimensionText,
    Item,
    PathScore,
    RatingBattery,
    ResponseScale,
    ScaleText,
    Score,
    ToleranceScore,
)
from servq.scoring import AnswerTable

replaced = msgspec.structs.replace


def three_columns() -> Instrument:
    """The 22 items of SERVQUAL asked three times on nine points, columns min01 … des22."""
    servqual = load_instrument("servqual")
    batteries = {
        name: RatingBattery(scale="level", columns=f"{name[:3]}{{number:02d}}")
        for name in ("minimum", "desired", "perceived")
    }
    definition = replaced(
        servqual.definition,
        scales={"level": ResponseScale(low=1, high=9)},
        batteries=batteries,
        scores=(ToleranceScore(id="tolerance", minimum="minimum", desired="desired", perceived="perceived"),),
    )
    return _reworded(servqual, definition, batteries, {"level": (1, 9)})


def path_instrument(
    blocks: Mapping[str, Sequence[str]], paths: Mapping[str, Sequence[str]], target: str, points: tuple[int, int]
) -> Instrument:
    """One battery whose items are called as the columns of a data set, and a path model over them."""
    base = load_instrument("csat")
    items = [Item(id=name.lower(), number=i, dimension=_id(block)) for i, (block, name) in enumerate(_pairs(blocks), 1)]
    batteries = {"rating": RatingBattery(scale="rated", columns="{item}")}
    definition = replaced(
        base.definition,
        scales={"rated": ResponseScale(low=points[0], high=points[1])},
        batteries=batteries,
        dimensions=tuple(Dimension(id=_id(block)) for block in blocks),
        items=tuple(items),
        comments=(),
        scores=(
            PathScore(
                id="index",
                battery="rating",
                target=_id(target),
                paths={_id(source): tuple(map(_id, targets)) for source, targets in paths.items()},
            ),
        ),
    )
    return _reworded(base, definition, batteries, {"rated": points})


def rated(instrument: Instrument, codes: object, **facts: object) -> AnswerTable:
    """Answers as given, one row a respondent."""
    return AnswerTable(instrument=instrument, codes=np.asarray(codes, dtype=np.int16), source="answers", **facts)  # type: ignore[arg-type]  # whatever the test knows of them


def with_scores(instrument: Instrument, *scores: Score) -> Instrument:
    """The same items with other scores."""
    return replaced(instrument, definition=replaced(instrument.definition, scores=scores))


def _pairs(blocks: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(block, name) for block, names in blocks.items() for name in ([names] if isinstance(names, str) else names)]


def _id(name: str) -> str:
    return name.lower()


def _reworded(
    base: Instrument, definition: object, batteries: Mapping[str, object], scales: Mapping[str, tuple[int, int]]
) -> Instrument:
    """Texts that name every part of the definition by its id."""
    found = msgspec.convert(msgspec.to_builtins(definition), type(base.definition))
    texts = {
        locale: replaced(
            text,
            scales={name: ScaleText(anchors={low: "low", high: "high"}) for name, (low, high) in scales.items()},
            batteries={name: BatteryText(title=name, instruction=name, short=name.capitalize()) for name in batteries},
            dimensions={
                one.id: DimensionText(name=one.id.capitalize(), description=one.id) for one in found.dimensions
            },
            items={item.id: {"*": f"Item {item.id}"} for item in found.items},
            comments={},
            choices={},
        )
        for locale, text in base.texts.items()
    }
    return Instrument(definition=found, texts=texts)
