"""A seeded installation and a server on it, for the tests of the workplace.

People (`PASSWORD` opens all of them), all at example.org: admin, researcher, north (manager of the region North) and
south (manager of the region South). Example Hotels → North → Harbour, Old Town; South → Airport, Castle.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import uvicorn
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import site_queries
from servq.accounts.models import Role, Scope, Site, SiteKind
from servq.accounts.service import add_account, create_key
from servq.db import make_engine, make_sessions
from servq.instruments import load_instrument
from servq.responses.importing import store_answers
from servq.settings import Settings
from servq.simulate import Population, simulate_codes
from servq.surveys.service import NewSurvey, create_survey, launch_survey, open_wave
from servq.web import create_app
from servq.web.manage.csrf import FIELD, token_for
from workplace.addresses import SEEDS

T = TypeVar("T")

PASSWORD = "a password for the tests"
SECRET = "a secret of the installation in tests"
ORGANISATION = "Example Hotels"
REGIONS = {"North": ("Harbour", "Old Town"), "South": ("Airport", "Castle")}
SITES = tuple(site for sites in REGIONS.values() for site in sites)
PEOPLE = {"admin": Role.ADMIN, "researcher": Role.RESEARCHER, "north": Role.MANAGER, "south": Role.MANAGER}
GUESTS = 30
"""Respondents of a site in a wave of the survey of all sites."""


@dataclass(frozen=True)
class Workplace:
    """A running installation.

    Parameters
    ----------
    places
        What fills the templates of addresses: `survey` (of all sites), `south_survey` (of the region South alone),
        `<name>_account`, `north_site`, `south_site`, and what the seeds of the areas added.
    """

    address: str
    database: str
    places: Mapping[str, str]
    _visitors: dict[str, Visitor] = field(default_factory=dict)
    _others: list[Visitor] = field(default_factory=list)

    def visitor(self, name: str) -> Visitor:
        """Return the browser of a person, signed in; "" for nobody."""
        if name not in self._visitors:
            visitor = self._visitors[name] = Visitor(base_url=self.address, timeout=60)
            if name:
                visitor.sign_in(name)
        return self._visitors[name]

    def browser(self) -> Visitor:
        """Return another browser, in which nobody is signed in."""
        self._others.append(Visitor(base_url=self.address, timeout=60))
        return self._others[-1]

    def run(self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Do something in one transaction of the database."""
        return asyncio.run(in_transaction(self.database, work))


class Visitor(httpx.Client):
    """A browser without scripts; its forms carry what the pages put into them."""

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        """Send the form of the sign-in."""
        answer = self.post("/sign-in", data={"email": f"{name}@example.org", "password": password})
        assert answer.status_code == 303, answer.text
        return answer

    def send_form(self, path: str, **options: Any) -> httpx.Response:
        """Send a form by POST with the token of this session."""
        return self.post(path, headers={"X-CSRF-Token": self.csrf, **options.pop("headers", {})}, **options)

    @property
    def csrf(self) -> str:
        """The token that forms of this session carry in the field `csrf`."""
        return token_for(self.cookies.get("servq", ""))

    def with_token(self, data: Mapping[str, object]) -> dict[str, object]:
        """Return the fields of a form with its token among them."""
        return {FIELD: self.csrf, **data}


async def in_transaction(database: str, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    engine = make_engine(database)
    try:
        async with make_sessions(engine).begin() as session:
            return await work(session)
    finally:
        await engine.dispose()


async def seed(database: str, now: datetime) -> dict[str, str]:
    """Fill a migrated database and return the places."""

    async def work(session: AsyncSession) -> dict[str, str]:
        sites = await _seed_sites(session)
        numbers: dict[str, str] = {}
        for name, role in PEOPLE.items():
            account = await add_account(session, f"{name}@example.org", role, password=PASSWORD, now=now)
            numbers[f"{name}_account"] = str(account.id)
            if role is Role.MANAGER:
                await site_queries.store_granted(session, account.id, {sites[name.title()].id})
        await create_key(session, [Scope.SURVEYS_READ], name="Dashboard", email="researcher@example.org", now=now)
        places = {
            **numbers,
            "north_site": str(sites["North"].id),
            "south_site": str(sites["South"].id),
            "survey": str(await _seed_survey(session, now)),
            "south_survey": str(await _seed_south_survey(session, now)),
        }
        for plant in SEEDS:
            places |= await plant(session, places, now)
        return places

    return await in_transaction(database, work)


@contextmanager
def serving(database: str, places: Mapping[str, str], **settings: str) -> Iterator[Workplace]:
    """Run a server on a seeded database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    app = create_app(Settings(database=database, address=address, secret=SECRET, **settings))
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="on", loop="asyncio", ws="none")
    )
    thread = threading.Thread(target=server.run, name="workplace")
    thread.start()
    workplace = Workplace(address, database, places)
    try:
        for _ in range(300):
            if server.started or not thread.is_alive():
                break
            time.sleep(0.05)
        assert server.started, "the server did not start"
        yield workplace
    finally:
        for visitor in (*workplace._visitors.values(), *workplace._others):
            visitor.close()
        server.should_exit = True
        thread.join(timeout=30)


async def _seed_sites(session: AsyncSession) -> dict[str, Site]:
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


async def _seed_survey(session: AsyncSession, now: datetime) -> int:
    """SERVQUAL at four sites in two waves; Harbour is better than the others, Castle worse."""
    instrument = load_instrument("servqual")
    new = NewSurvey(
        instrument="servqual",
        title="Guest survey",
        organisation=ORGANISATION,
        placeholders={"providers": "hotels"},
        slug="guest-survey",
        sites=SITES,
    )
    survey = await create_survey(session, new, instrument, now=now - timedelta(days=100))
    await launch_survey(session, survey.id, instrument, now=now - timedelta(days=100))
    for wave, begun in ((1, now - timedelta(days=95)), (2, now - timedelta(days=20))):
        if wave == 2:
            await open_wave(session, survey.id, name="Autumn", now=begun)
        for position, site in enumerate(SITES):
            shift = {"Harbour": 0.05, "Castle": -0.08}.get(site, 0.0)
            population = Population(
                levels={"expectation": 0.86, "perception": 0.74 + shift},
                shifts={"perception": {"reliability": -0.08, "tangibles": 0.05}},
            )
            await store_answers(
                session,
                survey.id,
                simulate_codes(instrument, GUESTS, population, seed=10 * wave + position),
                wave=wave,
                attributes=[{"site": site}] * GUESTS,
                answered_at=[begun + timedelta(hours=7 * guest) for guest in range(GUESTS)],
            )
    return survey.id


async def _seed_south_survey(session: AsyncSession, now: datetime) -> int:
    """One question at the sites of the region South, which the manager of the region North may not see."""
    instrument = load_instrument("nps")
    new = NewSurvey(
        instrument="nps", title="Southern lounge", organisation=ORGANISATION, slug="lounge", sites=REGIONS["South"]
    )
    survey = await create_survey(session, new, instrument, now=now - timedelta(days=40))
    await launch_survey(session, survey.id, instrument, now=now - timedelta(days=40))
    for position, site in enumerate(REGIONS["South"]):
        await store_answers(
            session,
            survey.id,
            simulate_codes(instrument, GUESTS, Population(), seed=90 + position),
            attributes=[{"site": site}] * GUESTS,
            answered_at=[now - timedelta(days=30, hours=-5 * guest) for guest in range(GUESTS)],
        )
    return survey.id


def present() -> datetime:
    """The time of the seeds: sign-ins and cookies end by the clock of the browser."""
    return datetime.now(UTC)
