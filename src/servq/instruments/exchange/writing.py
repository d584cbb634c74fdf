"""An instrument as files of its own: YAML that a person goes on with, and a note on where it came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.model import Instrument
from servq.instruments.sources import DEFINITION_FILE, text_file

WIDTH = 110


def write_instrument(instrument: Instrument, folder: Path, notes: tuple[str, ...]) -> None:
    """Write an instrument folder; `notes` say what was not carried over.

    Raises
    ------
    InstrumentInvalid
        The folder has files already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InstrumentInvalid(Problem("The folder is not empty.", "Name a new folder.", file=str(folder)))
    folder.mkdir(parents=True, exist_ok=True)
    files = {DEFINITION_FILE: instrument.definition, **{text_file(k): one for k, one in instrument.texts.items()}}
    for name, content in files.items():
        (folder / name).write_text(as_yaml(content), encoding="utf-8")
    definition = instrument.definition
    cited = "\n".join(f"- {one.authors} ({one.year}). {one.title}. {one.source}." for one in definition.citation)
    lost = "\n".join(f"- {note}" for note in notes) or "Nothing is known to be lost."
    note = f"# {definition.title}\n\n{cited}\n\n## Not carried over\n\n{lost}\n"
    (folder / "SOURCE.md").write_text(note, encoding="utf-8")


def as_yaml(part: msgspec.Struct) -> str:
    """A part of the format as YAML, without the values that are defaults."""
    import yaml

    return yaml.safe_dump(sparse(part), allow_unicode=True, sort_keys=False, width=WIDTH)


def sparse(value: Any) -> Any:
    """A part of the format as plain values, without those that are defaults."""
    if isinstance(value, msgspec.Struct):
        tag = {"kind": value.__struct_config__.tag} if value.__struct_config__.tag else {}
        given = {field.name: getattr(value, field.name) for field in msgspec.structs.fields(value)}
        return tag | {
            field.name: sparse(given[field.name])
            for field in msgspec.structs.fields(value)
            if field.required or given[field.name] != _default(field)
        }
    if isinstance(value, dict):
        return {key: sparse(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [sparse(inner) for inner in value]
    return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
