"""Tables of widgets and of the rules by which they show surveys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, JsonValue


class Widget(Base):
    """One app or site in which surveys are shown.

    `key` is public: it stands in the page. `origins` are the only sites whose pages may use it. The secret, kept
    sealed, proves who a signed-in visitor is; it never leaves the servers of the organisation.
    """

    __tablename__ = "widget"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    origins: Mapped[list[str]]
    sealed_secret: Mapped[bytes]
    active: Mapped[bool]
    created_at: Mapped[datetime]


class DisplayRule(Base):
    """When a widget shows a survey by itself.

    Parameters
    ----------
    event
        What must happen in the page; ``page_view`` for every page that is opened.
    pages
        Patterns of the path, of which one must fit; every page when empty.
    conditions
        Attributes of the visitor with the values that will do.
    share
        Share of the visitors that is asked: always the same people.
    delay_s
        Seconds between the event and the question.
    touchpoint
        Stored with the answers.
    """

    __tablename__ = "display_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    widget_id: Mapped[int] = mapped_column(ForeignKey("widget.id", ondelete="CASCADE"), index=True)
    survey_id: Mapped[int] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    event: Mapped[str] = mapped_column(String(60))
    pages: Mapped[list[str]]
    conditions: Mapped[dict[str, list[str]]] = mapped_column(JsonValue)
    share: Mapped[float]
    delay_s: Mapped[int]
    touchpoint: Mapped[str | None] = mapped_column(String(100))
    active: Mapped[bool]
    created_at: Mapped[datetime]
