"""The problems of a draft, each at the value that it is about: the checks of ``servq instrument check``, nothing else.

Those tell a file and a line. Here each value is given a line of its own, so that the line leads back to the value.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from servq.drafts.content import SEPARATOR, Content
from servq.errors import Problem
from servq.instruments.model import Adaptation, Definition, Texts
from servq.instruments.rules import ADAPTED_RULES, broken
from servq.instruments.sources import DEFINITION_FILE, Source, read_content, text_file
from servq.instruments.yaml_reading import Document, ValuePath


@dataclass(frozen=True)
class FoundProblem:
    """A problem and the path of the value, or of the part, that it is about."""

    path: str
    message: str
    fix: str


def problems_of(content: Content, *, adapts: bool = False) -> list[FoundProblem]:
    """Return everything that keeps a draft from being published, in the order of its files.

    A draft that `adapts` another instrument may assign items to dimensions where that one left its structure open.
    """
    definition_document = _numbered(DEFINITION_FILE, content["definition"])
    documents = {locale: _numbered(text_file(locale), texts) for locale, texts in content["texts"].items()}
    found = _problems(definition_document, documents, adapts=adapts)
    places = {DEFINITION_FILE: ("definition", definition_document)} | {
        text_file(locale): (f"texts/{locale}", document) for locale, document in documents.items()
    }
    return [_placed(problem, places) for problem in found]


def _problems(definition_document: Document, documents: dict[str, Document], *, adapts: bool) -> list[Problem]:
    definition, problems = read_content(definition_document, "instrument", Definition)
    texts: dict[str, Texts] = {}
    for locale, document in documents.items():
        read, found = read_content(document, "texts", Texts)
        problems += found
        if read is not None:
            texts[locale] = read
    if definition is None or problems:
        return problems
    if adapts:
        definition = replace(definition, adaptation=Adaptation(of=definition.id, of_version=definition.version))
    source = Source(Path(definition.id), definition, definition_document, texts, documents)
    return broken(ADAPTED_RULES, source)


def _numbered(name: str, content: Any) -> Document:
    lines: dict[ValuePath, int] = {}

    def number(value: Any, path: ValuePath) -> None:
        lines[path] = len(lines) + 1
        entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in entries:
            number(inner, (*path, key))

    number(content, ())
    return Document(name, content, lines)


def _placed(problem: Problem, places: dict[str, tuple[str, Document]]) -> FoundProblem:
    start, document = places[problem.file or DEFINITION_FILE]
    at: ValuePath = next((path for path, line in document.lines.items() if line == problem.line), ())
    return FoundProblem(_by_ids(start, document.content, at), problem.message, problem.fix)


def _by_ids(start: str, content: Any, at: ValuePath) -> str:
    """Return a path that names entries of lists by their ids; what has none ends it."""
    steps, value = [start], content
    for step in at:
        value = value[step]
        if not isinstance(step, int):
            steps.append(step)
        elif isinstance(value, dict) and "id" in value:
            steps.append(str(value["id"]))
        elif steps[-1] == "citation":
            steps.append(str(step))
        else:
            break
    return SEPARATOR.join(steps)
