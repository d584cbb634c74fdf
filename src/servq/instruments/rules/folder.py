"""Rules on an instrument's folder as part of a registry: its name, its source note, and no other files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from servq.errors import Problem
from servq.instruments.sources import DEFINITION_FILE, SOURCE_FILE, Source, text_file


def folder_is_named_after_the_id(source: Source) -> Iterator[Problem]:
    """The folder's name is the instrument's id."""
    name = source.folder.resolve().name
    if name != source.definition.id:
        message = f'The id "{source.definition.id}" differs from the name of the folder, "{name}".'
        yield source.problem(("id",), message, f"Write id: {name}, or rename the folder.")


def source_note_is_filled(source: Source) -> Iterator[Problem]:
    """SOURCE.md exists, is readable and has content."""
    path = source.folder / SOURCE_FILE
    if not path.is_file():
        fix = f"Add {SOURCE_FILE}: citation, rights, and what each item measures."
        yield source.folder_problem(SOURCE_FILE, "There is no such file.", fix)
        return
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        yield source.folder_problem(SOURCE_FILE, "The file is not UTF-8.", "Save it as UTF-8.", 1)
        return
    if not text.strip():
        yield source.folder_problem(SOURCE_FILE, "The file is empty.", "Write citation, rights and constructs.", 1)


def source_note_names_the_publication(source: Source) -> Iterator[Problem]:
    """SOURCE.md names first author and year of the main publication."""
    path = source.folder / SOURCE_FILE
    text = path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else ""
    if not text.strip():
        return
    main = source.definition.citation[0]
    author = re.split(r"[,;&\s]", main.authors.strip())[0]
    missing = [part for part in (author, str(main.year)) if part not in text]
    if missing:
        message = f"The file does not name {' and '.join(missing)} of the first citation in {DEFINITION_FILE}."
        yield source.folder_problem(SOURCE_FILE, message, "Add the citation.", 1)


def folder_has_no_stray_files(source: Source) -> Iterator[Problem]:
    """The folder holds the instrument's files and nothing else."""
    expected = {DEFINITION_FILE, SOURCE_FILE, *map(text_file, source.definition.locales), *map(text_file, source.texts)}
    for path in sorted(source.folder.iterdir()):
        if path.name not in expected:
            message = "The file does not belong to an instrument."
            yield source.folder_problem(path.name, message, "Move it elsewhere, or delete it.")
