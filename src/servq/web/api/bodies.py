"""What the JSON interface takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from servq.instruments.model import Instrument
from servq.responses.counting import Counts
from servq.surveys.models import SittingMode, Survey, SurveyStatus, Wave


class InstrumentSummary(Struct, frozen=True, kw_only=True):
    """An instrument in a list."""

    id: str
    version: str
    title: str
    field: str
    locales: tuple[str, ...]
    n_items: int
    status: str

    @classmethod
    def of(cls, instrument: Instrument) -> InstrumentSummary:
        """Summarise an instrument."""
        definition = instrument.definition
        return cls(
            id=definition.id,
            version=definition.version,
            title=definition.title,
            field=definition.field,
            locales=definition.locales,
            n_items=len(definition.items),
            status=definition.status,
        )


class SurveyShown(Struct, frozen=True, kw_only=True):
    """A survey as it stands."""

    id: int
    slug: str
    title: str
    instrument: str
    revision: str | None
    organisation: str
    locale: str
    sites: list[str]
    sitting: SittingMode
    anonymous: bool
    allow_changes: bool
    comments: bool
    status: SurveyStatus
    created_at: datetime
    opened_at: datetime | None
    closes_at: datetime | None
    closed_at: datetime | None

    @classmethod
    def of(cls, survey: Survey) -> SurveyShown:
        """Show a stored survey."""
        return cls(
            id=survey.id,
            slug=survey.slug,
            title=survey.title,
            instrument=survey.instrument_id,
            revision=survey.revision,
            organisation=survey.organisation,
            locale=survey.locale,
            sites=survey.sites,
            sitting=survey.sitting,
            anonymous=survey.anonymous,
            allow_changes=survey.allow_changes,
            comments=survey.comments,
            status=survey.status,
            created_at=survey.created_at,
            opened_at=survey.opened_at,
            closes_at=survey.closes_at,
            closed_at=survey.closed_at,
        )


class NewWave(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wave to be opened; named by its number when `name` is left out."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None


class WaveShown(Struct, frozen=True, kw_only=True):
    """A wave of a survey."""

    number: int
    name: str
    opened_at: datetime

    @classmethod
    def of(cls, wave: Wave) -> WaveShown:
        """Show a stored wave."""
        return cls(number=wave.number, name=wave.name, opened_at=wave.opened_at)


class NewLinks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many personal links to make; `attributes` such as ``site`` go with their answers."""

    n: int = 1
    expires_at: datetime | None = None
    attributes: dict[str, str] = {}


class LinkShown(Struct, frozen=True, kw_only=True):
    """A personal link, shown this once: only its digest is stored."""

    url: str
    expires_at: datetime | None


class OpenLinkShown(Struct, frozen=True, kw_only=True):
    """The open link of a survey, and one per site."""

    url: str
    by_site: dict[str, str]
    accepts_answers: bool


class CountsShown(Struct, frozen=True, kw_only=True):
    """Responses of a survey: finished ones, and those with at least one page but not finished."""

    submitted: int
    partial: int

    @classmethod
    def of(cls, counts: Counts) -> CountsShown:
        """Show the counts of one survey."""
        return cls(submitted=counts.submitted, partial=counts.partial)
