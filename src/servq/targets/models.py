"""Tables of targets, benchmark sets and customer journeys."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue


class Target(Base):
    """What a score shall become, where and by when; `site` is None for all sites together."""

    __tablename__ = "target"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    metric: Mapped[str] = mapped_column(String(80))
    site: Mapped[str | None] = mapped_column(String(200))
    start: Mapped[float]
    goal: Mapped[float]
    due_on: Mapped[date]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class BenchmarkSet(Base):
    """Published scores of an instrument: `scores` maps a metric to its value and, where known, its n and sd."""

    __tablename__ = "benchmark_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    instrument_id: Mapped[str] = mapped_column(String(60), index=True)
    source: Mapped[str] = mapped_column(String(500))
    measured_on: Mapped[date]
    n: Mapped[int | None]
    scores: Mapped[dict[str, dict[str, Any]]] = mapped_column(JsonValue)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]


class Journey(Base):
    """Touchpoints in the order in which customers meet them; the row without a survey is that of the organisation."""

    __tablename__ = "journey"

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int | None] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), unique=True)
    touchpoints: Mapped[list[str]]
    changed_at: Mapped[datetime]
