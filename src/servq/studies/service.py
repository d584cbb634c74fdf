"""Creating studies and binding the surveys of their audiences."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import AlreadyExists, Problem, RecordUnknown, RequestInvalid
from servq.instruments.basis import LOCALE_PATTERN
from servq.studies import queries
from servq.studies.models import Study, StudyAudience, StudySurvey
from servq.surveys.names import is_slug, name_problems
from servq.surveys.service import LONGEST_SITE, get_survey, get_wave

LARGEST_NUMBER = 2**31 - 1


class NewStudy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a researcher decides about a study; also the body of the request that creates one."""

    title: Annotated[str, Meta(description="Name in lists and on the report.", examples=["Where service falls short"])]
    organisation: Annotated[str, Meta(description="Who is measured.", examples=["North Clinics"])]
    name: Annotated[
        str | None,
        Meta(description="Short name for commands; made from the title when left out.", examples=["north-clinics"]),
    ] = None
    locale: Annotated[
        str | None, Meta(description="Language of the report; the customers' survey decides when left out.")
    ] = None
    sites: Annotated[
        tuple[str, ...], Meta(description="Names of the sites; those of the bound surveys when left out.")
    ] = ()


class NewBinding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which survey an audience answers."""

    audience: Annotated[StudyAudience, Meta(description="Who answers it.", examples=["managers"])]
    survey: Annotated[int, Meta(ge=1, le=LARGEST_NUMBER, description="Number of the survey.", examples=[2])]
    wave: Annotated[
        Annotated[int, Meta(ge=1, le=LARGEST_NUMBER)] | None,
        Meta(description="Number of the wave that counts; the newest when left out."),
    ] = None


async def create_study(session: AsyncSession, new: NewStudy, *, now: datetime) -> Study:
    """Store a study that binds nothing yet.

    Raises `RequestInvalid` with every problem, or `AlreadyExists` for a name in use.
    """
    problems = list(_problems(new))
    if problems:
        raise RequestInvalid(problems)
    name = new.name or _name_of(new.title)
    if await queries.find_study_by_name(session, name) is not None:
        raise AlreadyExists(f'Another study is called "{name}". Choose another name.')
    study = Study(
        name=name,
        title=new.title,
        organisation=new.organisation,
        locale=new.locale,
        sites=list(new.sites),
        created_at=now,
    )
    session.add(study)
    await session.flush()
    return study


async def bind_survey(session: AsyncSession, study_id: int, new: NewBinding) -> StudySurvey:
    """Let an audience of a study answer a survey; a survey bound before for that audience is replaced.

    Raises `RecordUnknown`, `SurveyUnknown`, `RequestInvalid` (no such wave, another organisation, sites that the study
    does not have) or `AlreadyExists` (the survey belongs to another audience or study).
    """
    study = await get_study(session, study_id)
    survey = await get_survey(session, new.survey)
    if new.wave is not None:
        await get_wave(session, survey.id, new.wave)
    problems = []
    if _folded(survey.organisation) != _folded(study.organisation):
        problems.append(
            Problem(
                f'Survey {survey.id} measures "{survey.organisation}", the study "{study.organisation}".',
                "Bind surveys of one organisation.",
                column="survey",
            )
        )
    known = {_folded(site) for site in study.sites}
    strange = [site for site in survey.sites if known and _folded(site) not in known]
    if strange:
        problems.append(
            Problem(
                f"Survey {survey.id} has sites that the study does not have: {', '.join(strange)}.",
                f"The study has: {', '.join(study.sites)}. Give a site one name everywhere.",
                column="survey",
            )
        )
    if problems:
        raise RequestInvalid(problems)
    elsewhere = await queries.find_binding_of_survey(session, survey.id)
    bound = await queries.find_binding(session, study_id, new.audience)
    if elsewhere is not None and elsewhere is not bound:
        raise AlreadyExists(
            f"Survey {survey.id} is bound for {elsewhere.audience} in study {elsewhere.study_id}. Bind another survey."
        )
    if bound is None:
        bound = StudySurvey(study_id=study_id, audience=new.audience, survey_id=survey.id, wave=new.wave)
        session.add(bound)
    else:
        bound.survey_id, bound.wave = survey.id, new.wave
    await session.flush()
    return bound


async def unbind_survey(session: AsyncSession, study_id: int, audience: StudyAudience) -> None:
    """Let an audience of a study answer no survey any more; raises `RecordUnknown` if there is no such study."""
    await get_study(session, study_id)
    bound = await queries.find_binding(session, study_id, audience)
    if bound is not None:
        await session.delete(bound)
        await session.flush()


async def get_study(session: AsyncSession, study_id: int) -> Study:
    """Return one study; raises `RecordUnknown`."""
    study = await queries.find_study(session, study_id)
    if study is None:
        raise RecordUnknown(f"There is no study {study_id}. See: servq study list.")
    return study


async def get_study_by_name(session: AsyncSession, name: str) -> Study:
    """Return one study by its name, or by its number in words; raises `RecordUnknown`."""
    if name.isascii() and name.isdigit() and 0 < int(name[:10]) <= LARGEST_NUMBER:
        return await get_study(session, int(name))
    study = await queries.find_study_by_name(session, name)
    if study is None:
        raise RecordUnknown(f'There is no study "{name}". See: servq study list.')
    return study


async def list_studies(session: AsyncSession) -> Sequence[Study]:
    """Return all studies, the newest first."""
    return await queries.list_studies(session)


async def list_bound(session: AsyncSession, study_ids: Sequence[int]) -> Mapping[int, Sequence[StudySurvey]]:
    """Return the surveys that each study binds."""
    found: dict[int, list[StudySurvey]] = {study_id: [] for study_id in study_ids}
    for bound in await queries.list_bound(session, study_ids):
        found[bound.study_id].append(bound)
    return found


def _problems(new: NewStudy) -> Iterator[Problem]:
    yield from name_problems("title", new.title, column="title")
    yield from name_problems("organisation", new.organisation, column="organisation")
    if new.name is not None and (not is_slug(new.name) or new.name.isdigit()):
        fix = "Use 3 to 80 lower-case letters, digits and hyphens, and not digits alone."
        yield Problem(f'"{new.name}" cannot name a study.', fix, column="name")
    if new.locale is not None and not re.fullmatch(LOCALE_PATTERN, new.locale):
        yield Problem(f'"{new.locale}" is no language.', "Write e.g. de.", column="locale")
    for site in new.sites:
        yield from name_problems("name of a site", site, column="sites", longest=LONGEST_SITE)
    for site, n in Counter(map(_folded, new.sites)).items():
        if n > 1:
            yield Problem(f'The site "{site}" is named {n} times.', "Name it once.", column="sites")


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _name_of(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return name if is_slug(name) and not name.isdigit() else f"study-{name}".strip("-")
