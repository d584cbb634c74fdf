"""The fields of the editor: one for each value of a draft, with what is wrong with it; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from servq.drafts.checking import FoundProblem
from servq.drafts.content import SEPARATOR, Content, Value, ids_in, values_of
from servq.drafts.parts import rating_batteries
from servq.drafts.reading import PART, asked_answers, default_of, group_lines, path_lines
from servq.translation import Translator
from servq.web.answer.editions import language
from servq.web.manage.library.problem_words import problem_said

Options = tuple[tuple[str, str], ...]

LONG_TEXT = 60
"""A text with more characters gets a field of several lines."""

_SHAPING = frozenset({"low", "high", "not_applicable", "batteries", "groups", "audiences"})
_PLACE = re.compile(r"^[\w.*-]+ (?=(?:is|has|must|needs) )")


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field.

    Parameters
    ----------
    name
        Path of the value, or path and part.
    kind
        line, area, number, tick, select or several.
    values
        What is chosen, for a tick or several.
    shapes
        Whether other fields come and go with it, so that the page is built anew when it changes.
    """

    name: str
    id: str
    label: str
    kind: str
    value: str = ""
    values: tuple[str, ...] = ()
    options: Options = ()
    hint: str = ""
    problems: tuple[str, ...] = ()
    lang: str = ""
    dir: str = ""
    shapes: bool = False


@dataclass(frozen=True, slots=True)
class TextRow:
    """One text in the languages that are shown, beside each other."""

    label: str
    cells: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class ConditionView:
    """One condition of a skip rule: the item, and the answers of which one must have been given."""

    of: FieldView
    answers: FieldView


@dataclass(frozen=True, slots=True)
class Act:
    """A button that changes the parts of a draft; `do` names what it does."""

    label: str
    do: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the draft: its settings, its texts, its skip rule, and what it consists of."""

    path: str
    id: str
    title: str
    key: str = ""
    note: str = ""
    fields: tuple[FieldView, ...] = ()
    rows: tuple[TextRow, ...] = ()
    conditions: tuple[ConditionView, ...] = ()
    children: tuple[PartView, ...] = ()
    acts: tuple[Act, ...] = ()
    moves: bool = False
    removes: bool = False
    is_first: bool = False
    is_last: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionView:
    """One page of the editor."""

    parts: tuple[PartView, ...]
    adds: tuple[Act, ...] = ()
    problems: tuple[str, ...] = ()
    field_ids: frozenset[str] = field(default_factory=frozenset)


def element_id(path: str) -> str:
    """Return a path as the id of an element."""
    return path.replace(SEPARATOR, "--").replace("*", "all").replace(PART, "-of-").replace(".", "-")


def said(problem: FoundProblem, say: Translator) -> str:
    """Return a problem as it is said beside its field: without the place, which is seen."""
    message = _PLACE.sub("This ", problem.message)
    return f"{problem_said(say, message)} {problem_said(say, problem.fix)}".strip()


class Fields:
    """Makes the fields of one draft in the reader's language.

    Parameters
    ----------
    locales
        Languages whose texts are shown beside each other.
    """

    def __init__(
        self, say: Translator, content: Content, problems: Sequence[FoundProblem], locales: Sequence[str]
    ) -> None:
        self.say = say
        self.content = content
        self.definition = content["definition"]
        self.locales = tuple(locales)
        self._values = values_of(content)
        self._problems: dict[str, list[str]] = {}
        for problem in problems:
            self._problems.setdefault(problem.path, []).append(said(problem, say))
        self.taken: set[str] = set()

    def problems(self, path: str) -> tuple[str, ...]:
        """Return what is wrong with a value or a part."""
        self.taken.add(path)
        return tuple(self._problems.get(path, ()))

    def left_over(self, prefixes: Sequence[str]) -> tuple[str, ...]:
        """Return what is wrong with values that have no field on a page, of those below some paths."""
        return tuple(
            sentence
            for path, sentences in self._problems.items()
            if path not in self.taken and any(f"{path}/".startswith(f"{prefix}/") for prefix in prefixes)
            for sentence in sentences
        )

    def value(self, path: str) -> Value:
        """Return what a value is, its default where it is left out."""
        found = self._values.get(path)
        return default_of(self.content, path) if found is None else found

    def line(self, path: str, label: str, hint: str = "", kind: str = "line") -> FieldView:
        """Return a field for a text or a number."""
        value = self.value(path)
        shown = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        return self._view(path, label, kind, value=shown, hint=hint)

    def tick(self, path: str, label: str, hint: str = "") -> FieldView:
        """Return a field for yes or no."""
        chosen = ("1",) if self.value(path) is True else ()
        return self._view(path, label, "tick", values=chosen, hint=hint)

    def select(self, path: str, label: str, options: Sequence[tuple[str, str]], hint: str = "") -> FieldView:
        """Return a field for one of several."""
        value = self.value(path)
        shown = "" if value is None else str(value)
        known = tuple(options) if shown in {key for key, _ in options} else (*options, (shown, shown))
        return self._view(path, label, "select", value=shown, options=known, hint=hint)

    def several(self, path: str, label: str, options: Sequence[tuple[str, str]], *, all_if_none: bool) -> FieldView:
        """Return a field for any number of several."""
        value = self._values.get(path)
        if value is None:
            chosen = tuple(key for key, _ in options) if all_if_none else ()
        else:
            chosen = tuple(map(str, value)) if isinstance(value, list) else ()
        return self._view(path, label, "several", values=chosen, options=tuple(options))

    def evidence(self, path: str, label: str) -> FieldView:
        """Return a field for the photo that assessors add."""
        value = self._values.get(path)
        say = self.say
        options = [("", say("no photo")), ("optional", say("may add a photo")), ("required", say("must add a photo"))]
        shown = "" if value is None else "required" if value == {"required": True} else "optional"
        if value not in (None, {}, {"required": True}):
            options.append(("keep", say("as in the file")))
            shown = "keep"
        return self._view(path, label, "select", value=shown, options=tuple(options))

    def lines(self, path: str, label: str, hint: str) -> FieldView:
        """Return a field for paths of a model or groups of points, one on a line."""
        write = path_lines if path.endswith("paths") else group_lines
        return self._view(path, label, "area", value=write(self._values.get(path)), hint=hint)

    def texts(self, below: str, label: str, *, long: bool = False) -> TextRow:
        """Return one text in the languages shown; `below` is its path within a language."""
        cells = []
        for locale in self.locales:
            path = f"texts/{locale}/{below}"
            value = str(self._values.get(path) or "")
            kind = "area" if long or len(value) > LONG_TEXT else "line"
            spoken = language(locale)
            cells.append(
                self._view(path, f"{label} ({spoken.name})", kind, value=value, lang=locale, dir=spoken.direction)
            )
        return TextRow(label, tuple(cells))

    def conditions(self, path: str) -> tuple[ConditionView, ...]:
        """Return the skip rule of a part, with one more condition to be added."""
        asked = self._values.get(path) or []
        entries: list[dict[str, Any]] = [*asked, {}] if isinstance(asked, list) else [{}]
        options = self._asked_before()
        if len(options) < 2 and not asked:
            return ()
        found = []
        for place, entry in enumerate(entries):
            of = f"{entry['battery']}/{entry['item']}" if entry else ""
            answers = self._answer_options(entry) if entry else ()
            chosen = tuple(map(str, (*(entry.get("points") or ()), *(entry.get("options") or ()))))
            missing = tuple((one, one) for one in chosen if one not in {key for key, _ in answers})
            source = self._view(
                f"{path}{PART}{place}.of",
                self.say("Asked only if") if place == 0 else self.say("and if"),
                "select",
                value=of,
                options=options if of in {key for key, _ in options} else (*options, (of, of)),
            )
            kind = self._view(
                f"{path}{PART}{place}.is",
                self.say("was answered with"),
                "several",
                values=chosen,
                options=(*answers, *missing),
            )
            found.append(ConditionView(source, kind))
        return tuple(found)

    def worded(self) -> list[str]:
        """Return every text in every language."""
        return [value for path, value in self._values.items() if path.startswith("texts/") and isinstance(value, str)]

    def named(self, part: str, key: str) -> str:
        """Return what a part is called in the first language shown, or its id."""
        texts = self.content["texts"].get(self.locales[0], {}) if self.locales else {}
        words = texts.get(part, {}).get(key)
        name = ""
        if isinstance(words, dict):
            name = words.get("name") or words.get("short") or words.get("title") or words.get("wording") or ""
            if part == "items":
                name = next((text for text in words.values() if text), "")
        elif isinstance(words, str):
            name = words
        return name if isinstance(name, str) and name else key

    def rated(self) -> Options:
        """Return the rating batteries to choose from."""
        return tuple((key, self.named("batteries", key)) for key in rating_batteries(self.definition))

    def dimensions(self) -> Options:
        """Return the dimensions to choose from."""
        return tuple((key, self.named("dimensions", key)) for key in ids_in(self.definition, "dimensions"))

    def _asked_before(self) -> Options:
        options = [("", self.say("always asked"))]
        for battery, held in self.definition.get("batteries", {}).items():
            if held.get("kind") == "choice":
                items = [(one, self.named("choices", one)) for one in ids_in(held, "items")]
            elif held.get("kind") == "rating":
                items = [
                    (item["id"], f"{item.get('number', '')} {self.named('items', item['id'])}")
                    for item in self.definition.get("items", [])
                    if item.get("batteries") is None or battery in item["batteries"]
                ]
            else:
                continue
            name = self.named("batteries", battery)
            options += [(f"{battery}/{key}", f"{name}: {label}"[:90]) for key, label in items]
        return tuple(options)

    def _answer_options(self, entry: dict[str, Any]) -> Options:
        battery, item = str(entry.get("battery")), str(entry.get("item"))
        texts = self.content["texts"].get(self.locales[0], {}) if self.locales else {}
        labels = texts.get("choices", {}).get(item, {}).get("options", {})
        names = dict(self.dimensions())
        answers = asked_answers(self.content, battery, item)
        return tuple((one, labels.get(one) or names.get(one) or one) for one in answers)

    def _view(self, name: str, label: str, kind: str, **more: Any) -> FieldView:
        path = name.partition(PART)[0]
        problems = self.problems(path) if PART not in name or name.endswith("|0.of") else ()
        shapes = name.endswith(".of") or (path.rpartition(SEPARATOR)[2] in _SHAPING and not path.startswith("texts"))
        return FieldView(name, element_id(name), label, kind, problems=problems, shapes=shapes, **more)


def build_part(
    fields: Fields,
    path: str,
    title: str,
    keys: list[str],
    *,
    key: str = "",
    note: str = "",
    fields_: tuple[FieldView, ...] = (),
    rows: tuple[TextRow, ...] = (),
    acts: tuple[Act, ...] = (),
    conditions: str = "",
    moves: bool = True,
) -> PartView:
    """Return a part that may be moved among its neighbours, whose ids are `keys`, and removed."""
    own = path.rpartition("/")[2]
    return PartView(
        path,
        element_id(path),
        title,
        key=key or own,
        note=note,
        fields=fields_,
        rows=rows,
        conditions=fields.conditions(conditions) if conditions else (),
        acts=acts,
        moves=moves and len(keys) > 1,
        removes=True,
        is_first=keys[0] == own,
        is_last=keys[-1] == own,
        problems=(*fields.problems(path), *fields.problems(f"{path}/id")),
    )
