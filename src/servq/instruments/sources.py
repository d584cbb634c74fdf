"""One instrument folder as read: typed content beside the documents that know the lines.

Reading stops at what makes a file unreadable or unlike the format; what the content means is judged by ``rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from servq.errors import Problem
from servq.instruments.model import Definition, Instrument, Texts
from servq.instruments.structure import FileKind, structural_problems
from servq.instruments.yaml_reading import Document, ValuePath, read_yaml

DEFINITION_FILE = "instrument.yaml"
SOURCE_FILE = "SOURCE.md"
RENAMED_FILE = "renamed.yaml"

_Content = TypeVar("_Content", bound=msgspec.Struct)


@dataclass(frozen=True)
class Source:
    """An instrument folder whose files could be read.

    Parameters
    ----------
    folder
        The folder.
    definition
        Content of instrument.yaml.
    definition_document
        The same with its lines.
    texts
        Content of each text file by the locale in its name.
    text_documents
        The same with their lines.
    """

    folder: Path
    definition: Definition
    definition_document: Document
    texts: Mapping[str, Texts] = field(default_factory=dict)
    text_documents: Mapping[str, Document] = field(default_factory=dict)

    def instrument(self) -> Instrument:
        """Put definition and texts together, texts in the order of the definition's locales."""
        return Instrument(
            definition=self.definition, texts={locale: self.texts[locale] for locale in self.definition.locales}
        )

    def problem(self, path: ValuePath, message: str, fix: str) -> Problem:
        """Make a problem in instrument.yaml."""
        return self.definition_document.problem(path, message, fix)

    def text_problem(self, locale: str, path: ValuePath, message: str, fix: str) -> Problem:
        """Make a problem in a text file."""
        return self.text_documents[locale].problem(path, message, fix)

    def folder_problem(self, name: str, message: str, fix: str, line: int | None = None) -> Problem:
        """Make a problem with a file of the folder as such."""
        return Problem(message, fix, file=str(self.folder / name), line=line)


def text_file(locale: str) -> str:
    """Name of the text file of a locale."""
    return f"text.{locale}.yaml"


def read_source(folder: Path) -> tuple[Source | None, list[Problem]]:
    """Read an instrument folder.

    Returns
    -------
    tuple
        The source, None when a file is unreadable or unlike the format; and the problems that made it so.
    """
    document = read_yaml(folder / DEFINITION_FILE)
    definition, problems = read_content(document, "instrument", Definition)
    text_documents: dict[str, Document] = {}
    texts: dict[str, Texts] = {}
    for path in sorted(folder.glob(text_file("*"))):
        locale = path.name.removeprefix("text.").removesuffix(".yaml")
        text_documents[locale] = read_yaml(path)
        content, found = read_content(text_documents[locale], "texts", Texts)
        problems += found
        if content is not None:
            texts[locale] = content
    if definition is None or problems:
        return None, problems
    return Source(folder, definition, document, texts, text_documents), []


def read_content(document: Document, kind: FileKind, struct: type[_Content]) -> tuple[_Content | None, list[Problem]]:
    """Turn a document into a struct, or into all reasons why it is none."""
    if document.problems:
        return None, list(document.problems)
    try:
        return msgspec.convert(document.content, struct, str_keys=True), []
    except msgspec.ValidationError as error:
        problems = structural_problems(document, kind)
        return None, problems or [document.problem((), f"{error}.", "Correct the value.")]
