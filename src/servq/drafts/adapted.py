"""What of another instrument is left in one that began as its copy; the report says so. Pure."""

from __future__ import annotations

from itertools import chain

from msgspec.structs import replace

from servq.instruments.differences import differences
from servq.instruments.model import Adaptation, Instrument
from servq.instruments.parts import ids_of_parts

_COUNTED = ("items", "choices", "batteries", "comments")


def with_adaptation(instrument: Instrument, origin: Instrument | None) -> Instrument:
    """Return an instrument that says how it differs from the one that it began as a copy of."""
    if origin is None:
        return instrument
    adaptation = _adaptation(instrument, origin)
    return Instrument(definition=replace(instrument.definition, adaptation=adaptation), texts=instrument.texts)


def _adaptation(instrument: Instrument, origin: Instrument) -> Adaptation:
    before, after = _ids(origin), _ids(instrument)
    earlier = origin.definition.adaptation
    kept = {*before} & {*after}
    reworded = {
        difference.path[0].removeprefix("text.")
        for difference in differences(origin, instrument)
        if difference.path[0].startswith("text.") and len(difference.path) > 2 and difference.path[2] in kept
    }
    assigned = {item.id: item.dimension for item in instrument.definition.items}
    return Adaptation(
        of=earlier.of if earlier else origin.id,
        of_version=earlier.of_version if earlier else origin.definition.version,
        dropped=tuple(dict.fromkeys((*(earlier.dropped if earlier else ()), *(i for i in before if i not in after)))),
        added=tuple(dict.fromkeys((*(earlier.added if earlier else ()), *(i for i in after if i not in before)))),
        beside=earlier.beside if earlier else (),
        reworded=tuple(sorted({*reworded, *(earlier.reworded if earlier else ())})),
        mapped=(earlier is not None and earlier.mapped)
        or any(item.id in assigned and assigned[item.id] != item.dimension for item in origin.definition.items),
    )


def _ids(instrument: Instrument) -> tuple[str, ...]:
    parts = ids_of_parts(instrument.definition)
    scores = (score.id for score in instrument.definition.scores)
    return tuple(dict.fromkeys(chain(*(parts[part] for part in _COUNTED), scores)))
