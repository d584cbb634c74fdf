"""A simulated hotel group with three branches and two waves of guests, to try servq on.

The guests are drawn by `servq.simulate` with fixed seeds; the group is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.instruments import load_instrument
from servq.invitations.service import create_personal_links
from servq.responses.importing import store_answers
from servq.simulate import Population, simulate_codes
from servq.surveys.models import Survey
from servq.surveys.service import NewSurvey, create_survey, launch_survey, list_surveys, open_wave

INSTRUMENT = "servqual"
SLUG = "harbour-hotels"
PERSONAL_LINKS = 5
WAVE_EVERY = timedelta(days=182)

GUESTS = Population(
    levels={"expectation": 0.86, "perception": 0.74},
    shifts={"perception": {"reliability": -0.08, "responsiveness": -0.03, "tangibles": 0.06, "empathy": -0.01}},
    points={"tangibles": 11, "reliability": 32, "responsiveness": 22, "assurance": 19, "empathy": 16},
    blank=0.006,
    not_applicable=0.005,
)
"""What the guests of an average branch expect and find; the points are the averages published in 1990."""

BRANCHES: Mapping[str, tuple[int, Mapping[str, float]]] = {
    "Harbour": (118, {"tangibles": 0.03, "assurance": 0.03}),
    "Old Town": (96, {"tangibles": -0.06, "empathy": 0.05}),
    "Airport": (134, {"reliability": -0.05, "responsiveness": -0.05}),
}
"""Guests a wave and what sets a branch apart, as shares of the scale's range."""

IMPROVED = {"responsiveness": 0.06}
"""What the group did better in the second wave."""


@dataclass(frozen=True)
class Batch:
    """Guests of one branch in one wave, still to be simulated."""

    wave: int
    branch: str
    n_guests: int
    population: Population
    seed: int


def batches() -> Iterator[Batch]:
    """Every branch in every wave."""
    for wave in (1, 2):
        for position, (branch, (n_guests, apart)) in enumerate(BRANCHES.items()):
            shifts = dict(GUESTS.shifts["perception"])
            for change in (apart, IMPROVED if wave == 2 else {}):  # the second of two
                for dimension, shift in change.items():
                    shifts[dimension] = shifts.get(dimension, 0.0) + shift
            population = replace(GUESTS, shifts={"perception": shifts})
            yield Batch(wave, branch, n_guests, population, seed=100 * wave + position)


async def find_demo(session: AsyncSession) -> Survey | None:
    """The demo's survey, if this database has it."""
    return next((survey for survey in await list_surveys(session) if survey.slug == SLUG), None)


async def create_demo(session: AsyncSession, *, now: datetime) -> Survey:
    """Create and launch the survey with two waves and no answers yet."""
    instrument = load_instrument(INSTRUMENT)
    new = NewSurvey(
        instrument=INSTRUMENT,
        title="Guest survey",
        organisation="Harbour Hotels",
        placeholders={"providers": "hotels"},
        slug=SLUG,
        sites=tuple(BRANCHES),
        allow_changes=True,
    )
    survey = await create_survey(session, new, instrument, now=now - WAVE_EVERY)
    survey = await launch_survey(session, survey.id, instrument, now=now - WAVE_EVERY)
    await open_wave(session, survey.id, now=now)
    return survey


async def store_batch(session: AsyncSession, survey: Survey, batch: Batch, *, now: datetime) -> None:
    """Simulate the guests of one batch and store their responses."""
    codes = simulate_codes(load_instrument(INSTRUMENT), batch.n_guests, batch.population, batch.seed)
    start = now - WAVE_EVERY if batch.wave == 1 else now - timedelta(days=21)
    await store_answers(
        session,
        survey.id,
        codes,
        wave=batch.wave,
        attributes=[{"site": batch.branch}] * batch.n_guests,
        answered_at=[start + timedelta(hours=3 * guest) for guest in range(batch.n_guests)],
    )


@dataclass(frozen=True)
class HandOut:
    """What a visitor of the demo needs; links and key are made anew each time, since only their digests are stored."""

    survey_id: int
    open_link: str
    personal_links: tuple[str, ...]
    api_key: str


async def make_hand_out(session: AsyncSession, survey: Survey, *, now: datetime) -> HandOut:
    """Personal links that nobody has used yet, and an API key for a day."""
    links = await create_personal_links(session, survey.id, PERSONAL_LINKS, now=now)
    key = await create_key(session, Scope, name="demo", expires_at=now + timedelta(days=1), now=now)
    return HandOut(survey.id, f"/o/{survey.slug}", tuple(link.path for link in links), key.text)
