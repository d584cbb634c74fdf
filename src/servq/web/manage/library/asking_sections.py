"""The pages of the editor on how items are asked: scales, batteries, questions and open fields; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from servq.drafts.content import choice_items, ids_in
from servq.web.manage.library.fields import Act, Fields, FieldView, PartView, SectionView, build_part, element_id
from servq.web.manage.library.words import BATTERY_KINDS


def scales(fields: Fields) -> SectionView:
    """Response scales with their labels."""
    say, definition = fields.say, fields.definition
    keys = ids_in(definition, "scales")
    better = [("high", say("High is good")), ("low", say("Low is good"))]
    parts = []
    for key in keys:
        path = f"definition/scales/{key}"
        users = [name for one, name in fields.rated() if definition["batteries"][one].get("scale") == key]
        rows = [
            fields.texts(f"scales/{key}/anchors/{point}", say("Label of {point}", point=point))
            for point in _points(definition["scales"][key])
        ]
        if definition["scales"][key].get("not_applicable") is True:
            rows.append(fields.texts(f"scales/{key}/not_applicable", say("Label of “not applicable”")))
        parts.append(
            build_part(
                fields,
                path,
                key,
                keys,
                note=say("Used by {batteries}", batteries=tuple(users)) if users else say("Used by no battery"),
                fields_=(
                    fields.line(f"{path}/low", say("Lowest point"), kind="number"),
                    fields.line(f"{path}/high", say("Highest point"), kind="number"),
                    fields.select(f"{path}/better", say("Direction"), better),
                    fields.tick(f"{path}/not_applicable", say("Offers “not applicable”")),
                ),
                rows=tuple(rows),
                moves=False,
            )
        )
    return SectionView(tuple(parts), (Act(say("Add a scale"), "add:scales"),))


def _points(scale: Mapping[str, Any]) -> list[int]:
    low, high = scale.get("low"), scale.get("high")
    if not (isinstance(low, int) and isinstance(high, int) and 0 <= low < high <= 100):
        return []
    return list(range(low, high + 1)) if high - low <= 10 else [low, high]


def batteries(fields: Fields) -> SectionView:
    """Batteries: how and when items are asked."""
    say, definition = fields.say, fields.definition
    keys = ids_in(definition, "batteries")
    parts = tuple(_battery(fields, key, keys) for key in keys)
    adds = tuple(
        Act(say("Add: {kind}", kind=say.say(name)), f"add:batteries:{key}") for key, name in BATTERY_KINDS.items()
    )
    return SectionView(parts, adds)


def _battery(fields: Fields, key: str, keys: list[str]) -> PartView:
    say, definition = fields.say, fields.definition
    battery, path = definition["batteries"][key], f"definition/batteries/{key}"
    kind = battery.get("kind", "rating")
    settings: list[FieldView] = []
    if kind == "rating":
        scales = [(one, one) for one in ids_in(definition, "scales")]
        settings.append(fields.select(f"{path}/scale", say("Scale"), scales))
        orders = [("fixed", say("Fixed order")), ("shuffled", say("Drawn order"))]
        settings.append(fields.select(f"{path}/order", say("Order of items"), orders))
    elif kind == "points":
        settings.append(fields.line(f"{path}/total", say("Points to be spread"), kind="number"))
        settings.append(fields.several(f"{path}/dimensions", say("Over"), fields.dimensions(), all_if_none=True))
    moments = [("any", say("at any time")), ("before", say("before the service")), ("after", say("after the service"))]
    settings += [
        fields.select(f"{path}/moment", say("Asked"), moments),
        fields.line(f"{path}/columns", say("Names of the data columns"), _column_hint(kind)),
        fields.tick(f"{path}/optional", say("May be left out")),
    ]
    if kind == "choice":
        settings.append(fields.tick(f"{path}/distinct", say("No option twice")))
    if keys.index(key):
        settings.append(_together(fields, key, keys))
    return build_part(
        fields,
        path,
        fields.named("batteries", key),
        keys,
        note=say.say(BATTERY_KINDS.get(kind, kind)),
        fields_=tuple(settings),
        rows=(
            fields.texts(f"batteries/{key}/title", say("Heading")),
            fields.texts(f"batteries/{key}/instruction", say("Instruction"), long=True),
            fields.texts(f"batteries/{key}/short", say("Short name")),
        ),
        conditions=f"{path}/asked_if",
    )


def _column_hint(kind: str) -> str:
    return {"rating": "{number:02d} {item} {dimension}", "points": "{dimension}"}.get(kind, "{item}")


def _together(fields: Fields, key: str, keys: list[str]) -> FieldView:
    above = keys[keys.index(key) - 1]
    pages = fields.definition.get("pages") or []
    chosen = any(key in page and above in page for page in pages if isinstance(page, list))
    name = f"definition/pages|{key}"
    label = fields.say("On one page with the battery above")
    return FieldView(name, element_id(name), label, "tick", values=("1",) if chosen else ())


def questions(fields: Fields) -> SectionView:
    """Questions with options, and open fields."""
    say, definition = fields.say, fields.definition
    parts: list[PartView] = []
    adds: list[Act] = []
    for battery in [key for key, one in definition.get("batteries", {}).items() if one.get("kind") == "choice"]:
        keys = ids_in(definition["batteries"][battery], "items")
        name = fields.named("batteries", battery)
        parts += [
            _question(fields, battery, item, keys, name)
            for owner, item in choice_items(fields.content)
            if owner == battery
        ]
        adds.append(Act(say("Add a question to “{battery}”", battery=name), f"add:questions:{battery}"))
    if not adds:
        adds.append(Act(say("Add a question with options"), "add:batteries:choice"))
    comments = ids_in(definition, "comments")
    forms = [("text", say("Any text")), ("number", say("A number")), ("date", say("A date")), ("time", say("A time"))]
    for key in comments:
        path = f"definition/comments/{key}"
        parts.append(
            build_part(
                fields,
                path,
                fields.named("comments", key),
                comments,
                note=say("Open field"),
                fields_=(
                    fields.select(f"{path}/form", say("Takes"), forms),
                    fields.line(f"{path}/max_length", say("Longest text"), kind="number"),
                    fields.tick(f"{path}/required", say("Must be filled in")),
                ),
                rows=(fields.texts(f"comments/{key}", say("Question"), long=True),),
                conditions=f"{path}/asked_if",
            )
        )
    return SectionView(tuple(parts), (*adds, Act(say("Add an open field"), "add:comments")))


def _question(fields: Fields, battery: str, item: Mapping[str, Any], keys: list[str], name: str) -> PartView:
    say, key = fields.say, item["id"]
    options = item.get("options") or []
    rows = [fields.texts(f"choices/{key}/wording", say("Question"))]
    rows += [
        fields.texts(f"choices/{key}/options/{option}", say("Option {n}", n=place))
        for place, option in enumerate(options, 1)
    ]
    acts = [Act(say("Add an option"), f"option+:{key}")]
    acts += [
        Act(say("Take “{option}” away", option=_option_name(fields, key, option)), f"option-:{key}:{option}")
        for option in options
    ]
    return build_part(
        fields,
        f"definition/batteries/{battery}/items/{key}",
        fields.named("choices", key),
        keys,
        note=name if options else say("{battery}; offers the dimensions", battery=name),
        rows=tuple(rows),
        acts=tuple(acts),
        conditions=f"definition/batteries/{battery}/items/{key}/asked_if",
    )


def _option_name(fields: Fields, question: str, option: str) -> str:
    texts = fields.content["texts"].get(fields.locales[0], {})
    return str(texts.get("choices", {}).get(question, {}).get("options", {}).get(option) or option)
