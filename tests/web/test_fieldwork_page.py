"""The page of a wave behind its private link."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

import servq
from servq.accounts.models import Scope
from servq.contacts.models import Reason
from servq.fieldwork import words
from servq.fieldwork.links import make_page_link, open_page_link
from servq.fieldwork.numbers import CaseKind, Measure, Progress
from servq.fieldwork.showing import Step, over_time, sites_shown
from servq.invitations.models import MessageStatus
from servq.security_tokens import SecurityTokens
from servq.statistics.response_rates import RateDefinition
from servq.surveys.models import Channel, Survey
from servq.translation import LOCALES_FOLDER
from servq.web.answer.notices import INTERFACE_LOCALES
from servq.web.api import API_PATH
from stateful.factories import NOW, make_survey
from stateful.test_fieldwork import invite, set_messages, set_opened

anyio = pytest.mark.anyio
Sessions = async_sessionmaker[AsyncSession]
KeyFor = Callable[..., Coroutine[Any, Any, dict[str, str]]]
TOKENS = SecurityTokens(b"a secret of the installation in tests")
FOLDER = Path(servq.__file__).parent / "web" / "fieldwork"


async def make_wave(sessions: Sessions) -> Survey:
    survey = await make_survey(sessions, sites=("North", "South"))
    decided = await invite(sessions, survey, 10)
    await set_messages(sessions, decided[:9], MessageStatus.SENT)
    await set_messages(sessions, decided[9:], MessageStatus.BOUNCED)
    await set_opened(sessions, decided[:6])
    return survey


def path_to(survey: Survey, *, wave: int = 1, days: int = 30) -> str:
    return make_page_link(TOKENS, survey.id, wave, days=days, now=NOW).path


@anyio
async def test_the_page_shows_the_wave_and_lets_nobody_keep_index_or_run_anything(
    client: AsyncTestClient, sessions: Sessions
) -> None:
    survey = await make_wave(sessions)
    answer = await client.get(path_to(survey))
    assert answer.status_code == 200
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))
    assert "Hotel Meridian Guests Wave 1 Collecting answers" in plain
    assert "Delivered 9 90.0%" in plain
    assert "Bounced 1 10.0%" in plain
    assert "Opened 6 60.0%" in plain
    assert "RR1 0.0%" in plain
    assert "e = 1.00" in plain
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    fetched = set(re.findall(r'(?:src|href)="([^"?]+)', answer.text)) - {"data:,"}
    assert len(fetched) == 1
    assert re.fullmatch(r"/static/fieldwork\.[0-9a-f]+\.css", *fetched)
    assert (await client.get(*fetched)).status_code == 200
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "noindex" in headers["x-robots-tag"]
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert "script-src" not in policy
    assert policy["frame-ancestors"] == "'none'"


@anyio
@pytest.mark.parametrize(
    ("locale", "word", "direction"),
    [("de", "Von der Einladung zur Antwort", "ltr"), ("ar", "من الدعوة إلى الإجابة", "rtl")],
)
async def test_the_page_speaks_the_language_that_is_asked_for(
    client: AsyncTestClient, sessions: Sessions, locale: str, word: str, direction: str
) -> None:
    path = path_to(await make_wave(sessions))
    for answer in (
        await client.get(f"{path}?lang={locale}"),
        await client.get(path, headers={"Accept-Language": f"{locale}-XX, en;q=0.5"}),
    ):
        assert word in answer.text
        assert f'<html lang="{locale}" dir="{direction}">' in answer.text


@anyio
async def test_no_link_opens_another_page_or_works_for_ever(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_wave(sessions)
    other = TOKENS.sign("site", {"survey": survey.id, "wave": 1, "until": 2**31})
    late = make_page_link(TOKENS, survey.id, 1, days=1, now=NOW - timedelta(days=1)).path
    for path, status in (
        (path_to(survey), 200),
        (f"/wave/{other}", 403),
        (path_to(survey)[:-2], 403),
        ("/wave/nothing", 403),
        (f"/wave/{TOKENS.sign('fieldwork', {'survey': 'x'})}", 403),
        (late, 410),
        (path_to(survey, wave=7), 422),
    ):
        answer = await client.get(path)
        assert answer.status_code == status, path
        assert answer.headers["cache-control"] == "no-store"


@anyio
async def test_an_api_key_makes_a_link_for_as_long_as_it_is_asked_to(
    client: AsyncTestClient, sessions: Sessions, key_for: KeyFor
) -> None:
    survey = await make_wave(sessions)
    headers = await key_for(Scope.SURVEYS_WRITE)
    address = f"{API_PATH}/surveys/{survey.id}/fieldwork/links"
    made = (await client.post(address, headers=headers, json={"days": 2})).json()
    assert made["url"].startswith("http://servq.test/wave/")
    opened = open_page_link(TOKENS, made["url"].rsplit("/", 1)[1], now=NOW)
    assert (opened.survey_id, opened.wave) == (survey.id, 1)
    assert opened.expires_at == (NOW + timedelta(days=2)).replace(microsecond=0)
    assert (await client.get(made["url"])).status_code == 200
    for body, status in (({"days": 0}, 422), ({"days": 400}, 422), ({"wave": 9}, 422), ({}, 201)):
        assert (await client.post(address, headers=headers, json=body)).status_code == status
    reader = await key_for(Scope.SURVEYS_READ)
    assert (await client.post(address, headers=reader, json={})).status_code == 403


def test_a_small_site_never_stands_alone_and_cannot_be_told_from_the_total() -> None:
    def people(n: int) -> Progress:
        return Progress(invited=n, completed=n // 2)

    alone = sites_shown({"A": people(40), "B": people(12), "C": people(3)}, smallest=5)
    assert (list(alone.shown), alone.together, alone.n_together) == (["A"], Progress(invited=15, completed=7), 2)
    enough = sites_shown({"A": people(40), "B": people(4), "C": people(3)}, smallest=5)
    assert (list(enough.shown), enough.n_together) == (["A"], 2)
    none = sites_shown({"A": people(40), "B": people(5)}, smallest=5)
    assert (list(none.shown), none.together) == (["A", "B"], None)
    few = sites_shown({"A": people(3), "": people(1)}, smallest=5)
    assert (dict(few.shown), few.n_together) == ({}, 2)


@anyio
async def test_a_site_of_few_people_is_not_named(client: AsyncTestClient, sessions: Sessions) -> None:
    survey = await make_survey(sessions, sites=("North", "South"))
    await invite(sessions, survey, 9)  # five in the north, four in the south
    answer = await client.get(path_to(survey))
    assert "South" not in answer.text
    assert "By site" not in answer.text, "one line of all sites would only repeat the total"


@pytest.mark.parametrize(
    ("n_days", "step", "n_columns"), [(1, Step.DAY, 1), (62, Step.DAY, 62), (63, Step.WEEK, 10), (500, Step.MONTH, 17)]
)
def test_many_days_are_put_together_and_no_hole_is_left(n_days: int, step: Step, n_columns: int) -> None:
    first = date(2026, 3, 4)
    days = dict.fromkeys((first, first + timedelta(days=n_days - 1)), Progress(completed=2))
    found, periods = over_time({day.isoformat(): progress for day, progress in days.items()})
    assert (found, len(periods)) == (step, n_columns)
    assert sum(progress.completed for progress in periods.values()) == 2 * len(days)


def test_everything_that_can_be_shown_has_words() -> None:
    assert set(words.MEASURES) == set(words.MEANINGS) == set(Measure)
    assert set(words.CHANNELS) == set(Channel)
    assert set(words.REASONS) == set(Reason)
    assert set(words.CASES) == set(CaseKind)
    assert set(words.RATES) == set(get_args(RateDefinition))


def spoken() -> set[str]:
    found = words.every_word()
    for path in FOLDER.rglob("*.j2"):
        for call in jinja2.Environment(autoescape=True).parse(path.read_text()).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "_":
                found.add(call.args[0].as_const())
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                found.update(arg.value for arg in node.args if isinstance(arg, ast.Constant))
    return found


@pytest.mark.parametrize("language", sorted({*INTERFACE_LOCALES} - {"en"}))
def test_the_catalogue_is_complete_and_holds_nothing_else(language: str) -> None:
    with (LOCALES_FOLDER / language / "LC_MESSAGES" / "fieldwork.po").open("rb") as file:
        entries = {entry.id: entry.string for entry in read_po(file) if entry.id}
    assert set(entries) == spoken()
    for source, said in entries.items():
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (source, said)]
        assert names[0] == names[1], source
        assert said
