"""How one survey differs from its instrument: other words, parts left out, choices and comments of its own. Pure.

What may differ is decided by the rules of adaptations, which every adapted instrument obeys; this module only says a
survey's wishes in their format, and leads each problem back to the field in which the wish was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from servq.errors import InstrumentInvalid, Problem, RequestInvalid
from servq.instruments.adaptation import AdaptationFile
from servq.instruments.adapting import adapt_checked
from servq.instruments.model import Instrument
from servq.instruments.sources import read_content
from servq.instruments.yaml_reading import Document, ValuePath

MOST_CHOICES = 20
MOST_OPTIONS = 30
MOST_COMMENTS = 10
LONGEST_COMMENT = 2000

OWN_BATTERY = "own_choices"
"""Battery of the choices that a survey adds."""

SEPARATOR = "/"

Say = Callable[[str, str], str]
"""Gives a sentence of the interface in a language."""


class OwnOption(Struct, frozen=True, kw_only=True):
    """One option of a choice, by language."""

    id: str
    label: dict[str, str]


class OwnChoice(Struct, frozen=True, kw_only=True):
    """One choice that a survey adds, such as an age group, by language."""

    id: str
    wording: dict[str, str]
    options: tuple[OwnOption, ...]


class OwnComment(Struct, frozen=True, kw_only=True):
    """One open question that a survey adds, by language."""

    id: str
    wording: dict[str, str]


class OwnQuestions(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a survey differs from its instrument.

    Parameters
    ----------
    locales
        Languages in which it is asked; all of the instrument's when empty.
    left_out
        Ids of items, batteries and comments that are not asked.
    wording
        By language and path (``items/rel_1/perception``, ``introduction``) the words that replace those of the
        instrument.
    """

    locales: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    wording: dict[str, Annotated[dict[str, str], Meta(description="Words by path.")]] = {}
    choices: tuple[OwnChoice, ...] = ()
    comments: tuple[OwnComment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the instrument is asked as it is."""
        return self == OwnQuestions()


def own_instrument(base: Instrument, own: OwnQuestions, *, survey_id: int, title: str, say: Say) -> Instrument:
    """Return the questionnaire of a survey.

    Parameters
    ----------
    base
        What the survey uses.
    say
        The interface's sentences, for the heading above the choices that are added.

    Raises
    ------
    RequestInvalid
        It breaks a rule; `Problem.column` is ``choices``, ``comments``, ``left_out``, ``locales`` or
        ``wording/<language>/<path>``.
    """
    if own.is_empty:
        return base
    plain = _adaptation(base, own, survey_id=survey_id, title=title, say=say)
    document = _numbered(plain)
    content, problems = read_content(document, "adaptation", AdaptationFile)
    if content is not None:
        try:
            return adapt_checked(base, [], content, document, Path("survey"))
        except InstrumentInvalid as invalid:
            problems = list(invalid.problems)
    paths = {line: path for path, line in document.lines.items()}
    raise RequestInvalid(
        [Problem(each.message, each.fix, column=_field(paths.get(each.line or 1, ()), own)) for each in problems]
    )


def words_of(base: Instrument, locale: str) -> dict[str, str]:
    """Return every text of an instrument that a survey may reword, by path, in the order in which it is asked."""
    texts = base.texts_in(locale)
    found = {"title": texts.title, "introduction": texts.introduction}
    for battery_id in base.definition.batteries:
        found[f"batteries/{battery_id}/title"] = texts.batteries[battery_id].title
        found[f"batteries/{battery_id}/instruction"] = texts.batteries[battery_id].instruction
        for part in base.asked_in(battery_id):
            if part in texts.items:
                found[f"items/{part}/{battery_id}"] = texts.items[part].get(battery_id) or texts.items[part]["*"]
    for comment in base.definition.comments:
        found[f"comments/{comment.id}"] = texts.comments[comment.id]
    found["thanks"] = texts.thanks
    return found


def _adaptation(base: Instrument, own: OwnQuestions, *, survey_id: int, title: str, say: Say) -> dict[str, Any]:
    """Return the content of the adaptation file that a person would write for the same."""
    locales = own.locales or base.definition.locales
    batteries, items = set(base.definition.batteries), {item.id for item in base.definition.items}
    comments = {comment.id for comment in base.definition.comments}
    return {
        "adapts": base.id,
        "id": f"{base.id[:40]}-survey-{survey_id}",
        "version": "1",
        "title": base.definition.title,
        "note": f'Adapted for the survey "{title}".',
        "locales": list(locales),
        "drop": {
            "batteries": [part for part in own.left_out if part in batteries],
            "comments": [part for part in own.left_out if part in comments],
            "items": [part for part in own.left_out if part in items],
        },
        "batteries": _battery(own),
        "comments": [{"id": comment.id, "max_length": LONGEST_COMMENT} for comment in own.comments],
        "texts": {locale: _texts(own, locale, locales[0], say) for locale in locales},
    }


def _battery(own: OwnQuestions) -> dict[str, Any]:
    if not own.choices:
        return {}
    items = [{"id": choice.id, "options": [option.id for option in choice.options]} for choice in own.choices]
    return {OWN_BATTERY: {"kind": "choice", "columns": "{item}", "optional": True, "items": items}}


def _texts(own: OwnQuestions, locale: str, first: str, say: Say) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for path, words in own.wording.get(locale, {}).items():
        _put(texts, path.split(SEPARATOR), words)
    for part in ("items", "batteries", "comments"):
        kept = {key: value for key, value in texts.get(part, {}).items() if key not in own.left_out}
        texts = {**texts, part: kept} if kept else {key: value for key, value in texts.items() if key != part}
    if own.choices:
        heading = {
            "title": say(locale, "A few questions about you"),
            "instruction": say(locale, "Answers are only reported for groups of people."),
            "short": say(locale, "About you"),
        }
        texts.setdefault("batteries", {})[OWN_BATTERY] = heading
        texts["choices"] = {
            choice.id: {
                "wording": _escaped(_said(choice.wording, locale, first)),
                "options": {option.id: _escaped(_said(option.label, locale, first)) for option in choice.options},
            }
            for choice in own.choices
        }
    if own.comments:
        added = {comment.id: _escaped(_said(comment.wording, locale, first)) for comment in own.comments}
        texts["comments"] = {**texts.get("comments", {}), **added}
    return texts


def _said(words: Mapping[str, str], locale: str, first: str) -> str:
    """Return a text in a language, or where there is none in the first language that has one."""
    return words.get(locale) or words.get(first) or next((text for text in words.values() if text), "")


def _escaped(text: str) -> str:
    """Return text in which braces are braces: what a survey adds has no placeholders."""
    return text.replace("{", "{{").replace("}", "}}")


def _put(texts: dict[str, Any], steps: list[str], words: str) -> None:
    for step in steps[:-1]:
        texts = texts.setdefault(step, {})
    texts[steps[-1]] = words


def _numbered(content: dict[str, Any]) -> Document:
    """Give each value a line of its own, so that the line of a problem leads back to the value."""
    lines: dict[ValuePath, int] = {}

    def number(value: Any, path: ValuePath) -> None:
        lines[path] = len(lines) + 1
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in entries:
            number(inner, (*path, key))

    number(content, ())
    return Document("survey", content, lines)


def _field(path: ValuePath, own: OwnQuestions) -> str:
    """Return the field in which the value at a path was written."""
    steps = [str(step) for step in path]
    if steps[:1] == ["drop"]:
        return "left_out"
    if steps[:1] == ["texts"] and len(steps) > 2:
        worded = SEPARATOR.join(steps[2:])
        if worded in own.wording.get(steps[1], {}):
            return SEPARATOR.join(("wording", steps[1], worded))
        added = {"choices": [each.id for each in own.choices], "comments": [each.id for each in own.comments]}
        return steps[2] if len(steps) > 3 and steps[3] in added.get(steps[2], ()) else ""
    return {"batteries": "choices", "comments": "comments", "locales": "locales"}.get(steps[0] if steps else "", "")
