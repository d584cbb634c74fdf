"""What a survey keeps of its instrument: the whole content as bytes, and their hash as its revision."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from servq.errors import InstrumentInvalid, Problem
from servq.instruments.model import Instrument


def freeze(instrument: Instrument) -> bytes:
    """Canonical JSON of definition and texts: every default written out, maps in their order, UTF-8.

    The order of batteries is the stored order of answers, so maps are not sorted.
    """
    return msgspec.json.encode(instrument)


def thaw(frozen: bytes) -> Instrument:
    """Instrument from the bytes that `freeze` made.

    Raises
    ------
    InstrumentInvalid
        The bytes are damaged or were not made by `freeze`.
    """
    try:
        return msgspec.json.decode(frozen, type=Instrument)
    except msgspec.MsgspecError as error:
        problem = Problem(f"The frozen instrument cannot be read ({error}).", "Restore it from a backup.")
        raise InstrumentInvalid(problem) from error


def revision_of(instrument: Instrument) -> str:
    """SHA-256 (hexadecimal) over the frozen content; any change of structure or wording changes it."""
    return sha256(freeze(instrument)).hexdigest()
