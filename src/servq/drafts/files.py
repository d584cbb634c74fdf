"""An instrument as a file that a person takes along: its folder as ZIP, one YAML file, or the form of another tool."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from msgspec.structs import replace

from servq.drafts.content import Content
from servq.instruments.exchange import ExportFormat, export_instrument
from servq.instruments.exchange.writing import WIDTH, as_yaml, sparse
from servq.instruments.model import Instrument
from servq.instruments.sources import DEFINITION_FILE, SOURCE_FILE, text_file
from servq.messages import Message

YAML_TYPE = "application/yaml"
ZIP_TYPE = "application/zip"
_LONG_AGO = (2020, 1, 1, 0, 0, 0)  # the same instrument makes the same archive on any day


@dataclass(frozen=True)
class FileFormat:
    """One way to take an instrument along; `exchange` names the other tool's format, if it is one."""

    label: str
    suffix: str
    media_type: str
    exchange: ExportFormat | None = None


@dataclass(frozen=True)
class WrittenFile:
    """A file to be sent."""

    name: str
    content: bytes
    media_type: str


FORMATS: Mapping[str, FileFormat] = {
    "folder": FileFormat(Message("Folder of YAML files (ZIP)"), ".zip", ZIP_TYPE),
    "yaml": FileFormat(Message("One YAML file"), ".yaml", YAML_TYPE),
    "xlsform": FileFormat(
        Message("XLSForm (KoboToolbox, ODK)"),
        ".xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xlsform",
    ),
    "surveyjs": FileFormat(Message("SurveyJS"), ".json", "application/json", "surveyjs"),
    "limesurvey": FileFormat(Message("LimeSurvey"), ".txt", "text/tab-separated-values", "limesurvey"),
}


def write_file(instrument: Instrument, form: str) -> WrittenFile:
    """Write an instrument in one of the formats; what a format does not carry is listed in its page of the docs."""
    chosen = FORMATS[form]
    name = f"{instrument.id}-{instrument.definition.version}{chosen.suffix}"
    if chosen.exchange is not None:
        return WrittenFile(name, export_instrument(instrument, chosen.exchange).content, chosen.media_type)
    if form == "folder":
        return WrittenFile(name, _zipped(instrument.id, _folder_of(instrument)), chosen.media_type)
    definition = sparse(instrument.definition)
    definition.pop("adaptation", None)
    whole = {"instrument": definition, "texts": {key: sparse(one) for key, one in instrument.texts.items()}}
    return WrittenFile(name, yaml_of(whole), chosen.media_type)


def write_draft(content: Content) -> WrittenFile:
    """Write a draft as one YAML file, whatever is still wrong with it."""
    whole = {"instrument": content["definition"], "texts": content["texts"]}
    return WrittenFile(f"{content['definition']['id']}-draft.yaml", yaml_of(whole), YAML_TYPE)


def yaml_of(value: Any) -> bytes:
    """Return plain values as YAML."""
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=WIDTH).encode()


def _folder_of(instrument: Instrument) -> dict[str, str]:
    definition = instrument.definition
    cited = "\n".join(f"- {one.authors} ({one.year}). {one.title}. {one.source}." for one in definition.citation)
    adaptation = definition.adaptation
    adapted = f"\nAdapted from {adaptation.of} {adaptation.of_version}.\n" if adaptation else ""
    rights = f"\n{definition.rights.holder}. {definition.rights.note}\n"
    return {
        DEFINITION_FILE: as_yaml(replace(definition, adaptation=None)),
        **{text_file(locale): as_yaml(texts) for locale, texts in instrument.texts.items()},
        SOURCE_FILE: f"# {definition.title}\n\n{cited}\n{adapted}{rights}",
    }


def _zipped(folder: str, files: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}", _LONG_AGO), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
