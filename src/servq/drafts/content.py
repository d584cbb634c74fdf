"""What a draft holds: an instrument as plain values that may still be wrong, and each of its values by a path; pure.

A draft is ``{"definition": …, "texts": {locale: …}}`` as the files of an instrument hold them. A path names one value
by ids and never by places, as in ``definition/items/tan_1/reversed`` or ``texts/en/items/tan_1/perception``, so that it
means the same after somebody else put another item in front. The order of things that have one is a value of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import msgspec

from servq.instruments.exchange.writing import sparse
from servq.instruments.model import Definition, Instrument, Texts

Content = dict[str, Any]
Value = Any
"""A plain value; None stands for one that is not there."""

ORDER = "#order"
SEPARATOR = "/"

_LISTED = ("dimensions", "items", "comments", "scores", "breakdowns")
_ORDERED = ("scales", "batteries")
_WHOLE = ("evidence", "paths", "groups")
_BATTERY_ITEM_DEPTH = 4


def from_instrument(instrument: Instrument) -> Content:
    """Return a draft with all that an instrument has; that it is an adaptation is found out anew when published."""
    definition = sparse(instrument.definition)
    definition.pop("adaptation", None)
    texts = {locale: sparse(one) for locale, one in instrument.texts.items()}
    return decoded(encoded({"definition": definition, "texts": texts}))


def copied(content: Content) -> Content:
    """Return a copy that may be changed without changing the original."""
    return deepcopy(content)


def encoded(content: Content) -> bytes:
    """Return a draft as it is stored."""
    return msgspec.json.encode(content)


def decoded(stored: bytes) -> Content:
    """Return a stored draft."""
    return msgspec.json.decode(stored, type=dict[str, Any])


def to_instrument(content: Content) -> Instrument:
    """Return the instrument of a draft without problems."""
    definition = msgspec.convert(content["definition"], Definition, str_keys=True)
    texts = msgspec.convert(content["texts"], dict[str, Texts], str_keys=True)
    return Instrument(definition=definition, texts={locale: texts[locale] for locale in definition.locales})


def values_of(content: Content) -> dict[str, Value]:
    """Return every value of a draft by its path."""
    found: dict[str, Value] = {}
    for part, value in content.items():
        found.update(_walk(value, (part,)))
    return found


def differing(before: Content, after: Content) -> dict[str, tuple[Value, Value]]:
    """Return the values that differ between two contents: before and after, None where there is none."""
    old, new = values_of(before), values_of(after)
    paths = dict.fromkeys((*old, *new))
    return {path: (old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)}


def with_values(content: Content, values: Mapping[str, Value]) -> Content:
    """Return a draft with other values; those of an order decide which parts there are."""
    changed = copied(content)
    for path, value in values.items():
        if not path.endswith(ORDER):
            _put(changed, tuple(path.split(SEPARATOR)), value)
    for path, value in values.items():
        if path.endswith(ORDER):
            _arrange(changed, tuple(path.split(SEPARATOR)[:-1]), value or [])
    changed["texts"] = _without_empty(changed["texts"])
    if "citation" in changed["definition"]:
        changed["definition"]["citation"] = [entry for entry in changed["definition"]["citation"] if entry]
    return changed


def holds(content: Content, path: str) -> bool:
    """Whether the part that a value belongs to is there."""
    steps = path.split(SEPARATOR)
    if steps[0] == "texts":
        return len(steps) > 1 and steps[1] in content["texts"] and _has_worded_part(content, steps[2:])
    definition = content["definition"]
    if len(steps) > 2 and steps[1] in (*_LISTED, *_ORDERED) and steps[2] != ORDER:
        if steps[2] not in ids_in(definition, steps[1]):
            return False
        if steps[1] == "batteries" and len(steps) > _BATTERY_ITEM_DEPTH and steps[3] == "items":
            return steps[4] == ORDER or steps[4] in ids_in(definition["batteries"][steps[2]], "items")
    return True


def ids_in(holder: Mapping[str, Any], part: str) -> list[str]:
    """Return the ids of the parts in a list or mapping, in order."""
    value = holder.get(part) or []
    return list(value) if isinstance(value, dict) else [str(entry["id"]) for entry in value]


def entry_of(holder: Mapping[str, Any], part: str, entry_id: str) -> dict[str, Any]:
    """Return one part of a list or mapping; raises `KeyError` if it is not there."""
    value = holder.get(part) or []
    if isinstance(value, dict):
        found: dict[str, Any] = value[entry_id]
        return found
    by_id: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in value}
    return by_id[entry_id]


def choice_items(content: Content) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every item of a choice with the id of its battery."""
    for battery_id, battery in content["definition"].get("batteries", {}).items():
        for item in battery.get("items") or []:
            yield battery_id, item


def _has_worded_part(content: Content, steps: list[str]) -> bool:
    """Whether what a text is about is there."""
    if len(steps) < 2:
        return True
    part, key = steps[0], steps[1]
    definition = content["definition"]
    if part == "choices":
        return any(item["id"] == key for _, item in choice_items(content))
    if part == "groups":
        return key in ids_in(definition, "breakdowns")
    return part not in (*_LISTED, *_ORDERED) or key in ids_in(definition, part)


def _is_listed(steps: tuple[str, ...]) -> bool:
    """Whether a path leads to a list of parts that have ids."""
    if steps[0] != "definition":
        return False
    return (len(steps) == 2 and steps[1] in _LISTED) or (
        len(steps) == _BATTERY_ITEM_DEPTH and steps[1] == "batteries" and steps[3] == "items"
    )


def _is_whole(steps: tuple[str, ...]) -> bool:
    """Whether a mapping is one value to whoever edits it."""
    return steps[0] == "definition" and steps[-1] in _WHOLE


def _walk(value: Any, steps: tuple[str, ...]) -> Iterator[tuple[str, Value]]:
    if _is_listed(steps) and isinstance(value, list):
        yield _joined(*steps, ORDER), [entry["id"] for entry in value]
        for entry in value:
            for key, inner in entry.items():
                if key != "id":
                    yield from _walk(inner, (*steps, entry["id"], key))
    elif isinstance(value, dict) and not _is_whole(steps):
        if len(steps) == 2 and steps[0] == "definition" and steps[1] in _ORDERED:
            yield _joined(*steps, ORDER), list(value)
        for key, inner in value.items():
            yield from _walk(inner, (*steps, str(key)))
    elif steps == ("definition", "citation") and isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _walk(entry, (*steps, str(place)))
    else:
        yield _joined(*steps), value


def _joined(*steps: str) -> str:
    return SEPARATOR.join(steps)


def _put(content: Content, steps: tuple[str, ...], value: Value) -> None:
    holder: Any = content
    for depth, step in enumerate(steps[:-1]):
        holder = _step_into(holder, step, steps[: depth + 1])
    key = steps[-1]
    if value is None:
        holder.pop(key, None)
    else:
        holder[key] = value


def _step_into(holder: Any, step: str, steps: tuple[str, ...]) -> Any:
    if isinstance(holder, list):
        if _is_listed(steps[:-1]):
            for entry in holder:
                if entry["id"] == step:
                    return entry
            holder.append({"id": step})
        else:
            while len(holder) <= int(step):
                holder.append({})
            return holder[int(step)]
        return holder[-1]
    if step not in holder:
        is_list = _is_listed(steps) or steps == ("definition", "citation")
        holder[step] = [] if is_list else {}
    return holder[step]


def _without_empty(value: Any) -> Any:
    """Return texts without the parts of which nothing is left."""
    if not isinstance(value, dict):
        return value
    kept = {key: _without_empty(inner) for key, inner in value.items()}
    return {key: inner for key, inner in kept.items() if inner != {}}


def _arrange(content: Content, steps: tuple[str, ...], order: list[str]) -> None:
    holder: Any = content
    for depth, step in enumerate(steps[:-1]):
        holder = _step_into(holder, step, steps[: depth + 1])
    key = steps[-1]
    if _is_listed(steps):
        known = {entry["id"]: entry for entry in holder.get(key) or []}
        holder[key] = [known.get(entry_id, {"id": entry_id}) for entry_id in order]
    else:
        holder[key] = {entry_id: (holder.get(key) or {}).get(entry_id, {}) for entry_id in order}
