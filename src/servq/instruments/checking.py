"""Check instruments: every problem of a folder, or of a registry of folders, at once."""

from __future__ import annotations

from pathlib import Path

from servq.errors import InstrumentInvalid, InstrumentUnknown, Problem
from servq.instruments.adapting import is_adaptation
from servq.instruments.loading import load_instrument
from servq.instruments.overlay import WordingOverlay
from servq.instruments.rewording import apply_wording
from servq.instruments.rules import CONTENT_RULES, FOLDER_RULES, REGISTRY_RULES, broken
from servq.instruments.rules.registry import Registry
from servq.instruments.sources import DEFINITION_FILE, RENAMED_FILE, Source, read_content, read_source
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


def check_wording(path: str | Path) -> list[Problem]:
    """Every problem of a wording overlay, whose instrument is a shipped one."""
    document = read_yaml(Path(path))
    overlay, problems = read_content(document, "wording", WordingOverlay)
    if overlay is None:
        return problems
    try:
        apply_wording(load_instrument(overlay.instrument), path)
    except InstrumentUnknown as error:
        return [document.problem(("instrument",), str(error), "")]
    except InstrumentInvalid as error:
        return list(error.problems)
    return []


def check_adaptation(path: str | Path) -> list[Problem]:
    """Every problem of an adaptation file."""
    try:
        load_instrument(Path(path))
    except InstrumentUnknown as error:
        return [read_yaml(Path(path)).problem(("adapts",), str(error), "")]
    except InstrumentInvalid as error:
        return list(error.problems)
    return []


def check_path(path: str | Path) -> list[Problem]:
    """Check whatever a path is: an instrument's folder or a file in it, an overlay, an adaptation, or a registry."""
    given = Path(path)
    if given.is_file() and not (given.parent / DEFINITION_FILE).exists():
        if given.name == RENAMED_FILE:
            return check_registry(given.parent)
        return check_adaptation(given) if is_adaptation(given) else check_wording(given)
    if given.is_dir() and not (given / DEFINITION_FILE).exists() and any(given.glob(f"*/{DEFINITION_FILE}")):
        return check_registry(given)
    return check_instrument(given)


def _checked(folder: Path) -> tuple[Source | None, list[Problem]]:
    source, problems = read_source(folder)
    if source is not None:
        problems = broken((*CONTENT_RULES, *FOLDER_RULES), source)
    return source, problems
