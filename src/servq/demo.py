"""A simulated hotel group, to try servq on: two regions, six hotels, a year of guests, and people who may sign in.

The guests are drawn by `servq.simulate` with fixed seeds; the group is invented. Some hotels truly differ and most do
not, one thing became better, and the touchpoints are not alike, so that there is something to find and much to leave.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries as account_queries
from servq.accounts import site_queries
from servq.accounts.models import Right, Role, Scope, Site, SiteKind
from servq.accounts.passwords import hash_password
from servq.accounts.service import add_account, create_key
from servq.analysis.targets import metrics_of
from servq.comments.service import list_comments, release_quotation
from servq.instruments import Instrument, load_instrument
from servq.invitations.service import create_personal_links
from servq.responses.importing import Besides, store_answers
from servq.simulate import Population, simulate_codes
from servq.surveys.models import Survey
from servq.surveys.service import NewSurvey, create_survey, get_wave, launch_survey, list_surveys, open_wave
from servq.targets.journeys import keep_journey
from servq.targets.service import NewTarget, set_target

INSTRUMENT = "servqual"
REMARK = "remark"
SLUG = "harbour-hotels"
ORGANISATION = "Harbour Hotels"
PERSONAL_LINKS = 5
WAVES = 4
WAVE_EVERY = timedelta(days=91)

GUESTS = Population(
    levels={"expectation": 0.86, "perception": 0.74},
    shifts={"perception": {"reliability": -0.08, "responsiveness": -0.04, "tangibles": 0.06, "empathy": -0.01}},
    points={"tangibles": 11, "reliability": 32, "responsiveness": 22, "assurance": 19, "empathy": 16},
    blank=0.006,
    not_applicable=0.005,
)
"""What the guests of an average hotel expect and find; the points are the averages published in 1990."""

REGIONS: Mapping[str, Mapping[str, int]] = {
    "Coast": {"Harbour": 96, "Lighthouse": 60, "Marina": 54},
    "Inland": {"Airport": 108, "Castle Hill": 62, "Old Town": 80},
}
"""Guests of each hotel in a wave."""

APART: Mapping[str, Mapping[str, float]] = {
    "Harbour": {"tangibles": 0.05, "reliability": 0.05, "responsiveness": 0.04, "assurance": 0.05, "empathy": 0.04},
    "Airport": {"reliability": -0.07, "responsiveness": -0.07, "assurance": -0.05, "empathy": -0.05},
    "Old Town": {"tangibles": -0.06, "empathy": 0.05},
}
"""What sets a hotel apart, as shares of the scale's range; the others are alike."""

IMPROVED: Mapping[str, float] = {"responsiveness": 0.06}
"""What the group did better in the newest wave."""

JOURNEY: Mapping[str, tuple[str, float]] = {
    "Booking": ("Reservations", 0.03),
    "Arrival": ("Front desk", -0.01),
    "Room": ("Housekeeping", 0.02),
    "Breakfast": ("Restaurant", 0.0),
    "Departure": ("Front desk", -0.05),
}
"""Touchpoints in the order of a stay: the team that a guest met there, and how it shifts what they report."""

REMARKS: Mapping[str, str] = {
    "Booking": "The room that I booked was the room that I got.",
    "Arrival": "We waited half an hour although we had announced when we would come.",
    "Room": "Quiet, clean, and the lamp by the bed finally works.",
    "Breakfast": "Good bread. The coffee machine was out of order on both days.",
    "Departure": "The bill was wrong again and nobody could say why.",
}
"""What one guest of each hotel writes at each touchpoint in the newest wave."""
RELEASED: Mapping[str, str] = {"Harbour": "Room", "Airport": "Departure", "Castle Hill": "Breakfast"}
"""Hotels, and the touchpoint whose remark a researcher has released."""

AGENTS = 3
"""People of each team, who do equally well; they have numbers, not names."""


@dataclass(frozen=True)
class Batch:
    """Guests of one hotel in one wave, still to be simulated."""

    wave: int
    site: str
    n_guests: int
    seed: int


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in."""

    name: str
    role: Role
    region: str = ""
    rights: tuple[Right, ...] = ()

    @property
    def email(self) -> str:
        """The address under which they sign in."""
        return f"{self.name}@example.org"


PEOPLE = (
    Person("admin", Role.ADMIN),
    Person("researcher", Role.RESEARCHER),
    Person("coast", Role.MANAGER, "Coast", (Right.TEAMS,)),
    Person("inland", Role.MANAGER, "Inland"),
)


def batches() -> Iterator[Batch]:
    """Every hotel in every wave."""
    for wave in range(1, WAVES + 1):
        for sites in REGIONS.values():
            for site, n_guests in sites.items():
                yield Batch(wave, site, n_guests, seed=1000 * wave + 10 * list(_sites()).index(site))


def _sites() -> tuple[str, ...]:
    return tuple(site for sites in REGIONS.values() for site in sites)


async def find_demo(session: AsyncSession) -> Survey | None:
    """The demo's survey, if this database has it."""
    return next((survey for survey in await list_surveys(session) if survey.slug == SLUG), None)


async def create_demo(session: AsyncSession, *, now: datetime) -> Survey:
    """Create the sites, the people and the survey with its waves, and no answers yet."""
    regions = await _create_sites(session)
    for person in PEOPLE:
        account = await add_account(session, person.email, person.role, now=now)
        account.rights = [right.value for right in person.rights]
        if person.region:
            await site_queries.store_granted(session, account.id, {regions[person.region].id})
    instrument = load_instrument(INSTRUMENT)
    new = NewSurvey(
        instrument=INSTRUMENT,
        title="Guest survey",
        organisation=ORGANISATION,
        placeholders={"providers": "hotels"},
        slug=SLUG,
        sites=_sites(),
        allow_changes=True,
    )
    opened = [_opened(wave, now) for wave in range(1, WAVES + 1)]
    survey = await create_survey(session, new, instrument, now=opened[0])
    survey = await launch_survey(session, survey.id, instrument, now=opened[0])
    (await get_wave(session, survey.id, 1)).name = _quarter(opened[0])
    for moment in opened[1:]:
        await open_wave(session, survey.id, name=_quarter(moment), now=moment)
    await keep_journey(session, None, tuple(JOURNEY), now=now)
    await _set_targets(session, survey, instrument, now=now)
    return survey


def _opened(wave: int, now: datetime) -> datetime:
    return now - timedelta(days=40) - (WAVES - wave) * WAVE_EVERY


def _quarter(moment: datetime) -> str:
    return f"Q{(moment.month + 2) // 3} {moment.year}"


async def _create_sites(session: AsyncSession) -> Mapping[str, Site]:
    top = Site(name=ORGANISATION, kind=SiteKind.ORGANISATION)
    session.add(top)
    await session.flush()
    regions = {name: Site(name=name, kind=SiteKind.REGION, parent_id=top.id) for name in REGIONS}
    session.add_all(regions.values())
    await session.flush()
    session.add_all(
        Site(name=site, kind=SiteKind.SITE, parent_id=regions[region].id)
        for region, sites in REGIONS.items()
        for site in sites
    )
    await session.flush()
    return regions


async def _set_targets(session: AsyncSession, survey: Survey, instrument: Instrument, *, now: datetime) -> None:
    due_on = (now + timedelta(days=120)).date()
    metrics = metrics_of(instrument, survey.locale, {})
    for metric, site, start, goal in (
        ("overall", None, -0.85, -0.65),
        ("reliability", "Airport", -1.8, -1.2),
        ("responsiveness", "Harbour", -0.9, -0.6),
    ):
        target = NewTarget(metric=metric, site=site, start=start, goal=goal, due_on=due_on)
        await set_target(session, survey.id, target, metrics, None, account_id=None, now=now)


async def store_batch(session: AsyncSession, survey: Survey, batch: Batch, *, now: datetime) -> None:
    """Simulate the guests of one batch, each at a touchpoint of their stay, and store their responses."""
    instrument = load_instrument(INSTRUMENT)
    codes, attributes, texts = [], [], []
    for place, (touchpoint, (team, shift)) in enumerate(JOURNEY.items()):
        n = batch.n_guests // len(JOURNEY) + (place < batch.n_guests % len(JOURNEY))
        codes.append(simulate_codes(instrument, n, _population(batch, shift), batch.seed + place))
        attributes += [
            {"site": batch.site, "touchpoint": touchpoint, "team": team, "agent": f"{team} {guest % AGENTS + 1}"}
            for guest in range(n)
        ]
        said = {REMARK: REMARKS[touchpoint]} if batch.wave == WAVES else {}
        texts += [said if guest == 0 else {} for guest in range(n)]
    start = _opened(batch.wave, now)
    await store_answers(
        session,
        survey.id,
        np.concatenate(codes),
        wave=batch.wave,
        attributes=attributes,
        answered_at=[start + timedelta(hours=8 * guest) for guest in range(batch.n_guests)],
        besides=Besides(texts=texts),
    )


async def release_remarks(session: AsyncSession, survey: Survey, *, now: datetime) -> None:
    """Let some remarks be quoted, as a researcher would; managers read no others."""
    researcher = await account_queries.find_account(session, PEOPLE[1].email)
    if researcher is None:
        return
    released = {(site, REMARKS[touchpoint]) for site, touchpoint in RELEASED.items()}
    for comment in await list_comments(session, survey.id):
        if (comment.site, comment.text) in released:
            await release_quotation(session, survey.id, comment.key, comment.text, account_id=researcher.id, now=now)


def _population(batch: Batch, shift: float) -> Population:
    shifts = {dimension: own + shift for dimension, own in GUESTS.shifts["perception"].items()}
    for change in (APART.get(batch.site, {}), IMPROVED if batch.wave == WAVES else {}):
        for dimension, more in change.items():
            shifts[dimension] = shifts.get(dimension, shift) + more
    return replace(GUESTS, shifts={"perception": shifts})


@dataclass(frozen=True)
class HandOut:
    """What a visitor of the demo needs; all of it is made anew each time, since only digests are stored."""

    survey_id: int
    open_link: str
    personal_links: tuple[str, ...]
    api_key: str
    passwords: Mapping[str, str]


async def make_hand_out(session: AsyncSession, survey: Survey, *, now: datetime) -> HandOut:
    """Personal links that nobody has used yet, an API key for a day, and new passwords for the demo's people."""
    links = await create_personal_links(session, survey.id, PERSONAL_LINKS, now=now)
    key = await create_key(session, Scope, name="demo", expires_at=now + timedelta(days=1), now=now)
    passwords = {}
    for person in PEOPLE:
        account = await account_queries.find_account(session, person.email)
        if account is not None:
            passwords[person.email] = password = secrets.token_urlsafe(12)
            account.password_hash = await hash_password(password)
    await session.flush()
    return HandOut(survey.id, f"/o/{survey.slug}", tuple(link.path for link in links), key.text, passwords)
