"""Check instruments: every problem of a folder, or of a registry of folders, at once."""

from __future__ import annotations

from pathlib import Path

from servq.errors import Problem
from servq.instruments.rules import CONTENT_RULES, FOLDER_RULES, REGISTRY_RULES, broken
from servq.instruments.rules.registry import Registry
from servq.instruments.sources import DEFINITION_FILE, RENAMED_FILE, Source, read_source
from servq.instruments.yaml_reading import read_yaml


def check_instrument(path: str | Path) -> list[Problem]:
    """Every problem of one instrument.

    Parameters
    ----------
    path
        Its folder, or any file in it.
    """
    given = Path(path)
    _, problems = _checked(given.parent if given.is_file() else given)
    return problems


def check_registry(path: str | Path) -> list[Problem]:
    """Every problem of a folder of instruments: of each by itself, and between them.

    Parameters
    ----------
    path
        Folder with one sub-folder per instrument, and renamed.yaml if ids were ever changed.
    """
    folder = Path(path)
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for child in sorted(definition.parent for definition in folder.glob(f"*/{DEFINITION_FILE}")):
        source, found = _checked(child)
        problems += found
        if source is not None:
            sources[child.name] = source
    renamed = read_yaml(folder / RENAMED_FILE) if (folder / RENAMED_FILE).is_file() else None
    if renamed is not None:
        problems += renamed.problems
    registry = Registry(folder, sources, renamed)
    return problems + [problem for rule in REGISTRY_RULES for problem in rule(registry)]


def is_registry(path: str | Path) -> bool:
    """Whether a path is a folder of instrument folders."""
    folder = Path(path)
    return not (folder / DEFINITION_FILE).exists() and any(folder.glob(f"*/{DEFINITION_FILE}"))


def _checked(folder: Path) -> tuple[Source | None, list[Problem]]:
    source, problems = read_source(folder)
    if source is not None:
        problems = broken((*CONTENT_RULES, *FOLDER_RULES), source)
    return source, problems
