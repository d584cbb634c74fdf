"""Instruments as data: describing, loading, checking and freezing them."""

from servq.instruments.checking import check_instrument, check_path, check_registry, check_wording
from servq.instruments.loading import instrument_ids, list_instruments, load_instrument
from servq.instruments.model import Column, Instrument
from servq.instruments.revisions import freeze, revision_of, thaw
from servq.instruments.rewording import apply_wording
from servq.instruments.structure import instrument_schema

__all__ = [
    "Column",
    "Instrument",
    "apply_wording",
    "check_instrument",
    "check_path",
    "check_registry",
    "check_wording",
    "freeze",
    "instrument_ids",
    "instrument_schema",
    "list_instruments",
    "load_instrument",
    "revision_of",
    "thaw",
]
