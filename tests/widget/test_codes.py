"""Signed places, the codes that carry them, the sheets for print, and the kiosk's addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
import zxingcpp
from click.testing import CliRunner
from litestar.testing import AsyncTestClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from journeys.bot import Bot
from servq.accounts.models import Scope
from servq.accounts.service import create_key
from servq.cli import cli
from servq.installation import installation_tokens
from servq.instruments import load_instrument
from servq.reporting.codes import qr_svg
from servq.settings import Settings
from servq.surveys.places import SignedPlace
from stateful.factories import NOW, make_survey, stored
from widget.test_widget_calls import SECRET, client  # noqa: F401 (a fixture)

pytestmark = pytest.mark.anyio

Sessions = async_sessionmaker[AsyncSession]
Headers = Callable[..., Coroutine[Any, Any, dict[str, str]]]
API = "/api/v1"


def read_code(svg: str) -> str:
    """Read a code as a phone does: its dark squares as an image, decoded by a library that did not make it."""
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert found is not None
    size = int(found[1])
    image = np.full((size, size), 255, dtype=np.uint8)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.findall(r'd="([^"]+)"', svg)[-1]):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            image[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
    assert image[:4].min() == 255, "the quiet zone is empty"
    (code,) = zxingcpp.read_barcodes(np.kron(image, np.ones((4, 4), dtype=np.uint8)))
    text: str = code.text
    return text


async def make_shop(sessions: Sessions, **choices: object) -> int:
    choices = {"sites": ("North", "South & Söhne"), **choices}
    return (await make_survey(sessions, instrument=load_instrument("nps"), slug="shop", **choices)).id


async def key_of(sessions: Sessions) -> dict[str, str]:
    async with sessions.begin() as session:
        return {"Authorization": f"Bearer {(await create_key(session, [Scope.SURVEYS_READ], now=NOW)).text}"}


def test_a_code_can_be_read_by_another_programme() -> None:
    for text in ("https://feedback.example.org/o/shop?at=" + "eyJ" * 40, "https://x.example/é"):
        assert read_code(qr_svg(text, title="Shop & more")) == text


async def test_the_site_and_touchpoint_of_a_code_are_stored_with_the_answers(
    client: AsyncTestClient[Any],  # noqa: F811 (the fixture)
    sessions: Sessions,
) -> None:
    survey = await make_shop(sessions)
    place = {"site": "South & Söhne", "touchpoint": "exit"}
    drawn = await client.get(f"{API}/surveys/{survey}/qr.svg", params=place, headers=await key_of(sessions))
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    url = read_code(drawn.text)
    assert url.startswith("http://servq.test/o/shop?at=")
    bot = Bot(client, url)
    await bot.open()
    # A name beside the signed one counts for nothing.
    await bot.send({"nps": "9"})
    await bot.send({})
    (response,) = await stored(sessions)
    assert (response.channel, response.attributes) == ("open_link", place)
    assert response.submitted_at is not None


async def test_an_unsigned_or_changed_place_is_refused_kindly(
    client: AsyncTestClient[Any],  # noqa: F811 (the fixture)
    sessions: Sessions,
) -> None:
    await make_shop(sessions)
    tokens = installation_tokens(Settings(database="sqlite:///x.db", secret=SECRET))
    signed = SignedPlace(slug="shop", site="North").sign(tokens)
    of_another = SignedPlace(slug="other", site="North").sign(tokens)
    of_a_kiosk = SignedPlace(slug="shop", site="North").sign(tokens, "kiosk")
    body, _, mac = signed.partition(".")
    for wrong in ("North", "%7B%7D", f"{body}A.{mac}", f"{body}.", of_another, of_a_kiosk):
        for page in ("?", "/AAAAAAAAAAAAAAAAAAAAAA?page=1&"):
            refused = await client.get(f"/o/shop{page}at={wrong}", follow_redirects=False)
            assert refused.status_code == 403, wrong
            assert "This link is incomplete" in refused.text
            assert "Nothing was sent." in refused.text
    sent = await client.post(f"/o/shop/AAAAAAAAAAAAAAAAAAAAAA?page=1&at={body}.", data={"nps": "9", "do": "next"})
    assert (sent.status_code, await stored(sessions)) == (403, [])
    plain = await client.get("/o/shop?site=North", follow_redirects=False)
    assert (plain.status_code, plain.headers["location"][-11:]) == (303, "?site=North")


async def test_an_anonymous_survey_and_an_unknown_site_have_no_code(
    client: AsyncTestClient[Any],  # noqa: F811 (the fixture)
    sessions: Sessions,
) -> None:
    survey = await make_shop(sessions, anonymous=True)
    wrong = {"site": "West", "touchpoint": "exit"}
    refused = await client.get(f"{API}/surveys/{survey}/placed-link", params=wrong, headers=await key_of(sessions))
    assert refused.status_code == 422
    assert [problem["column"] for problem in refused.json()["problems"]] == ["site", "touchpoint"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_sheet_for_every_site_is_printed_with_its_name(
    client: AsyncTestClient[Any],  # noqa: F811 (the fixture)
    sessions: Sessions,
) -> None:
    survey = await make_shop(sessions)
    headers = await key_of(sessions)
    for query, n_pages in (({}, 2), ({"site": ["North"]}, 1), ({"cards": "true"}, 1)):
        printed = await client.get(f"{API}/surveys/{survey}/qr.pdf", params=query, headers=headers)
        assert printed.status_code == 200, printed.text
        with pikepdf.open(BytesIO(printed.content)) as pdf:
            assert len(pdf.pages) == n_pages
            assert [round(float(side)) for side in pdf.pages[0].mediabox[2:]] == [595, 842]


async def test_a_kiosk_opens_by_its_signed_address_only_and_stores_its_place(
    client: AsyncTestClient[Any],  # noqa: F811 (the fixture)
    sessions: Sessions,
) -> None:
    survey = await make_shop(sessions)
    headers = await key_of(sessions)
    shown = await client.get(f"{API}/surveys/{survey}/kiosk-link", params={"site": "North"}, headers=headers)
    url = shown.json()["url"]
    page = await client.get(url)
    assert page.status_code == 200
    assert "worker-src 'self'" in page.headers["content-security-policy"]
    assert "How likely are you" in page.text
    answers = {"token": "A" * 22, "answers": {"nps": "4"}, "lang": "de", "age_s": 60}
    for _ in range(2):
        assert (await client.post(f"{url}/answers", json=answers)).status_code == 201
    (response,) = await stored(sessions)
    assert (response.channel, response.locale, response.attributes) == ("kiosk", "de", {"site": "North"})
    other = await client.post(f"{url}/answers", json={**answers, "answers": {"nps": "5"}})
    assert other.status_code == 409
    assert (await client.get(url[:-1])).status_code == 403
    assert (await client.get("/k/shop")).status_code == 403
    assert (await client.get("/k/worker.js")).headers["content-type"].startswith("text/javascript")


def test_codes_and_widgets_have_commands(sqlite_database: str, tmp_path: Path) -> None:
    environment = {
        "SERVQ_DATABASE": sqlite_database,
        "SERVQ_ADDRESS": "https://feedback.example.org",
        "SERVQ_SECRET": SECRET,
    }

    def run(*arguments: str) -> str:
        done = CliRunner(env=environment).invoke(cli, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    run("survey", "create", "nps", "--title", "S", "--organisation", "O", "--slug", "shop", "--site", "North")
    run("survey", "launch", "1")
    link = run("qr", "link", "1", "--site", "North", "--touchpoint", "exit").strip()
    assert link.startswith("https://feedback.example.org/o/shop?at=")
    assert run("qr", "kiosk", "1").startswith("https://feedback.example.org/k/")
    run("qr", "code", "1", "--site", "North", "--touchpoint", "exit", "--svg", str(tmp_path / "code.svg"))
    assert read_code((tmp_path / "code.svg").read_text(encoding="utf-8")) == link
    made = run("widget", "create", "Shop", "--origin", "https://www.example.org")
    assert 'src="https://feedback.example.org/widget.js" async data-key="w_' in made
    run("widget", "rule", "1", "1", "--event", "bought", "--page", "/a/*", "--where", "plan=pro", "--share", "0.5")
    run("widget", "switch", "1", "1", "--pause")
    listed = run("widget", "rules", "1")
    assert listed.split() == [
        "1",
        "survey",
        "1",
        "at",
        "bought",
        "on",
        "/a/*",
        "where",
        "plan",
        "is",
        "pro",
        "for",
        "50%",
        "(rests)",
    ]
    run("widget", "change", "1", "Store", "--origin", "https://shop.example.org")
    assert "Store  https://shop.example.org" in run("widget", "list")
    assert "wsec_" in run("widget", "secret", "1")
    run("widget", "switch", "1", "1", "--remove")
    run("widget", "remove", "1")
    assert run("widget", "list") == ""
