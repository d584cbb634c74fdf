"""A study file: which file of answers belongs to which audience. It reads no answers itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from servq.errors import DataInvalid, Problem
from servq.instruments.yaml_reading import Document, ValuePath, read_yaml

AUDIENCES = ("customers", "managers", "personnel", "assessors")
"""Who may take part; assessors and operations have reports of their own and are not part of the five gaps."""

_TEXTS = ("study", "title", "organisation", "period", "locale", "site")
_KEYS = (*_TEXTS, "minimum_group", "audiences", "operations", "placeholders")
_AUDIENCE_KEYS = ("instrument", "data", "map", "wording", "weight", "segments", "minimum_group")


@dataclass(frozen=True, kw_only=True)
class AudienceFile:
    """Where the answers of one audience lie; paths are absolute or relative to the working folder.

    `line` is that of its entry in the study file.
    """

    instrument: str
    data: Path
    column_map: Path | None = None
    wording: Path | None = None
    weight: str | None = None
    segments: tuple[str, ...] = ()
    minimum_group: int | None = None
    line: int = 1


@dataclass(frozen=True, kw_only=True)
class StudyFile:
    """The content of a study file.

    Parameters
    ----------
    site
        Column that names the site, the same in every file; None when sites play no part.
    minimum_group
        Fewer respondents than this are never shown; an audience may have a number of its own.
    operations
        File of service contacts, for the report on operations.
    source
        Name of the study file.
    """

    id: str
    title: str = ""
    organisation: str = ""
    period: str = ""
    locale: str | None = None
    site: str | None = None
    minimum_group: int | None = None
    placeholders: Mapping[str, str] = field(default_factory=dict)
    audiences: Mapping[str, AudienceFile]
    operations: Path | None = None
    source: str = ""

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the study reads."""
        named = [
            path
            for one in self.audiences.values()
            for path in (one.data, one.column_map, one.wording)
            if path is not None
        ]
        return (*named, *([self.operations] if self.operations else []))


def load_study_file(path: Path) -> StudyFile:
    """Read a study file.

    Raises
    ------
    DataInvalid
        With every problem: unknown keys, a missing instrument or file, no audience, each with its line and the fix.
    """
    path = Path(path)
    if not path.is_file():
        raise DataInvalid(Problem("There is no such study file.", "Check the path.", file=str(path)))
    document = read_yaml(path, path.name)
    if document.problems:
        raise DataInvalid(document.problems)
    reader = _Reader(document, path.parent)
    study = reader.study()
    if reader.problems:
        raise DataInvalid(reader.problems)
    return study


class _Reader:
    """One walk over the file that collects every problem."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document = document
        self.folder = folder
        self.problems: list[Problem] = []

    def study(self) -> StudyFile:
        content = self.document.content
        if not isinstance(content, dict):
            self._add((), "A study file is a mapping.", "Write `study: my-study` and `audiences:` below each other.")
            content = {}
        self._known(content, _KEYS, ())
        texts = {key: self._text(content, key, ()) for key in _TEXTS}
        audiences = {
            name: self._audience(name, given)
            for name, given in self._mapping(content, "audiences", ()).items()
            if name in AUDIENCES or self._unknown_audience(name)
        }
        if not audiences:
            fix = "Write `audiences:` with customers, managers and personnel, each with instrument and data."
            self._add(("audiences",), "The study names no audience.", fix)
        operations = self._mapping(content, "operations", ())
        self._known(operations, ("data",), ("operations",))
        return StudyFile(
            id=texts["study"] or Path(self.document.shown).stem,
            title=texts["title"] or "",
            organisation=texts["organisation"] or "",
            period=texts["period"] or "",
            locale=texts["locale"],
            site=texts["site"],
            minimum_group=self._number(content, "minimum_group", ()),
            placeholders={key: str(value) for key, value in self._mapping(content, "placeholders", ()).items()},
            audiences=audiences,
            operations=self._path(operations, "data", ("operations",)) if operations else None,
            source=self.document.shown,
        )

    def _audience(self, name: str, given: Any) -> AudienceFile:
        place: ValuePath = ("audiences", name)
        if not isinstance(given, dict):
            given = {}
        self._known(given, _AUDIENCE_KEYS, place)
        instrument = self._text(given, "instrument", place) or ""
        for key, fix in (("instrument", "Add its id, e.g. gaps-managers."), ("data", "Add the file of answers.")):
            if not given.get(key):
                self._add(place, f'Audience "{name}" has no `{key}`.', fix)
        return AudienceFile(
            # an instrument named by its folder lies beside the study file, as the other files do
            instrument=str(self.folder / instrument) if "/" in instrument else instrument,
            data=self._path(given, "data", place) or self.folder,
            column_map=self._path(given, "map", place),
            wording=self._path(given, "wording", place),
            weight=self._text(given, "weight", place),
            segments=self._list(given, "segments", place),
            minimum_group=self._number(given, "minimum_group", place),
            line=self.document.line(place),
        )

    def _unknown_audience(self, name: str) -> bool:
        message = f'"{name}" is no audience.'
        self._add(("audiences", name), message, f"The audiences are {', '.join(AUDIENCES)}.")
        return False

    def _known(self, content: Mapping[str, Any], keys: tuple[str, ...], place: ValuePath) -> None:
        for key in content:
            if key not in keys:
                self._add((*place, key), f'"{key}" is not known here.', f"Use one of: {', '.join(keys)}.")

    def _text(self, content: Mapping[str, Any], key: str, place: ValuePath) -> str | None:
        value = content.get(key)
        if isinstance(value, dict | list):
            self._add((*place, key), f"`{key}` is not a text.", "Write it on one line.")
            return None
        return None if value is None else str(value)

    def _path(self, content: Mapping[str, Any], key: str, place: ValuePath) -> Path | None:
        value = self._text(content, key, place)
        if not value:
            return None
        path = self.folder / value
        if not path.is_file():
            self._add((*place, key), f'There is no file "{value}" beside the study file.', "Correct the path.")
        return path

    def _number(self, content: Mapping[str, Any], key: str, place: ValuePath) -> int | None:
        value = content.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self._add((*place, key), f"`{key}` is not a whole number of at least 1.", "Write e.g. 5.")
            return None
        return value

    def _list(self, content: Mapping[str, Any], key: str, place: ValuePath) -> tuple[str, ...]:
        value = content.get(key)
        if isinstance(value, dict):
            self._add((*place, key), f"`{key}` is not a list.", "Write `[branch, channel]`.")
            return ()
        return () if value is None else tuple(map(str, value if isinstance(value, list) else [value]))

    def _mapping(self, content: Mapping[str, Any], key: str, place: ValuePath) -> dict[str, Any]:
        value = content.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._add((*place, key), f"`{key}` is not a mapping.", "Write `name: value` below it, indented.")
            return {}
        return value

    def _add(self, path: ValuePath, message: str, fix: str) -> None:
        self.problems.append(self.document.problem(path, message, fix))
