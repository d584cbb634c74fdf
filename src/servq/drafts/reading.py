"""What a form sent, as values of a draft; pure.

What cannot be read as the number or the list that is wanted stays the text that was typed: nothing is lost, and the
checks say what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from servq.drafts.content import SEPARATOR, Content, Value, entry_of, ids_in, values_of
from servq.drafts.parts import rating_batteries

WHOLE = frozenset(
    {"low", "high", "number", "total", "max_length", "year", "boxes", "gap", "antecedent_of", "most_bytes"}
)
DECIMAL = frozenset({"weight", "minimum_share"})
TICKED = frozenset({"reversed", "optional", "distinct", "required", "validated", "not_applicable"})
SEVERAL = frozenset({"audiences", "used_in", "batteries", "dimensions"})
PERHAPS = frozenset({"dimension", "doi", "weights", "importance", "antecedent_of", "consent", "not_applicable"})
"""Texts that may be left out, and numbers."""

DEFAULTS: Mapping[str, Value] = {
    "better": "high",
    "moment": "any",
    "order": "fixed",
    "form": "text",
    "status": "verified",
    "max_length": 2000,
    "minimum_share": 0.5,
    "weight": 1.0,
}
"""What a value is where it is left out."""

TOP_BOXES = 2
EVIDENCE: Mapping[str, Value] = {"": None, "optional": {}, "required": {"required": True}}
LONGEST = 5000
"""Characters of one value; far above any text of a questionnaire."""

PART = "|"
"""Stands in the name of a field that gives a part of a value."""

_ID, _LOCALE = r"[a-z][a-z0-9_-]*", r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_SETTINGS: Mapping[str, str] = {
    "": "title|field|used_in|audiences|status|pages",
    r"citation/\d{1,2}": "authors|year|title|source|doi",
    "rights": "holder|wording|note",
    "missing": "minimum_share",
    f"scales/{_ID}": "low|high|not_applicable|better",
    f"batteries/{_ID}": "scale|columns|moment|order|optional|total|dimensions|distinct|asked_if",
    f"batteries/{_ID}/items/{_ID}": "asked_if",
    f"dimensions/{_ID}": "antecedent_of",
    f"items/{_ID}": "number|dimension|batteries|reversed|weight|evidence",
    f"comments/{_ID}": "max_length|form|required|asked_if",
    f"scores/{_ID}": "perception|expectation|battery|item|boxes|minimum|desired|perceived|functional|dysfunctional"
    "|target|paths|batteries|gap|weights|importance",
    f"breakdowns/{_ID}": "score|battery|item|groups",
}
_TEXTS = (
    "title|introduction|thanks|consent|validated",
    rf"scales/{_ID}/(?:anchors/\d{{1,3}}|not_applicable)",
    f"batteries/{_ID}/(?:title|instruction|short)",
    f"dimensions/{_ID}/(?:name|description)",
    rf"items/{_ID}/(?:{_ID}|\*)",
    f"choices/{_ID}/(?:wording|options/{_ID})",
    f"comments/{_ID}",
    f"groups/{_ID}/{_ID}",
    f"placeholders/{_ID}",
)
_KNOWN = re.compile(
    "|".join(
        [
            *(f"definition/{place}{'/' if place else ''}(?:{names})" for place, names in _SETTINGS.items()),
            *(f"texts/{_LOCALE}/(?:{names})" for names in _TEXTS),
        ]
    )
)
_INTEGER = re.compile(r"[-+]?[0-9]{1,9}")
_NUMBER = re.compile(r"[-+]?[0-9]{0,9}([.,][0-9]{1,9})?")
_ARROW = re.compile(r"\s*(?:→|->|:)\s*")


def read_values(content: Content, posted: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """Return every value that a page sent.

    Parameters
    ----------
    content
        The draft as it is now: it says which parts there are to choose from.
    posted
        What was sent, by the name of the field: a path, or a path and a part of its value. What no page offers is
        left out.
    """
    whole: dict[str, list[str]] = {}
    parts: dict[str, dict[str, list[str]]] = {}
    for name, sent in posted.items():
        path, bar, part = name.partition(PART)
        if not _KNOWN.fullmatch(path):
            continue
        if bar:
            parts.setdefault(path, {})[part] = list(sent)
        else:
            whole[path] = list(sent)
    current = values_of(content)
    found = {path: _read(content, path, sent, current.get(path)) for path, sent in whole.items()}
    for path, sent_parts in parts.items():
        last = path.rpartition(SEPARATOR)[2]
        found[path] = _conditions(content, sent_parts) if last == "asked_if" else _pages(content, sent_parts)
    return found


def default_of(content: Content, path: str) -> Value:
    """Return what a value is where it is left out."""
    steps = path.split(SEPARATOR)
    if steps[-1] == "optional" and steps[1] == "batteries":
        return content["definition"].get("batteries", {}).get(steps[2], {}).get("kind") != "rating"
    if steps[-1] == "boxes" and steps[1] == "scores":
        kinds = {score["id"]: score["kind"] for score in content["definition"].get("scores", [])}
        return TOP_BOXES if kinds.get(steps[2]) == "top_box" else None
    return False if steps[-1] in TICKED else DEFAULTS.get(steps[-1])


def _read(content: Content, path: str, sent: list[str], current: Value) -> Value:
    steps = path.split(SEPARATOR)
    last = steps[-1]
    text = _clean(sent[-1]) if sent else ""
    if steps[0] == "texts":
        return _read_text(steps, text, ticked="1" in sent)
    if last in SEVERAL:
        return _several(content, steps, [one for one in sent if one])
    if last == "evidence" and text == "keep":
        return current
    read = _READERS.get(last)
    value = "1" in sent if last in TICKED else read(text) if read else text
    if value == "" and (last in PERHAPS or last in DEFAULTS):
        return None
    return None if value == default_of(content, path) else value


def _read_text(steps: list[str], text: str, *, ticked: bool) -> Value:
    if steps[2] == "validated":
        return True if ticked else None
    may_lack = steps[2] in {"consent", "placeholders"} or "anchors" in steps or steps[-1] == "not_applicable"
    return None if may_lack and not text else text


def _several(content: Content, steps: list[str], chosen: list[str]) -> Value:
    """Return what was ticked; where everything is meant when nothing is said, all of it is not said."""
    definition = content["definition"]
    everything = {
        "batteries": rating_batteries(definition) if steps[1] == "items" else [],
        "dimensions": ids_in(definition, "dimensions"),
    }.get(steps[-1], [])
    if everything and set(chosen) >= set(everything):
        return None
    if not chosen and steps[-1] == "used_in":
        return None
    return chosen


def _conditions(content: Content, sent: Mapping[str, list[str]]) -> Value:
    """Return the conditions of a part: ``0.of`` names battery and item, ``0.is`` the answers."""
    found = []
    for place in sorted({int(name.partition(".")[0]) for name in sent if name.partition(".")[0].isdecimal()}):
        battery, _, item = (sent.get(f"{place}.of") or [""])[-1].partition(SEPARATOR)
        if not item:
            continue
        answers = [answer for answer in sent.get(f"{place}.is", []) if answer]
        condition: dict[str, Any] = {"battery": battery, "item": item}
        if content["definition"].get("batteries", {}).get(battery, {}).get("kind") == "choice":
            condition["options"] = answers
        else:
            condition["points"] = [int(answer) for answer in answers if _INTEGER.fullmatch(answer)]
        found.append(condition)
    return found or None


def _pages(content: Content, sent: Mapping[str, list[str]]) -> Value:
    """Return the groups of batteries on one page, from a tick at each that stands with the one above."""
    groups: list[list[str]] = []
    for battery in ids_in(content["definition"], "batteries"):
        if "1" in sent.get(battery, []) and groups:
            groups[-1].append(battery)
        else:
            groups.append([battery])
    return [group for group in groups if len(group) > 1] or None


def _paths(text: str) -> Value:
    """Return the paths of a model from lines such as ``image → expectations, value``."""
    found = {}
    for line in text.splitlines():
        if line.strip():
            start, _, ends = _split(line)
            found[start] = [end for end in re.split(r"[,;\s]+", ends) if end]
    return found or text


def _groups(text: str) -> Value:
    """Return groups of points from lines such as ``easy: 6, 7``."""
    found = {}
    for line in text.splitlines():
        if line.strip():
            name, _, points = _split(line)
            found[name] = [int(one) if one.isdecimal() else one for one in re.split(r"[,;\s]+", points) if one]
    return found or None


def _split(line: str) -> tuple[str, str, str]:
    parts = _ARROW.split(line.strip(), maxsplit=1)
    return parts[0], "", parts[1] if len(parts) > 1 else ""


def _whole(text: str) -> Value:
    return int(text) if _INTEGER.fullmatch(text) else text


def _decimal(text: str) -> Value:
    return float(text.replace(",", ".")) if text and _NUMBER.fullmatch(text) else text


_READERS: Mapping[str, Callable[[str], Value]] = {
    **dict.fromkeys(WHOLE, _whole),
    **dict.fromkeys(DECIMAL, _decimal),
    "evidence": lambda text: EVIDENCE.get(text, text),
    "paths": _paths,
    "groups": _groups,
}


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()[:LONGEST]


def path_lines(paths: Any) -> str:
    """Return the paths of a model as lines."""
    if not isinstance(paths, dict):
        return str(paths or "")
    return "\n".join(f"{start} → {', '.join(map(str, ends))}" for start, ends in paths.items())


def group_lines(groups: Any) -> str:
    """Return groups of points as lines."""
    if not isinstance(groups, dict):
        return str(groups or "")
    return "\n".join(f"{name}: {', '.join(map(str, points))}" for name, points in groups.items())


def asked_answers(content: Content, battery: str, item: str) -> list[str]:
    """Return the answers that a condition may name."""
    definition = content["definition"]
    chosen = definition.get("batteries", {}).get(battery, {})
    if chosen.get("kind") == "choice":
        if item not in ids_in(chosen, "items"):
            return []
        return entry_of(chosen, "items", item).get("options") or ids_in(definition, "dimensions")
    scale = definition.get("scales", {}).get(chosen.get("scale"), {})
    low, high = scale.get("low"), scale.get("high")
    if not (isinstance(low, int) and isinstance(high, int) and 0 <= low < high <= 100):
        return []
    return [str(point) for point in range(low, high + 1)]
