"""The page of the editor on what is computed; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from servq.drafts.content import choice_items, ids_in
from servq.drafts.parts import SCORE_ROLES
from servq.instruments.score_kinds import RATING_ROLES
from servq.messages import Message
from servq.web.manage.library.fields import Act, Fields, FieldView, PartView, SectionView, build_part
from servq.web.manage.library.words import SCORE_KINDS

ROLES: Mapping[str, str] = {
    "battery": Message("Battery"),
    "perception": Message("Perception"),
    "expectation": Message("compared with"),
    "minimum": Message("Least acceptable level"),
    "desired": Message("Level wished for"),
    "perceived": Message("Level experienced"),
    "functional": Message("With the feature"),
    "dysfunctional": Message("Without the feature"),
    "importance": Message("Importance of each item"),
}


def scores(fields: Fields) -> SectionView:
    """Scores, the rule for missing answers, and scores by groups."""
    say, definition = fields.say, fields.definition
    keys = ids_in(definition, "scores")
    parts = [_score(fields, score, keys) for score in definition.get("scores", [])]
    missing = PartView(
        "definition/missing",
        "missing",
        say("Missing answers"),
        fields=(
            fields.line(
                "definition/missing/minimum_share",
                say("Least share of a dimension’s items that must be answered"),
                kind="number",
            ),
        ),
        problems=fields.problems("definition/missing"),
    )
    breakdowns = ids_in(definition, "breakdowns")
    splits = [_breakdown(fields, entry, breakdowns) for entry in definition.get("breakdowns", [])]
    adds = [Act(say("Add: {kind}", kind=say.say(name)), f"add:scores:{key}") for key, name in SCORE_KINDS.items()]
    return SectionView(
        (*parts, missing, *splits), (*adds, Act(say("Add: scores by groups of answers"), "add:breakdowns"))
    )


def _score(fields: Fields, score: Mapping[str, Any], keys: list[str]) -> PartView:
    say, key, kind = fields.say, score["id"], score.get("kind", "")
    path = f"definition/scores/{key}"
    points = [("", say("not weighted"))] + [
        (one, fields.named("batteries", one))
        for one, held in fields.definition.get("batteries", {}).items()
        if held.get("kind") == "points"
    ]
    roles = [*SCORE_ROLES.get(kind, ()), *(("weights",) if kind in _WEIGHTED else ())]
    roles += ["importance"] if kind == "mean" else []
    settings = [_role(fields, path, role, points) for role in roles]
    return build_part(
        fields,
        path,
        say.say(SCORE_KINDS.get(kind, kind)),
        keys,
        key=key,
        note=say("Headline of every report") if keys[0] == key else "",
        fields_=tuple(settings),
    )


_WEIGHTED = frozenset({"gap", "mean", "tolerance", "managers_view"})


def _role(fields: Fields, path: str, role: str, points: list[tuple[str, str]]) -> FieldView:
    say, name = fields.say, f"{path}/{role}"
    if role in RATING_ROLES:
        options = (("", say("not asked")), *fields.rated()) if role == "importance" else fields.rated()
        return fields.select(name, say.say(ROLES[role]), options)
    make: Mapping[str, Callable[[], FieldView]] = {
        "weights": lambda: fields.select(name, say("Weighted by"), points),
        "item": lambda: fields.select(
            name, say("Item"), [(key, fields.named("items", key)[:80]) for key in ids_in(fields.definition, "items")]
        ),
        "batteries": lambda: fields.several(name, say("Batteries that count"), fields.rated(), all_if_none=False),
        "target": lambda: fields.select(name, say("Dimension to be explained"), fields.dimensions()),
        "paths": lambda: fields.lines(
            name, say("Paths"), say("One line for each dimension: image → expectations, value")
        ),
        "boxes": lambda: fields.line(name, say("Points that count, from the good end"), kind="number"),
        "gap": lambda: fields.line(name, say("Gap"), kind="number"),
    }
    return make[role]()


def _breakdown(fields: Fields, entry: Mapping[str, Any], keys: list[str]) -> PartView:
    say, key = fields.say, entry["id"]
    path = f"definition/breakdowns/{key}"
    batteries = [(one, fields.named("batteries", one)) for one in ids_in(fields.definition, "batteries")]
    items = [(one, fields.named("items", one)[:80]) for one in ids_in(fields.definition, "items")]
    items += [(item["id"], fields.named("choices", item["id"])[:80]) for _, item in choice_items(fields.content)]
    groups = entry.get("groups")
    named = list(groups) if isinstance(groups, dict) else []
    return build_part(
        fields,
        path,
        say("Scores by groups of answers"),
        keys,
        key=key,
        fields_=(
            fields.select(f"{path}/score", say("Score"), [(one, one) for one in ids_in(fields.definition, "scores")]),
            fields.select(f"{path}/battery", say("Battery"), batteries),
            fields.select(f"{path}/item", say("Item that forms the groups"), items),
            fields.lines(f"{path}/groups", say("Groups of points"), say("One line for each group: easy: 6, 7")),
        ),
        rows=tuple(fields.texts(f"groups/{key}/{group}", say("Name of {group}", group=group)) for group in named),
    )
