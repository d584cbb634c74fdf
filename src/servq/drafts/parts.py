"""Add, move and remove the parts of a draft, each with its texts in every language; pure.

Every function returns a new content. What still refers to a part that went is left for the checks to point out.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from servq.drafts.content import SEPARATOR, Content, choice_items, copied, entry_of, ids_in
from servq.drafts.starting import free_id
from servq.errors import RecordUnknown
from servq.instruments.score_kinds import RATING_ROLES

Entry = dict[str, Any]

SCORE_ROLES: Mapping[str, tuple[str, ...]] = {
    "mean": ("battery",),
    "gap": ("perception", "expectation"),
    "net_promoter": ("battery", "item"),
    "top_box": ("battery", "item"),
    "effort": ("battery", "item", "boxes"),
    "tolerance": ("minimum", "desired", "perceived"),
    "kano": ("functional", "dysfunctional"),
    "path_model": ("battery", "target", "paths"),
    "checklist": ("batteries",),
    "managers_view": ("battery",),
    "gap_rating": ("gap", "battery"),
    "antecedents": ("battery",),
}
"""What each kind of score cannot be without."""

EVERY_BATTERY = "*"


def add_dimension(content: Content) -> Content:
    """Add a dimension at the end."""
    new, definition = _copied(content)
    dimension = _numbered("dimension", ids_in(definition, "dimensions"))
    definition.setdefault("dimensions", []).append({"id": dimension})
    return _worded(new, "dimensions", dimension, {"name": "", "description": ""})


def add_item(content: Content, dimension: str | None) -> Content:
    """Add an item behind the last one of a dimension."""
    new, definition = _copied(content)
    items = definition.setdefault("items", [])
    item_id = _numbered(dimension[:3] if dimension else "item", _item_ids(new))
    place = max((n for n, item in enumerate(items, 1) if item.get("dimension") == dimension), default=len(items))
    entry: Entry = {"id": item_id, "number": 0} | ({"dimension": dimension} if dimension else {})
    items.insert(place, entry)
    _renumber(items, place)
    wording = dict.fromkeys(rating_batteries(definition), "")
    return _worded(new, "items", item_id, wording)


def add_scale(content: Content) -> Content:
    """Add a response scale of five points."""
    new, definition = _copied(content)
    scale = _numbered("scale", ids_in(definition, "scales"))
    definition.setdefault("scales", {})[scale] = {"low": 1, "high": 5}
    return _worded(new, "scales", scale, {"anchors": {"1": "", "5": ""}})


def add_battery(content: Content, kind: str) -> Content:
    """Add a battery at the end: ``rating``, ``points`` or ``choice``."""
    new, definition = _copied(content)
    batteries = definition.setdefault("batteries", {})
    battery = _numbered("battery" if kind == "rating" else kind, list(batteries))
    if kind == "rating":
        scale = next(iter(definition.get("scales", {})), "")
        batteries[battery] = {"kind": kind, "scale": scale, "columns": f"{battery.replace('_', '')}_{{number:02d}}"}
        for texts in new["texts"].values():
            for item in definition.get("items", []):
                wording = texts.setdefault("items", {}).setdefault(item["id"], {})
                if item.get("batteries") is None and EVERY_BATTERY not in wording:
                    wording[battery] = ""
    elif kind == "points":
        batteries[battery] = {"kind": kind, "total": 100, "columns": f"{battery}_{{dimension}}"}
    else:
        batteries[battery] = {"kind": "choice", "items": [], "columns": "{item}"}
    new = _worded(new, "batteries", battery, {"title": "", "instruction": "", "short": ""})
    return add_choice_item(new, battery) if kind == "choice" else new


def add_choice_item(content: Content, battery: str) -> Content:
    """Add an item with two options to a choice battery."""
    new, definition = _copied(content)
    question = _numbered("question", _item_ids(new))
    entry_of(definition, "batteries", battery)["items"].append({"id": question, "options": ["option_1", "option_2"]})
    return _worded(new, "choices", question, {"wording": "", "options": {"option_1": "", "option_2": ""}})


def add_option(content: Content, question: str) -> Content:
    """Offer one more option of an item of a choice."""
    new, _ = _copied(content)
    item = _choice_item(new, question)
    dimensions = ids_in(new["definition"], "dimensions")
    options = item.setdefault("options", list(dimensions))
    option = _numbered("option", options)
    options.append(option)
    for texts in new["texts"].values():
        texts.setdefault("choices", {}).setdefault(question, {}).setdefault("options", {})[option] = ""
    return new


def remove_option(content: Content, question: str, option: str) -> Content:
    """Offer an option no more."""
    new, _ = _copied(content)
    item = _choice_item(new, question)
    item["options"] = [one for one in item.get("options", []) if one != option]
    for texts in new["texts"].values():
        texts.get("choices", {}).get(question, {}).get("options", {}).pop(option, None)
    return new


def add_comment(content: Content) -> Content:
    """Add an open field."""
    new, definition = _copied(content)
    comment = _numbered("comment", ids_in(definition, "comments"))
    definition.setdefault("comments", []).append({"id": comment})
    return _worded(new, "comments", comment, "")


def add_score(content: Content, kind: str) -> Content:
    """Add a score of a kind, made from the first batteries that there are."""
    new, definition = _copied(content)
    rated = rating_batteries(definition) or [""]
    points = ids_in(definition, "dimensions") or [""]
    items = ids_in(definition, "items") or [""]
    given: Mapping[str, Any] = {
        "batteries": rated[:1],
        "item": items[0],
        "boxes": 2,
        "gap": 2,
        "target": points[-1],
        "paths": {points[0]: [points[-1]]},
    }
    score: Entry = {"kind": kind, "id": _numbered(kind, ids_in(definition, "scores"), first="")}
    for place, role in enumerate(SCORE_ROLES[kind]):
        score[role] = rated[place % len(rated)] if role in RATING_ROLES else given[role]
    definition.setdefault("scores", []).append(score)
    return new


def add_breakdown(content: Content) -> Content:
    """Add the groups of answers to one item as a way to split a score."""
    new, definition = _copied(content)
    breakdown = _numbered("breakdown", ids_in(definition, "breakdowns"))
    battery, item = next(((b, one["id"]) for b, one in choice_items(new)), ("", ""))
    score = next(iter(ids_in(definition, "scores")), "")
    entry = {"id": breakdown, "score": score, "battery": battery, "item": item}
    definition.setdefault("breakdowns", []).append(entry)
    return new


def add_citation(content: Content, year: int) -> Content:
    """Add a publication."""
    new, definition = _copied(content)
    definition.setdefault("citation", []).append({"authors": "", "year": year, "title": "", "source": ""})
    return new


def add_language(content: Content, locale: str) -> Content:
    """Add a language in which every text is still to be written; placeholders are kept."""
    new, definition = _copied(content)
    if locale in new["texts"]:
        return new
    model = new["texts"][definition["locales"][0]]
    new["texts"][locale] = _blanked(model) | {"locale": locale}
    new["texts"][locale].pop("validated", None)
    definition["locales"] = [*definition["locales"], locale]
    return new


def remove_language(content: Content, locale: str) -> Content:
    """Take a language away with all its texts."""
    new, definition = _copied(content)
    new["texts"].pop(locale, None)
    definition["locales"] = [one for one in definition["locales"] if one != locale]
    return new


def word_batteries_apart(content: Content, item: str) -> Content:
    """Give an item words of its own for each battery, in every language; they begin alike."""
    new, definition = _copied(content)
    asked = entry_of(definition, "items", item).get("batteries") or rating_batteries(definition)
    for texts in new["texts"].values():
        wording = texts.setdefault("items", {}).get(item, {})
        shared = wording.get(EVERY_BATTERY, "")
        texts["items"][item] = {battery: wording.get(battery, shared) for battery in asked}
    return new


def word_batteries_alike(content: Content, item: str) -> Content:
    """Give an item the words of its first battery in all of them."""
    new, _ = _copied(content)
    for texts in new["texts"].values():
        wording = texts.setdefault("items", {}).get(item, {})
        texts["items"][item] = {EVERY_BATTERY: next(iter(wording.values()), "")}
    return new


def remove_part(content: Content, path: str) -> Content:
    """Remove the part that a path such as ``definition/items/tan_1`` names, with its texts."""
    new, definition = _copied(content)
    steps = path.split(SEPARATOR)
    if steps[1] == "citation":
        del definition["citation"][int(steps[2])]
        return new
    holder, part, key = _holder(definition, steps)
    if part == "batteries":
        _unword_battery(new, key)
    _take(holder, part, key)
    worded = "groups" if part == "breakdowns" else "choices" if holder is not definition else part
    for texts in new["texts"].values():
        texts.get(worded, {}).pop(key, None)
    return new


def move_part(content: Content, path: str, by: int) -> Content:
    """Move a part among its neighbours: -1 up, 1 down. Items exchange their numbers, which have to rise."""
    new, definition = _copied(content)
    holder, part, key = _holder(definition, path.split(SEPARATOR))
    order = ids_in(holder, part)
    place = order.index(key)
    to = min(max(place + by, 0), len(order) - 1)
    order.insert(to, order.pop(place))
    if isinstance(holder[part], dict):
        holder[part] = {one: holder[part][one] for one in order}
        return new
    numbers = [entry.get("number") for entry in holder[part]]
    holder[part] = [entry_of(holder, part, one) for one in order]
    if part == "items" and holder is definition:
        for entry, number in zip(holder[part], numbers, strict=True):
            entry["number"] = number
    return new


def move_option(content: Content, question: str, option: str, by: int) -> Content:
    """Move an option among its neighbours."""
    new, _ = _copied(content)
    options = _choice_item(new, question)["options"]
    place = options.index(option)
    options.insert(min(max(place + by, 0), len(options) - 1), options.pop(place))
    return new


def rating_batteries(definition: Mapping[str, Any]) -> list[str]:
    """Return the ids of the batteries whose items are rated."""
    return [key for key, battery in definition.get("batteries", {}).items() if battery.get("kind") == "rating"]


def _copied(content: Content) -> tuple[Content, Entry]:
    new = copied(content)
    return new, new["definition"]


def _worded(content: Content, part: str, key: str, words: Any) -> Content:
    for texts in content["texts"].values():
        texts.setdefault(part, {})[key] = deepcopy(words)
    return content


def _numbered(stem: str, taken: list[str], *, first: str = "_1") -> str:
    return f"{stem}{first}" if f"{stem}{first}" not in taken else free_id(stem, [*taken, stem])


def _item_ids(content: Content) -> list[str]:
    return [*ids_in(content["definition"], "items"), *(item["id"] for _, item in choice_items(content))]


def _choice_item(content: Content, question: str) -> Entry:
    for _, item in choice_items(content):
        if item["id"] == question:
            return item
    raise RecordUnknown(f'There is no item "{question}".')


def _renumber(items: list[Entry], place: int) -> None:
    """Give a new item a number between its neighbours, or push on those behind it."""
    before = items[place - 1]["number"] if place else 0
    items[place]["number"] = before + 1 if isinstance(before, int) else place + 1
    for earlier, item in zip(items[place:], items[place + 1 :], strict=False):
        if not isinstance(item["number"], int) or item["number"] > earlier["number"]:
            break
        item["number"] = earlier["number"] + 1


def _blanked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: inner if key == "placeholders" else _blanked(inner) for key, inner in value.items()}
    return "" if isinstance(value, str) else value


def _holder(definition: Entry, steps: list[str]) -> tuple[Entry, str, str]:
    holder, part, key = definition, steps[1], steps[2]
    if part == "batteries" and len(steps) > 4:
        holder, part, key = definition["batteries"].get(key, {}), "items", steps[4]
    if key not in ids_in(holder, part):
        raise RecordUnknown(f'There is no "{key}" among the {part} any more.')
    return holder, part, key


def _take(holder: Entry, part: str, key: str) -> None:
    if isinstance(holder[part], dict):
        del holder[part][key]
    else:
        holder[part] = [entry for entry in holder[part] if entry["id"] != key]


def _unword_battery(content: Content, battery: str) -> None:
    """Remove what the texts of items, and of its own choices, say for a battery."""
    questions = [item["id"] for holder, item in choice_items(content) if holder == battery]
    for item in content["definition"].get("items", []):
        if item.get("batteries"):
            item["batteries"] = [one for one in item["batteries"] if one != battery]
    for texts in content["texts"].values():
        for wording in texts.get("items", {}).values():
            wording.pop(battery, None)
        for question in questions:
            texts.get("choices", {}).pop(question, None)
