"""Find an instrument by its id or its path and load it, sound or not at all."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from servq.errors import InstrumentInvalid, InstrumentUnknown
from servq.instruments.adapting import is_adaptation, load_adaptation
from servq.instruments.model import Instrument
from servq.instruments.rewording import apply_wording
from servq.instruments.rules import CONTENT_RULES, broken
from servq.instruments.sources import DEFINITION_FILE, RENAMED_FILE, read_source
from servq.instruments.yaml_reading import read_yaml
from servq.locations import instruments_folder

LONGEST_NAME = 255


def load_instrument(id_or_path: str | Path, wording: str | Path | None = None) -> Instrument:
    """Load an instrument.

    Parameters
    ----------
    id_or_path
        Id of a shipped instrument (an id from before a renaming too), path of a folder or its instrument.yaml, or
        path of an adaptation file.
    wording
        Path of a wording overlay, or None for the instrument's own texts.

    Raises
    ------
    InstrumentUnknown
        No shipped instrument has this id.
    InstrumentInvalid
        The files, or the overlay, have problems; the error carries all of them.
    """
    adapted = _load_adapted(id_or_path)
    if adapted is not None:
        return apply_wording(adapted, Path(wording)) if wording is not None else adapted
    source, problems = read_source(find_folder(id_or_path))
    if source is not None:
        problems = broken(CONTENT_RULES, source)
    if source is None or problems:
        raise InstrumentInvalid(problems)
    instrument = source.instrument()
    return apply_wording(instrument, Path(wording)) if wording is not None else instrument


def _load_adapted(id_or_path: str | Path) -> Instrument | None:
    if not (isinstance(id_or_path, Path) or _looks_like_path(id_or_path)):
        return None
    path = Path(id_or_path)
    if not path.is_file() or (path.parent / DEFINITION_FILE).is_file() or not is_adaptation(path):
        return None
    return load_adaptation(path, load_instrument)


def list_instruments() -> list[Instrument]:
    """Load every shipped instrument, by id."""
    return [load_instrument(instrument_id) for instrument_id in instrument_ids()]


def instrument_ids(registry: Path | None = None) -> list[str]:
    """Ids of the instruments in a registry folder, the shipped one when left out."""
    return sorted(path.parent.name for path in (registry or instruments_folder()).glob(f"*/{DEFINITION_FILE}"))


def find_folder(id_or_path: str | Path) -> Path:
    """Folder of an instrument given by id, by folder or by its instrument.yaml.

    Raises
    ------
    InstrumentUnknown
        It is an id and no shipped instrument has it, now or before.
    """
    if isinstance(id_or_path, Path) or _looks_like_path(id_or_path):
        path = Path(id_or_path)
        return path.parent if path.name == DEFINITION_FILE or path.is_file() else path
    registry = instruments_folder()
    ids = instrument_ids(registry)
    if id_or_path in ids:
        return registry / id_or_path
    new_id = renamed_ids(registry).get(id_or_path)
    if new_id in ids:
        return registry / new_id
    near = get_close_matches(id_or_path.lower(), ids, n=3)
    guess = f" Did you mean {' or '.join(near)}?" if near else ""
    raise InstrumentUnknown(
        f'No instrument has the id "{id_or_path}".{guess} `servq instrument list` shows all; '
        "an instrument of your own is named by its folder, such as ./my-instrument."
    )


def renamed_ids(registry: Path) -> dict[str, str]:
    """Old id to new id, as the registry's renamed.yaml says."""
    content = read_yaml(registry / RENAMED_FILE).content
    return {old: str(new) for old, new in content.items()} if isinstance(content, dict) else {}


def _looks_like_path(text: str) -> bool:
    return "/" in text or "\\" in text or text.endswith(".yaml") or _is_folder_here(text)


def _is_folder_here(name: str) -> bool:
    # a name longer than a file system allows makes is_file raise instead of saying no
    return len(name) <= LONGEST_NAME and (Path(name) / DEFINITION_FILE).is_file()
