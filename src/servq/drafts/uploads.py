"""A file that somebody uploads, as an instrument: YAML, a folder as ZIP, an XLSForm workbook or a SurveyJS survey.

Nothing is unpacked before it is known to be safe. Whatever is wrong is listed with its place; nothing is stored then.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from servq.answerfiles.archives import ArchiveLimits, refuse_unsafe_archive
from servq.errors import InstrumentInvalid, InstrumentUnknown, Problem
from servq.instruments import load_instrument
from servq.instruments.adapting import is_adaptation
from servq.instruments.exchange import import_instrument
from servq.instruments.model import Definition, Instrument, Texts
from servq.instruments.rules import ADAPTED_RULES, CONTENT_RULES, broken
from servq.instruments.sources import DEFINITION_FILE, SOURCE_FILE, Source, read_content, read_source
from servq.instruments.yaml_reading import Document, read_yaml

MOST_BYTES = 5_000_000
LIMITS = ArchiveLimits(
    most_bytes=MOST_BYTES, most_members=200, most_unpacked=20_000_000, ratio_from=500_000, most_cells=2_000_000
)
SUFFIXES = (".yaml", ".yml", ".zip", ".xlsx", ".json")
_KEPT_LETTERS = 80


@dataclass(frozen=True)
class Uploaded:
    """An instrument from a file: what it adapts, if the file says so, and what was not carried over."""

    instrument: Instrument
    origin: Instrument | None = None
    lost: tuple[str, ...] = ()


def read_upload(name: str, content: bytes, *, year: int) -> Uploaded:
    """Read an uploaded file.

    Parameters
    ----------
    name
        As the sender's computer calls it; only its ending matters.
    year
        Given as year of publication where the file names no source.

    Raises
    ------
    InstrumentInvalid
        The file is too large, of another kind, unsafe, or describes no sound instrument; carries every problem.
    """
    shown = _shown(name)
    suffix = PurePosixPath(shown).suffix.lower()
    if suffix not in SUFFIXES:
        fix = "Send .yaml, .zip, .xlsx (XLSForm) or .json (SurveyJS)."
        raise InstrumentInvalid(Problem("The file is of a kind that holds no instrument.", fix, file=shown))
    if len(content) > MOST_BYTES:
        fix = f"Keep it below {MOST_BYTES // 1_000_000} MB."
        raise InstrumentInvalid(Problem(f"The file has {len(content) / 1e6:.1f} MB.", fix, file=shown))
    if not content.strip():
        raise InstrumentInvalid(Problem("The file is empty.", "Choose another one.", file=shown))
    if suffix in {".zip", ".xlsx"}:
        refuse_unsafe_archive(content, name=shown, limits=LIMITS, error=InstrumentInvalid)
    with TemporaryDirectory(prefix="servq-upload-") as held:
        folder = Path(held)
        try:
            if suffix == ".zip":
                return _from_folder(_unpacked(content, folder, shown))
            path = folder / f"{_stem(shown)}{'.yaml' if suffix == '.yml' else suffix}"
            path.write_bytes(content)
            if suffix in {".xlsx", ".json"}:
                imported = import_instrument(path, year=year)
                return Uploaded(imported.instrument, lost=imported.lost)
            return _from_yaml(path)
        except InstrumentInvalid as invalid:
            raise InstrumentInvalid([_without_folder(one, folder) for one in invalid.problems]) from invalid


def _from_yaml(path: Path) -> Uploaded:
    """Read an adaptation, or an instrument with its texts in one file."""
    document = read_yaml(path)
    if document.problems:
        raise InstrumentInvalid(document.problems)
    if is_adaptation(path):
        try:
            adapted = load_instrument(path)
        except InstrumentUnknown as unknown:
            raise InstrumentInvalid(document.problem(("adapts",), str(unknown), "")) from unknown
        return Uploaded(adapted, origin=load_instrument(str(dict(_mapping(document.content))["adapts"])))
    whole = _mapping(document.content)
    if set(whole) != {"instrument", "texts"} or not isinstance(whole["texts"], dict):
        message = "The file is neither an adaptation nor an instrument with its texts."
        fix = "It begins with the keys instrument and texts; a folder of several files is sent as ZIP."
        raise InstrumentInvalid(document.problem((), message, fix))
    return Uploaded(_sound(path.parent, document, whole))


def _sound(folder: Path, document: Document, whole: dict[str, Any]) -> Instrument:
    definition_document = _within(document, ("instrument",), whole["instrument"])
    definition, problems = read_content(definition_document, "instrument", Definition)
    texts: dict[str, Texts] = {}
    documents = {str(key): _within(document, ("texts", key), one) for key, one in whole["texts"].items()}
    for locale, one in documents.items():
        read, found = read_content(one, "texts", Texts)
        problems += found
        if read is not None:
            texts[locale] = read
    if definition is None or problems:
        raise InstrumentInvalid(problems)
    source = Source(folder, definition, definition_document, texts, documents)
    if problems := broken(CONTENT_RULES, source):
        raise InstrumentInvalid(problems)
    return source.instrument()


def _within(document: Document, start: tuple[str, ...], content: object) -> Document:
    """Return a part of a file as a document of its own, with the lines of the whole."""
    depth = len(start)
    lines = {path[depth:]: line for path, line in document.lines.items() if path[:depth] == start}
    return Document(document.shown, content, lines)


def _from_folder(folder: Path) -> Uploaded:
    source, problems = read_source(folder)
    if source is not None:
        problems = broken(ADAPTED_RULES, source)
    if source is None or problems:
        raise InstrumentInvalid(problems)
    return Uploaded(source.instrument())


def _unpacked(content: bytes, folder: Path, shown: str) -> Path:
    """Write the files of an instrument's folder from an archive, by their names alone."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {
            PurePosixPath(one.filename): one
            for one in archive.infolist()
            if not one.is_dir() and not one.filename.startswith("__MACOSX/")
        }
        definitions = [path for path in members if path.name == DEFINITION_FILE]
        if len(definitions) != 1:
            message = f"The archive has {len(definitions)} files called {DEFINITION_FILE}."
            raise InstrumentInvalid(Problem(message, "Pack the folder of one instrument.", file=shown))
        target = folder / "instrument"
        target.mkdir()
        for path, member in members.items():
            is_text = path.name.startswith("text.") and path.suffix == ".yaml"
            if path.parent == definitions[0].parent and (is_text or path.name in {DEFINITION_FILE, SOURCE_FILE}):
                (target / path.name).write_bytes(archive.read(member))
    return target


def _mapping(content: object) -> dict[str, Any]:
    return content if isinstance(content, dict) else {}


def _without_folder(problem: Problem, folder: Path) -> Problem:
    """Return a problem that names the file and not where it was held for reading."""
    file = problem.file
    if file is not None and file.startswith(str(folder)):
        file = Path(file).name
    return Problem(problem.message, problem.fix, file, problem.line, problem.row, problem.column)


def _shown(name: str) -> str:
    """Return the name of a file as it may be repeated: without folders and signs that are not printed."""
    plain = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in plain if sign.isprintable())[-_KEPT_LETTERS:] or "file"


def _stem(shown: str) -> str:
    stem = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in PurePosixPath(shown).stem)
    return stem.strip("-.") or "form"
