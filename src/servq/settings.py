"""What an installation decides: read once at the edge, handed down as values."""

from __future__ import annotations

import os
from collections.abc import Mapping

from msgspec import Struct

DATABASE_VARIABLE = "SERVQ_DATABASE"
"""Environment variable that names the database."""

DEFAULT_DATABASE = "sqlite:///servq.db"
"""A file in the current folder: enough for one installation on one machine."""


class Settings(Struct, frozen=True, kw_only=True):
    """Settings of one process; `database` is a URL as written by the operator."""

    database: str = DEFAULT_DATABASE

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read ``SERVQ_*`` variables; what is unset or empty keeps its default."""
        return cls(database=environ.get(DATABASE_VARIABLE) or DEFAULT_DATABASE)
