"""Rules on a registry as a whole: ids, titles, renamings and files beside the instruments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from servq.errors import Problem
from servq.instruments.sources import DEFINITION_FILE, RENAMED_FILE, Source
from servq.instruments.yaml_reading import Document


@dataclass(frozen=True)
class Registry:
    """A folder of instruments as read.

    Parameters
    ----------
    folder
        The folder.
    sources
        Every instrument that could be read, by the name of its folder.
    renamed
        The content of renamed.yaml, or None when there is no such file.
    """

    folder: Path
    sources: Mapping[str, Source]
    renamed: Document | None = None


def ids_are_unique_in_registry(registry: Registry) -> Iterator[Problem]:
    """No two instruments share an id."""
    owners: dict[str, str] = {}
    for name, source in registry.sources.items():
        first = owners.setdefault(source.definition.id, name)
        if first != name:
            message = f'The id "{source.definition.id}" belongs to {first}/ already.'
            yield source.problem(("id",), message, "Give the instrument its own id.")


def titles_are_unique_in_registry(registry: Registry) -> Iterator[Problem]:
    """No two instruments share a title."""
    owners: dict[str, str] = {}
    for name, source in registry.sources.items():
        first = owners.setdefault(source.definition.title.casefold(), name)
        if first != name:
            message = f'The title "{source.definition.title}" belongs to {first}/ already.'
            yield source.problem(("title",), message, "Say in the title what sets the instrument apart.")


def renamings_are_pairs_of_ids(registry: Registry) -> Iterator[Problem]:
    """renamed.yaml maps each old id to one new id."""
    if registry.renamed is None or registry.renamed.problems:
        return
    if not isinstance(registry.renamed.content, dict):
        yield registry.renamed.problem((), "The file is not a list of renamings.", "Write lines of old-id: new-id.")
        return
    for old, new in registry.renamed.content.items():
        if not isinstance(new, str):
            message = f'"{old}" is not renamed to an id.'
            yield registry.renamed.problem((old,), message, "Write old-id: new-id.")


def renamings_lead_to_instruments(registry: Registry) -> Iterator[Problem]:
    """Each new id in renamed.yaml belongs to an instrument, and no old id does."""
    for old, new in _renamings(registry):
        document = registry.renamed
        if document is None:
            return
        if (registry.folder / old / DEFINITION_FILE).is_file():
            message = f'"{old}" is an instrument and renamed at once.'
            yield document.problem((old,), message, "Delete the line, or the folder.")
        if not (registry.folder / new / DEFINITION_FILE).is_file():
            message = f'"{old}" was renamed to "{new}", which is not an instrument.'
            yield document.problem((old,), message, "Write the present id; a chain of renamings is written out.")


def registry_has_no_stray_files(registry: Registry) -> Iterator[Problem]:
    """Beside the instruments' folders there is only renamed.yaml."""
    for path in sorted(registry.folder.iterdir()):
        if path.name == RENAMED_FILE or (path / DEFINITION_FILE).is_file():
            continue
        what = f"The folder has no {DEFINITION_FILE}." if path.is_dir() else "The file belongs to no instrument."
        yield Problem(what, "Complete it, move it elsewhere, or delete it.", file=str(path))


def _renamings(registry: Registry) -> Iterator[tuple[str, str]]:
    if registry.renamed is not None and isinstance(registry.renamed.content, dict):
        for old, new in registry.renamed.content.items():
            if isinstance(new, str):
                yield old, new
