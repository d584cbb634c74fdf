"""The pages of the editor, put together from fields; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from servq.drafts.content import ids_in
from servq.drafts.parts import EVERY_BATTERY, rating_batteries
from servq.messages import Message
from servq.web.answer.editions import language
from servq.web.manage.library import asking_sections, score_sections
from servq.web.manage.library.fields import (
    Act,
    Fields,
    FieldView,
    PartView,
    SectionView,
    TextRow,
    build_part,
    element_id,
)
from servq.web.manage.library.words import AUDIENCES, FIELDS, STATUSES, WORDINGS

SECTIONS: Mapping[str, str] = {
    "about": Message("About"),
    "dimensions": Message("Dimensions"),
    "items": Message("Items"),
    "scales": Message("Scales"),
    "batteries": Message("Batteries"),
    "questions": Message("Questions and fields"),
    "scores": Message("Scores"),
}
"""The pages of the editor in their order."""

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]*)\}")


def section_of(path: str) -> str:
    """Return the page of the editor on which a value stands."""
    steps = path.split("/")
    part = steps[1] if steps[0] == "definition" and len(steps) > 1 else steps[2] if len(steps) > 2 else ""
    if steps[:2] == ["definition", "batteries"] and len(steps) > 3 and steps[3] == "items":
        return "questions"
    return {
        "dimensions": "dimensions",
        "items": "items",
        "scales": "scales",
        "batteries": "batteries",
        "pages": "batteries",
        "choices": "questions",
        "comments": "questions",
        "scores": "scores",
        "breakdowns": "scores",
        "groups": "scores",
        "missing": "scores",
    }.get(part, "about")


def build_section(fields: Fields, section: str) -> SectionView:
    """Return one page of the editor."""
    return _BUILDERS[section](fields)


def _about(fields: Fields) -> SectionView:
    say, definition = fields.say, fields.definition
    general = PartView(
        "definition",
        "general",
        say("In general"),
        fields=(
            fields.line("definition/title", say("Title"), say("In English, as lists show it.")),
            fields.line("definition/field", say("Meant for"), say("What kind of service, in a few words.")),
            fields.several(
                "definition/used_in",
                say("Found under"),
                [(key, say.say(name)) for key, name in FIELDS.items()],
                all_if_none=False,
            ),
            fields.several(
                "definition/audiences",
                say("Answered by"),
                [(key, say.say(name)) for key, name in AUDIENCES.items()],
                all_if_none=False,
            ),
            fields.select(
                "definition/status", say("Structure"), [(key, say.say(words[0])) for key, words in STATUSES.items()]
            ),
        ),
    )
    words = PartView(
        "texts",
        "words",
        say("First and last words"),
        rows=(
            fields.texts("title", say("Heading")),
            fields.texts("introduction", say("First words"), long=True),
            fields.texts("thanks", say("Last words"), long=True),
            fields.texts("consent", say("Consent asked for"), long=True),
            *(
                fields.texts(f"placeholders/{name}", say("Default for {placeholder}", placeholder=f"{{{name}}}"))
                for name in _placeholders(fields)
            ),
        ),
        note=say("Words in braces, such as {{organisation}}, are filled in by each survey."),
    )
    languages = PartView(
        "definition/locales",
        "languages",
        say("Languages"),
        fields=tuple(
            fields.tick(
                f"texts/{locale}/validated", say("{language}: validated wording", language=language(locale).name)
            )
            for locale in definition.get("locales", [])
        ),
        acts=tuple(
            Act(say("Take {language} away", language=language(locale).name), f"language-:{locale}")
            for locale in definition.get("locales", [])[1:]
        ),
        problems=fields.problems("definition/locales"),
    )
    rights = PartView(
        "definition/rights",
        "rights",
        say("Rights"),
        fields=(
            fields.line("definition/rights/holder", say("Who holds rights")),
            fields.select(
                "definition/rights/wording",
                say("Whose words these are"),
                [(key, say.say(name)) for key, name in WORDINGS.items()],
            ),
            fields.line("definition/rights/note", say("What users must know"), kind="area"),
        ),
        problems=fields.problems("definition/rights"),
    )
    return SectionView(
        (general, words, languages, rights, *_citations(fields)),
        (Act(say("Add a publication"), "add:citation"),),
    )


def _citations(fields: Fields) -> tuple[PartView, ...]:
    say = fields.say
    return tuple(
        PartView(
            f"definition/citation/{place}",
            element_id(f"definition/citation/{place}"),
            say("Publication {n}", n=place + 1),
            fields=(
                fields.line(f"definition/citation/{place}/authors", say("Authors")),
                fields.line(f"definition/citation/{place}/year", say("Year"), kind="number"),
                fields.line(f"definition/citation/{place}/title", say("Title of the publication")),
                fields.line(f"definition/citation/{place}/source", say("Journal or publisher")),
                fields.line(f"definition/citation/{place}/doi", say("DOI")),
            ),
            removes=True,
            problems=fields.problems(f"definition/citation/{place}"),
        )
        for place in range(len(fields.definition.get("citation", [])))
    )


def _dimensions(fields: Fields) -> SectionView:
    say = fields.say
    keys = ids_in(fields.definition, "dimensions")
    items = fields.definition.get("items", [])
    gaps = [("", say("none")), *((str(gap), say("gap {n}", n=gap)) for gap in (1, 2, 3, 4))]
    is_study = any(one.get("kind") == "antecedents" for one in fields.definition.get("scores", []))
    parts = tuple(
        build_part(
            fields,
            f"definition/dimensions/{key}",
            fields.named("dimensions", key),
            keys,
            note=say.counted("{n} item", "{n} items", sum(item.get("dimension") == key for item in items)),
            fields_=(fields.select(f"definition/dimensions/{key}/antecedent_of", say("Leads to"), gaps),)
            if is_study
            else (),
            rows=(
                fields.texts(f"dimensions/{key}/name", say("Name")),
                fields.texts(f"dimensions/{key}/description", say("What it covers")),
            ),
        )
        for key in keys
    )
    return SectionView(parts, (Act(say("Add a dimension"), "add:dimensions"),))


def _items(fields: Fields) -> SectionView:
    say, definition = fields.say, fields.definition
    keys = ids_in(definition, "items")
    parts = tuple(_item(fields, item, keys) for item in definition.get("items", []))
    adds = [Act(say("Add to “{dimension}”", dimension=name), f"add:items:{key}") for key, name in fields.dimensions()]
    return SectionView(parts, (*adds, Act(say("Add an item without a dimension"), "add:items:")))


def _item(fields: Fields, item: Mapping[str, Any], keys: list[str]) -> PartView:
    say, key = fields.say, item["id"]
    path = f"definition/items/{key}"
    rated = rating_batteries(fields.definition)
    asked = item.get("batteries") or rated
    kinds = {score.get("kind") for score in fields.definition.get("scores", [])}
    settings: list[FieldView] = [
        fields.line(f"{path}/number", say("Number"), kind="number"),
        fields.select(f"{path}/dimension", say("Dimension"), [("", say("none: stands alone")), *fields.dimensions()]),
    ]
    if len(rated) > 1:
        settings.append(fields.several(f"{path}/batteries", say("Asked in"), fields.rated(), all_if_none=True))
    if "checklist" in kinds or item.get("weight"):
        settings.append(fields.line(f"{path}/weight", say("Weight"), kind="number"))
    settings.append(fields.tick(f"{path}/reversed", say("Reverse-keyed")))
    if "assessor" in fields.definition.get("audiences", []) or "evidence" in item:
        settings.append(fields.evidence(f"{path}/evidence", say("Photo")))
    worded = _worded(fields, key)
    rows: list[TextRow] = []
    acts: tuple[Act, ...] = ()
    if EVERY_BATTERY in worded:
        rows.append(fields.texts(f"items/{key}/{EVERY_BATTERY}", say("Wording"), long=True))
        if len(asked) > 1:
            acts = (Act(say("Word it apart for each battery"), f"apart:{key}"),)
    names = dict(fields.rated())
    for battery in dict.fromkeys((*asked, *worded)):
        if battery == EVERY_BATTERY or (EVERY_BATTERY in worded and battery not in worded):
            continue
        label = names.get(battery, battery) if len(rated) > 1 else say("Wording")
        rows.append(fields.texts(f"items/{key}/{battery}", label, long=True))
    if EVERY_BATTERY not in worded and len(asked) > 1:
        acts = (Act(say("Word it alike in all batteries"), f"alike:{key}"),)
    return build_part(
        fields,
        path,
        f"{item.get('number', '')}. {fields.named('items', key)}",
        keys,
        fields_=tuple(settings),
        rows=tuple(rows),
        acts=acts,
    )


def _worded(fields: Fields, key: str) -> list[str]:
    texts = fields.content["texts"].values()
    return list(dict.fromkeys(battery for one in texts for battery in one.get("items", {}).get(key, {})))


def _placeholders(fields: Fields) -> list[str]:
    """Return the placeholders that have a default, and those that a text uses without one yet."""
    texts = fields.content["texts"].values()
    given = [name for one in texts for name in one.get("placeholders", {})]
    used = [name for text in fields.worded() for name in _PLACEHOLDER.findall(text)]
    return list(dict.fromkeys((*given, *used)))


_BUILDERS: Mapping[str, Callable[[Fields], SectionView]] = {
    "about": _about,
    "dimensions": _dimensions,
    "items": _items,
    "scales": asking_sections.scales,
    "batteries": asking_sections.batteries,
    "questions": asking_sections.questions,
    "scores": score_sections.scores,
}
