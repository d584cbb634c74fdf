"""Which formats there are, and how one file becomes another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.exchange.form import make_instrument
from servq.instruments.exchange.limesurvey import to_limesurvey
from servq.instruments.exchange.surveyjs_export import to_surveyjs
from servq.instruments.exchange.xlsform_export import to_xlsform
from servq.instruments.model import Instrument

ExportFormat = Literal["xlsform", "surveyjs", "limesurvey"]


@dataclass(frozen=True)
class Exported:
    """An instrument in another format.

    Parameters
    ----------
    content
        The file.
    suffix
        How its name ends, with the dot.
    lost
        What the format does not carry, one sentence each.
    """

    content: bytes
    suffix: str
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Imported:
    """An instrument read from another format.

    Parameters
    ----------
    instrument
        What could be read; sound, but its sources are to be named by whoever uses it.
    lost
        What is to be added or was not carried over, one sentence each.
    """

    instrument: Instrument
    lost: tuple[str, ...]


def export_instrument(instrument: Instrument, to: ExportFormat) -> Exported:
    """Write an instrument in another format."""
    suffix, write = EXPORTS[to]
    content, lost = write(instrument)
    return Exported(content, suffix, lost)


def import_instrument(path: str | Path, *, year: int) -> Imported:
    """Read an XLSForm workbook (.xlsx) or a SurveyJS survey (.json).

    Parameters
    ----------
    path
        The file.
    year
        Year of the import, for the citation that a foreign form does not have.

    Raises
    ------
    InstrumentInvalid
        The file is neither, or asks nothing that could be rated.
    """
    given = Path(path)
    read = IMPORTS.get(given.suffix.lower())
    if read is None:
        fix = f"Give a file ending in {' or '.join(IMPORTS)}."
        raise InstrumentInvalid(Problem("Its name does not say which format it has.", fix, file=str(given)))
    try:
        content = given.read_bytes()
    except OSError as error:
        problem = Problem(f"It cannot be read: {error.strerror}.", "Name a file that you may read.", file=str(given))
        raise InstrumentInvalid(problem) from error
    instrument, lost = read(content, given, year)
    return Imported(instrument, lost)


def _read_xlsform(content: bytes, path: Path, year: int) -> tuple[Instrument, tuple[str, ...]]:
    from servq.instruments.exchange.xlsform_import import foreign_form, own_instrument, read_workbook

    sheets = read_workbook(content, str(path))
    return own_instrument(sheets, str(path)) or make_instrument(
        foreign_form(sheets, path.stem), source=path.name, year=year
    )


def _read_surveyjs(content: bytes, path: Path, year: int) -> tuple[Instrument, tuple[str, ...]]:
    from servq.instruments.exchange.surveyjs_import import surveyjs_form

    form = surveyjs_form(content, path.stem)
    return make_instrument(form, source=path.name, year=year)


EXPORTS: Mapping[ExportFormat, tuple[str, Callable[[Instrument], tuple[bytes, tuple[str, ...]]]]] = {
    "xlsform": (".xlsx", to_xlsform),
    "surveyjs": (".json", to_surveyjs),
    "limesurvey": (".txt", to_limesurvey),
}
"""How a file's name ends and what writes it, by format."""

IMPORTS: Mapping[str, Callable[[bytes, Path, int], tuple[Instrument, tuple[str, ...]]]] = {
    ".xlsx": _read_xlsform,
    ".json": _read_surveyjs,
}
"""What reads a file, by how its name ends."""
