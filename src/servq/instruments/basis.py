"""What every part of the format shares: immutable structs without unknown keys, ids, texts, languages."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

IDENTIFIER_PATTERN = "^[a-z][a-z0-9_-]*$"
LOCALE_PATTERN = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
VERSION_PATTERN = r"^[0-9]+(\.[0-9]+)*$"
DOI_PATTERN = r"^10\.[0-9]{4,9}/[^ ]+$"

Identifier = Annotated[str, Meta(pattern=IDENTIFIER_PATTERN, max_length=60)]
"""Lower-case id; never changes once published."""

Locale = Annotated[str, Meta(pattern=LOCALE_PATTERN)]
"""Language tag such as ``en``, ``de`` or ``pt-BR``."""

Text = Annotated[str, Meta(min_length=1)]

Doi = Annotated[str, Meta(pattern=DOI_PATTERN)]


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything read from YAML: immutable, no unknown keys."""
