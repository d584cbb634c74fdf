"""The table of the report style: one row, because one installation serves one organisation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base

ONLY_ID = 1


class StoredStyle(Base):
    """Organisation, logo and accent as they were checked when they were stored."""

    __tablename__ = "report_style"
    __table_args__ = (CheckConstraint("id = 1", name="only"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation: Mapped[str] = mapped_column(String(200))
    accent: Mapped[str | None] = mapped_column(String(7))
    logo: Mapped[bytes | None]
    logo_type: Mapped[str | None] = mapped_column(String(20))
    logo_text: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
