"""Creating, launching and closing surveys, and opening their waves.

What respondents store is in `servq.responses`; closing a survey for them as well is `servq.responses.closing`.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import (
    AlreadyExists,
    Problem,
    RequestInvalid,
    SurveyClosed,
    SurveyLaunched,
    SurveyNotLaunched,
    SurveyUnknown,
)
from servq.instruments import freeze, revision_of
from servq.instruments.model import Instrument
from servq.surveys import queries
from servq.surveys.models import SittingMode, Survey, SurveyStatus, Wave
from servq.surveys.names import is_slug, name_problems
from servq.webhooks.announcing import announce
from servq.webhooks.models import Happening

LONGEST_SITE = 100
"""Characters in the name of a site, so that it fits a table of groups."""

LONGEST_PLACEHOLDER = 60

_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
AHEAD = "Give a later time, with its zone, before the year 9999."


class NewSurvey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a researcher decides about a survey; also the body of the request that creates one.

    Parameters
    ----------
    slug
        Last part of the open link; made from the title, with a random ending, when left out.
    organisation
        Who is measured; fills ``{organisation}`` in the wording.
    placeholders
        Values for further placeholders of the wording.
    locale
        Language shown unless the respondent asks for another; the instrument's first when left out.
    sites
        Names of branches that an open link may carry as ``?site=``.
    anonymous
        No link between answers and person is stored, and times are coarsened to the day.
    allow_changes
        Submitted answers may be changed by their personal link until the survey closes.
    comments
        Ask the instrument's open text fields.
    """

    instrument: str
    title: str
    organisation: str
    slug: str | None = None
    placeholders: dict[str, str] = {}
    locale: str | None = None
    sites: tuple[str, ...] = ()
    sitting: SittingMode = SittingMode.ONE_SITTING
    anonymous: bool = False
    allow_changes: bool = False
    comments: bool = True
    closes_at: datetime | None = None


async def create_survey(session: AsyncSession, new: NewSurvey, instrument: Instrument, *, now: datetime) -> Survey:
    """Store a draft with its first wave; `instrument` is what `new.instrument` names.

    Raises `RequestInvalid` with every problem, or `AlreadyExists` for a slug in use.
    """
    problems = list(problems_of(new, instrument, now=now))
    if problems:
        raise RequestInvalid(problems)
    slug = new.slug or _slug_of(new.title)
    if await queries.find_survey_by_slug(session, slug) is not None:
        raise AlreadyExists(f'Another survey uses the address "{slug}". Choose another slug.')
    survey = Survey(
        slug=slug,
        title=new.title,
        instrument_id=instrument.id,
        organisation=new.organisation,
        placeholders=new.placeholders,
        locale=new.locale or instrument.definition.locales[0],
        sites=list(new.sites),
        sitting=new.sitting,
        anonymous=new.anonymous,
        allow_changes=new.allow_changes,
        comments=new.comments,
        status=SurveyStatus.DRAFT,
        created_at=now,
        closes_at=new.closes_at,
    )
    session.add(survey)
    await session.flush()
    session.add(Wave(survey_id=survey.id, number=1, name="1", opened_at=now))
    await session.flush()
    return survey


async def launch_survey(session: AsyncSession, survey_id: int, instrument: Instrument, *, now: datetime) -> Survey:
    """Freeze the instrument as it is now and open the survey.

    Raises `SurveyUnknown`, `SurveyLaunched` or `SurveyClosed`.
    """
    survey = await get_survey(session, survey_id)
    if survey.instrument_id not in {instrument.id, _adapted_from(instrument)}:
        raise RequestInvalid(f'Survey {survey_id} uses the instrument "{survey.instrument_id}", not "{instrument.id}".')
    content = freeze(instrument)
    if not await queries.set_launched(session, survey_id, revision=revision_of(instrument), content=content, now=now):
        if survey.status is SurveyStatus.CLOSED:
            raise SurveyClosed(f"Survey {survey_id} was closed. Create a new survey.")
        raise SurveyLaunched(f"Survey {survey_id} was launched before; its questions are frozen.")
    await session.refresh(survey)
    return survey


def _adapted_from(instrument: Instrument) -> str | None:
    adaptation = instrument.definition.adaptation
    return None if adaptation is None else adaptation.of


async def close_to_answers(session: AsyncSession, survey_id: int, *, now: datetime) -> Survey:
    """Stop accepting answers; closing a closed survey changes nothing.

    Raises `SurveyUnknown` or `SurveyNotLaunched`.
    """
    survey = await get_survey(session, survey_id)
    has_closed = await queries.set_closed(session, survey_id, now=now)
    await session.refresh(survey)
    if survey.status is SurveyStatus.DRAFT:
        raise SurveyNotLaunched(f"Survey {survey_id} is a draft. Launch it before closing it.")
    if has_closed:
        await _announce_end(session, survey, await get_wave(session, survey_id), now=now)
    return survey


async def open_wave(session: AsyncSession, survey_id: int, *, name: str | None = None, now: datetime) -> Wave:
    """Open the next wave; answers of open links belong to it from now on."""
    survey = await get_survey(session, survey_id)
    ensure_launched(survey)
    if survey.status is SurveyStatus.CLOSED:
        raise SurveyClosed(f"Survey {survey_id} was closed. Create a new survey for another wave.")
    if name is not None and (problems := name_problems("name of the wave", name, column="name", longest=LONGEST_SITE)):
        raise RequestInvalid(problems)
    last = await get_wave(session, survey_id)
    await _announce_end(session, survey, last, now=now)
    number = last.number + 1
    wave = Wave(survey_id=survey_id, number=number, name=name or str(number), opened_at=now)
    session.add(wave)
    await session.flush()
    return wave


async def set_closing_time(
    session: AsyncSession, survey_id: int, closes_at: datetime | None, *, now: datetime
) -> Survey:
    """Let a survey close at another time, or by hand alone.

    Raises `SurveyUnknown`, `SurveyClosed` or `RequestInvalid`.
    """
    survey = await get_survey(session, survey_id)
    if survey.status is SurveyStatus.CLOSED:
        raise SurveyClosed(f"Survey {survey_id} was closed. Create a new survey.")
    if closes_at is not None and closes_at != survey.closes_at and not is_ahead(closes_at, now=now):
        raise RequestInvalid(Problem("The closing time is past or has no time zone.", fix=AHEAD, column="closes_at"))
    survey.closes_at = closes_at
    await session.flush()
    return survey


async def get_survey(session: AsyncSession, survey_id: int) -> Survey:
    """Return one survey; raises `SurveyUnknown`."""
    survey = await queries.find_survey(session, survey_id)
    if survey is None:
        raise SurveyUnknown(f"There is no survey {survey_id}. See: servq survey list.")
    return survey


async def get_wave(session: AsyncSession, survey_id: int, number: int | None = None) -> Wave:
    """Return the wave with this number, or the newest; raises `SurveyUnknown` or `RequestInvalid`."""
    waves = await list_waves(session, survey_id)
    for wave in reversed(waves):
        if number is None or wave.number == number:
            return wave
    raise RequestInvalid(f"Survey {survey_id} has no wave {number}. Its waves are 1 to {len(waves)}.")


async def list_surveys(session: AsyncSession) -> Sequence[Survey]:
    """Return all surveys, the newest first."""
    return await queries.list_surveys(session)


async def list_waves(session: AsyncSession, survey_id: int) -> Sequence[Wave]:
    """Return the waves of a survey in order; raises `SurveyUnknown`."""
    await get_survey(session, survey_id)
    return await queries.list_waves(session, survey_id)


async def _announce_end(session: AsyncSession, survey: Survey, wave: Wave, *, now: datetime) -> None:
    data = {
        "survey": {"id": survey.id, "title": survey.title, "instrument": survey.instrument_id},
        "wave": {"number": wave.number, "name": wave.name, "opened_at": wave.opened_at, "closed_at": now},
    }
    connection = await session.connection()
    await connection.run_sync(announce, Happening.WAVE_CLOSED, data, survey_id=survey.id, now=now)


def ensure_launched(survey: Survey) -> None:
    """Raise unless the survey's questions are frozen."""
    if survey.status is SurveyStatus.DRAFT:
        raise SurveyNotLaunched(f"Survey {survey.id} is a draft. Launch it first: servq survey launch {survey.id}.")


def is_ahead(moment: datetime, *, now: datetime) -> bool:
    """Whether a time has a zone, is yet to come, and exists in every zone; `AHEAD` says so in words."""
    return moment.tzinfo is not None and now < moment < _LATEST


def problems_of(new: NewSurvey, instrument: Instrument, *, now: datetime) -> Iterator[Problem]:
    """Say what is wrong with a survey; `Problem.column` is the field of `NewSurvey`."""
    yield from name_problems("title", new.title, column="title")
    yield from name_problems("organisation", new.organisation, column="organisation")
    for name, text in new.placeholders.items():
        if name not in instrument.placeholders:
            known = ", ".join(sorted(instrument.placeholders)) or "none"
            shown = name[:LONGEST_PLACEHOLDER]
            yield Problem(
                f"The wording of {instrument.id} has no {{{shown}}}.", f"It has: {known}.", column="placeholders"
            )
        yield from name_problems(f"text for {{{name[:LONGEST_PLACEHOLDER]}}}", text, column="placeholders")
    if new.slug is not None and not is_slug(new.slug):
        yield Problem(
            f'"{new.slug}" cannot be part of a link.', fix="Use 3 to 80 of a–z, 0–9 and hyphens.", column="slug"
        )
    if new.locale is not None and new.locale not in instrument.definition.locales:
        offered = ", ".join(instrument.definition.locales)
        yield Problem(
            f'{instrument.id} has no texts in "{new.locale}".', fix=f"Use one of: {offered}.", column="locale"
        )
    yield from _site_problems(new.sites)
    moments = {battery.moment for battery in instrument.definition.batteries.values()}
    if new.sitting is SittingMode.BEFORE_AFTER and not {"before", "after"} <= moments:
        yield Problem(
            f"{instrument.id} has nothing to ask before the service and something else after it.",
            fix="Use one sitting.",
            column="sitting",
        )
    if new.anonymous and new.allow_changes:
        yield Problem(
            "Anonymous answers cannot be changed: nothing tells whose they are.",
            fix="Choose one of the two.",
            column="allow_changes",
        )
    if new.closes_at is not None and not is_ahead(new.closes_at, now=now):
        yield Problem("The closing time is past or has no time zone.", fix=AHEAD, column="closes_at")


def _site_problems(sites: Sequence[str]) -> Iterator[Problem]:
    for site, count in Counter(site.strip() for site in sites).items():
        yield from name_problems("name of a site", site, column="sites", longest=LONGEST_SITE)
        if count > 1:
            yield Problem(f'Site "{site}" is there {count} times.', fix="Name it once.", column="sites")


def _slug_of(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return f"{words or 'survey'}-{secrets.token_hex(3)}"
