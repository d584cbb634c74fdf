"""Apply a wording overlay to an instrument: other texts, same structure, and a revision of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.model import Instrument, Rights, ScaleText, Texts
from servq.instruments.overlay import BatteryOverlay, DimensionOverlay, ScaleOverlay, WordingOverlay
from servq.instruments.placeholders import placeholder_faults
from servq.instruments.sources import read_content
from servq.instruments.yaml_reading import Document, read_yaml

_Text = TypeVar("_Text", bound=msgspec.Struct)


def apply_wording(instrument: Instrument, overlay_path: str | Path) -> Instrument:
    """Replace texts by those of an overlay file.

    Raises
    ------
    InstrumentInvalid
        The file is broken, belongs to another instrument, or names something that the instrument does not have.
    """
    document = read_yaml(Path(overlay_path))
    overlay, problems = read_content(document, "wording", WordingOverlay)
    if overlay is not None:
        problems = list(_misfits(instrument, overlay, document))
    if overlay is None or problems:
        raise InstrumentInvalid(problems)
    texts = _merged(instrument.texts[overlay.locale], overlay)
    rights = Rights(holder=instrument.definition.rights.holder, wording=overlay.wording, note=overlay.rights)
    return Instrument(
        definition=msgspec.structs.replace(instrument.definition, rights=rights),
        texts={**instrument.texts, overlay.locale: texts},
    )


def _misfits(instrument: Instrument, overlay: WordingOverlay, document: Document) -> Iterator[Problem]:
    if overlay.instrument != instrument.id:
        message = f'The overlay is for "{overlay.instrument}", not for "{instrument.id}".'
        yield document.problem(("instrument",), message, f"Write instrument: {instrument.id}, or load the other one.")
        return
    if overlay.locale not in instrument.texts:
        message = f'"{instrument.id}" has no texts in "{overlay.locale}".'
        fix = f"Use one of {', '.join(instrument.texts)}; a new language is a text file of the instrument."
        yield document.problem(("locale",), message, fix)
        return
    definition = instrument.definition
    known = {
        "scales": list(definition.scales),
        "batteries": list(definition.batteries),
        "dimensions": [dimension.id for dimension in definition.dimensions],
        "items": [item.id for item in definition.items],
        "comments": [comment.id for comment in definition.comments],
    }
    for part, ids in known.items():
        for key in getattr(overlay, part):
            if key not in ids:
                message = f'"{instrument.id}" has no "{key}" among its {part}.'
                fix = f"Use one of: {', '.join(ids)}." if ids else "Delete it."
                yield document.problem((part, key), message, fix)
    yield from _unasked(instrument, overlay, document)
    for scale_id, scale in overlay.scales.items():
        points = definition.scales[scale_id].points if scale_id in definition.scales else range(0)
        for point in scale.anchors:
            if points and point not in points:
                message = f'Point {point} is not on scale "{scale_id}".'
                fix = f"Use points from {points[0]} to {points[-1]}."
                yield document.problem(("scales", scale_id, "anchors", str(point)), message, fix)
    known_names = {**instrument.texts[overlay.locale].placeholders, **overlay.placeholders}
    yield from placeholder_faults(document, known_names)


def _unasked(instrument: Instrument, overlay: WordingOverlay, document: Document) -> Iterator[Problem]:
    item_ids = {item.id for item in instrument.definition.items}
    for item_id, by_battery in overlay.items.items():
        if item_id not in item_ids:
            continue
        asked = [battery for battery in instrument.definition.batteries if item_id in instrument.asked_in(battery)]
        for battery in by_battery:
            if battery != "*" and battery not in asked:
                message = f'Item "{item_id}" is not asked in a battery "{battery}".'
                fix = f"Use one of: {', '.join(asked)}, *."
                yield document.problem(("items", item_id, battery), message, fix)


def _merged(texts: Texts, overlay: WordingOverlay) -> Texts:
    items = dict(texts.items)
    for item_id, by_battery in overlay.items.items():
        # "*" of the overlay must win over the battery's own wording that it replaces
        kept = {} if "*" in by_battery else items[item_id]
        items[item_id] = {**kept, **by_battery}
    single = {
        name: value
        for name in ("title", "introduction", "thanks", "validated")
        if (value := getattr(overlay, name)) is not None
    }
    return msgspec.structs.replace(
        texts,
        **single,
        items=items,
        scales=texts.scales | {key: _merged_scale(texts.scales[key], part) for key, part in overlay.scales.items()},
        batteries=_merged_parts(texts.batteries, overlay.batteries),
        dimensions=_merged_parts(texts.dimensions, overlay.dimensions),
        comments={**texts.comments, **overlay.comments},
        placeholders={**texts.placeholders, **overlay.placeholders},
    )


def _merged_scale(scale: ScaleText, part: ScaleOverlay) -> ScaleText:
    return ScaleText(
        anchors=dict(sorted({**scale.anchors, **part.anchors}.items())),
        not_applicable=scale.not_applicable if part.not_applicable is None else part.not_applicable,
    )


def _merged_parts(
    texts: Mapping[str, _Text], overlay: Mapping[str, BatteryOverlay] | Mapping[str, DimensionOverlay]
) -> dict[str, _Text]:
    merged = dict(texts)
    for key, part in overlay.items():
        given = {name: value for name, value in msgspec.structs.asdict(part).items() if value is not None}
        merged[key] = msgspec.structs.replace(texts[key], **given)
    return merged
