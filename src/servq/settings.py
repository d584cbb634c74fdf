"""What an installation decides: read once at the edge, handed down as values."""

from __future__ import annotations

from msgspec import Struct

DATABASE_VARIABLE = "SERVQ_DATABASE"
"""Environment variable that names the database."""

DEFAULT_DATABASE = "sqlite:///servq.db"
"""A file in the current folder: enough for one installation on one machine."""

ADDRESS_VARIABLE = "SERVQ_ADDRESS"
"""Environment variable with the address at which respondents reach the service."""

DEFAULT_ADDRESS = "http://127.0.0.1:8000"


class Settings(Struct, frozen=True, kw_only=True):
    """Settings of one process: the database as the operator writes it, and where links point to."""

    database: str = DEFAULT_DATABASE
    address: str = DEFAULT_ADDRESS
