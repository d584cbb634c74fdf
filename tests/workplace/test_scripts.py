"""Whatever is stored or asked for stays text: no name, comment, attribute or parameter becomes a part of a page."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account, ApiKey, Site
from servq.responses.models import Response
from servq.surveys.models import Survey, Wave
from workplace.addresses import PAGES, PageCase
from workplace.installation import Workplace

EVIL = "\"'></title></script></textarea></svg><planted onplanted=1>{{7*191}}"
"""Breaks out of texts, attributes, scripts and templates where something lets it; of fewer than 100 characters."""


class Finder(HTMLParser):
    """Finds what a browser would take for an element or an attribute."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.planted: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "planted" or any(name == "onplanted" for name, _ in attrs):
            self.planted.append(str(self.get_starttag_text()))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


async def plant(session: AsyncSession) -> None:
    """Put the text wherever people or other systems may write one."""
    for survey in await session.scalars(select(Survey)):
        survey.title = survey.organisation = EVIL
        survey.sites = [EVIL if site == "Harbour" else site for site in survey.sites]
    await session.execute(update(Wave).values(name=EVIL))
    await session.execute(update(Account).values(name=EVIL[:100]))
    await session.execute(update(Site).where(Site.name == "Harbour").values(name=EVIL))
    for response in await session.scalars(select(Response)):
        response.attributes = {
            name: EVIL if value == "Harbour" else value for name, value in response.attributes.items()
        } | {"team": EVIL}
        response.texts = dict.fromkeys(response.texts, EVIL)
    await session.execute(update(ApiKey).values(name=EVIL))


@pytest.fixture(scope="module")
def poisoned(workplace: Workplace) -> Iterator[Workplace]:
    workplace.run(plant)
    admin = workplace.visitor("admin")
    admin.get("/manage/nothing", headers={"User-Agent": EVIL})
    admin.send_form("/manage/keys", data={"name": EVIL, "owner": EVIL, "scopes": EVIL, "days": EVIL})
    workplace.browser().post("/sign-in", data={"email": EVIL, "password": EVIL, "next": EVIL})
    return workplace


@pytest.mark.parametrize("path", ["/manage/people", "/manage/sites", "/manage/surveys/{survey}/results"])
def test_the_planted_text_is_really_shown(poisoned: Workplace, path: str) -> None:
    finder = Finder()
    finder.feed(poisoned.visitor("admin").get(path.format(**poisoned.places)).text)
    assert "<planted onplanted=1>{{7*191}}" in "".join(finder.texts)


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case.path)
def test_a_stored_or_reflected_script_stays_text(poisoned: Workplace, case: PageCase) -> None:
    visitor = poisoned.visitor("admin" if case.role else "")
    path = case.path.format(**poisoned.places)
    names = [part.partition("=")[0] for part in urlsplit(path).query.split("&") if part]
    asked = "&".join(f"{name}={quote(EVIL)}" for name in (*names, "q", "text", "next", "lang", "by", "wave", "site"))
    for address in (path, f"{path.partition('?')[0]}?{asked}"):
        answer = visitor.get(address)
        assert answer.status_code < 500, address
        finder = Finder()
        finder.feed(answer.text)
        finder.close()
        assert finder.planted == [], address
        assert "1337" not in "".join(finder.texts), f"{address} takes a text for a template"


def test_forms_give_back_what_was_typed_as_text(poisoned: Workplace) -> None:
    admin = poisoned.visitor("admin")
    for path in ("/manage/keys", "/manage/people/new", "/manage/sites", "/manage/account"):
        data = dict.fromkeys(("name", "email", "owner", "locale", "kind", "parent", "time_zone", "theme", "role"), EVIL)
        answer = admin.send_form(path, data=data)
        assert answer.status_code == 422, path
        finder = Finder()
        finder.feed(answer.text)
        assert finder.planted == [], path
    finder = Finder()
    finder.feed(poisoned.browser().post("/sign-in", data={"email": EVIL, "password": "x", "next": EVIL}).text)
    assert finder.planted == []
