"""From an empty database to a manager's PDF, the way people go: in a real browser, by the pages alone.

A researcher adapts SERVQUAL and launches it; ten respondents answer on telephones, some by keyboard alone and some
without JavaScript; a manager of the site finds the result and downloads its report; the manager of another site sees
nothing of it by any address and by no call of the API.

With SERVQ_PICTURES=FOLDER the pictures of the way are kept there; `scripts/take_pictures.py` does that.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from sqlalchemy.ext.asyncio import AsyncSession

from browser.walking import SHARES
from servq.accounts import site_queries
from servq.accounts.models import Role, Scope, Site, SiteKind
from servq.accounts.service import add_account, create_key
from workplace.installation import PASSWORD, Workplace, in_transaction, serving

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("SERVQ_PICTURES", "")
TITLE = "Harbour guests"
OWN_WORDS = "The rooms of Example Hotels are as quiet as guests need."
POINTS = (6, 5, 7, 4, 6, 5, 3, 6, 5, 7)
"""Point that each respondent chooses for what they experienced; all expect 6."""
BY_KEYBOARD, WITHOUT_SCRIPTS = (0, 5), (1, 4, 8)
TELEPHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}

Open = Callable[..., Page]


async def add_people(session: AsyncSession) -> dict[str, str]:
    """Two sites with a manager each, a researcher, and a key of the manager who must see nothing."""
    now = datetime.now(UTC)
    top = Site(name="Example Hotels", kind=SiteKind.ORGANISATION)
    session.add(top)
    await session.flush()
    sites = {name: Site(name=name, kind=SiteKind.SITE, parent_id=top.id) for name in ("Harbour", "Airport")}
    session.add_all(sites.values())
    await session.flush()
    await add_account(session, "researcher@example.org", Role.RESEARCHER, password=PASSWORD, now=now)
    for name, site in sites.items():
        account = await add_account(session, f"{name.lower()}@example.org", Role.MANAGER, password=PASSWORD, now=now)
        await site_queries.store_granted(session, account.id, {site.id})
    scopes = [Scope.SURVEYS_READ, Scope.RESPONSES_READ, Scope.REPORTS_READ]
    key = await create_key(session, scopes, name="reader", email="airport@example.org", now=now)
    return {"key": key.text}


@pytest.fixture(scope="module")
def installation(
    chromium: str,  # noqa: ARG001 (without a browser no server is needed)
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workplace]:
    path = tmp_path_factory.mktemp("journey") / "servq.db"
    shutil.copy(sqlite_template, path)
    places = asyncio.run(in_transaction(f"sqlite:///{path}", add_people))
    with serving(f"sqlite:///{path}", places) as running:
        yield running


@pytest.fixture(scope="module")
def chrome(
    installation: Workplace,  # noqa: ARG001 (its event loop has begun before that of the browser)
    chromium: str,
) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chrome: Browser, installation: Workplace) -> Iterator[Open]:
    """Open a browser of one person; nothing on their way asks anybody else for anything, and no script fails."""
    contexts, faults = [], []

    def make(person: str = "", **options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options}
        context = chrome.new_context(base_url=installation.address, color_scheme="light", **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda sent: (
                faults.append(sent.url) if not sent.url.startswith((installation.address, "data:", "blob:")) else None
            ),
        )
        if person:
            page.goto("/sign-in")
            page.get_by_label("E-mail").fill(f"{person}@example.org")
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url("**/manage")
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(PICTURES) / f"journey-{name}.png", animations="disabled")


def test_from_an_adapted_instrument_to_the_report_of_a_manager(
    open_page: Open, installation: Workplace, tmp_path: Path
) -> None:
    survey = launch(open_page("researcher"))
    for number, point in enumerate(POINTS):
        page = open_page(**TELEPHONE, java_script_enabled=number not in WITHOUT_SCRIPTS)
        answer(page, survey, point, by_keyboard=number in BY_KEYBOARD)
        page.context.close()
    watch(open_page("researcher"), survey)
    report = read(open_page("harbour"), survey, tmp_path)
    assert report.startswith(b"%PDF-")
    see_nothing(open_page("airport"), installation, survey)


def launch(page: Page) -> dict[str, str]:
    """Adapt one item of SERVQUAL, launch, and return the number and the open link of the survey."""
    page.get_by_role("link", name="Surveys", exact=True).click()
    page.get_by_role("link", name="New survey").first.click()
    page.get_by_role("link", name=re.compile("^SERVQUAL, 1991")).click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Who is measured").fill("Example Hotels")
    page.get_by_label("Harbour").check()
    page.get_by_role("button", name="Make the draft").click()
    page.wait_for_url("**/setup")
    number = re.search(r"/surveys/(\d+)/", page.url)
    assert number is not None
    address = f"/manage/surveys/{number[1]}"
    page.goto(f"{address}/setup/wording?language=en")
    field = page.locator("textarea[name^='own:']").nth(8)
    published = page.locator(f"[id='{field.get_attribute('id')}-published']").inner_text()
    field.fill(OWN_WORDS)
    picture(page, "wording")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert page.locator("textarea[name^='own:']").nth(8).input_value() == OWN_WORDS
    page.goto(f"{address}/launch")
    page.get_by_label("I have tried it out").check()
    page.get_by_role("button", name="Launch now").click()
    page.wait_for_url(re.compile(rf"{address}(?!/launch)"))
    page.goto(f"{address}/setup/channels")
    link = re.search(r"/o/[a-z0-9-]+", page.content())
    assert link is not None
    return {"number": number[1], "link": link[0], "published": published}


def answer(page: Page, survey: dict[str, str], point: int, *, by_keyboard: bool) -> None:
    """Answer as one respondent of the site Harbour."""
    page.goto(f"{survey['link']}?site=Harbour")
    go = press if by_keyboard else tap
    with page.expect_navigation():
        go(page, page.locator("a.primary"))
    seen = ""
    for _ in range(4):
        page.wait_for_load_state()
        seen += page.locator("main").inner_text()
        choose = choose_by_keys if by_keyboard else choose_by_touch
        for place, (name, values) in enumerate(asked(page).items()):
            wanted = str(6 if name.startswith("e") else point)
            # the features that matter most, second and least are three different ones
            choose(page, name, values.index(wanted) if len(values) > 5 else place % len(values))
        for share in SHARES:
            if page.locator(f"#w_{share}").count():
                page.locator(f"#w_{share}").fill("20")
        with page.expect_navigation():
            go(page, page.locator("button[name=do][value=next]"))
        if "saved=1" in page.url:
            break
    page.wait_for_url("**saved=1**")
    assert OWN_WORDS in seen
    assert survey["published"] not in seen


def asked(page: Page) -> dict[str, list[str]]:
    """Values that can be chosen by the name of each group of points, in the order of the page."""
    groups: dict[str, list[str]] = {}
    for name, value in page.locator("input[type=radio]").evaluate_all("all => all.map(one => [one.name, one.value])"):
        groups.setdefault(name, []).append(value)
    return groups


def choose_by_touch(page: Page, name: str, place: int) -> None:
    page.locator(f"input[name='{name}']").nth(place).check(force=True)


def choose_by_keys(page: Page, name: str, place: int) -> None:
    """Go to the group by the tabulator key and to the point by the arrows."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            break
    page.keyboard.press("Space")
    for _ in range(place):
        page.keyboard.press("ArrowRight")
    assert page.locator(f"input[name='{name}']").nth(place).is_checked()


def tap(_: Page, place: Locator) -> None:
    place.click()


def press(page: Page, place: Locator) -> None:
    """Go there by the tabulator key from where the reader is, and press Enter."""
    target = place.element_handle()
    for _ in range(400):
        page.keyboard.press("Tab")
        if target.evaluate("it => it === document.activeElement"):
            page.keyboard.press("Enter")
            return
    raise AssertionError("the keyboard does not reach it")


def watch(page: Page, survey: dict[str, str]) -> None:
    page.goto(f"/manage/surveys/{survey['number']}/fieldwork")
    assert "10" in page.locator("main").inner_text()
    picture(page, "fieldwork")


def read(page: Page, survey: dict[str, str], folder: Path) -> bytes:
    """Find the result of the site from the start page, and download its report."""
    page.goto("/manage")
    words = page.locator("main").inner_text()
    assert TITLE in words
    assert "How are we doing?" in words
    assert "n = 10" in words
    page.get_by_role("link", name="Report as PDF").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").first.click()
    path = folder / "report.pdf"
    download.value.save_as(path)
    page.goto("/manage/audit")
    assert page.get_by_text("There is nothing here").is_visible()
    del survey
    return path.read_bytes()


def see_nothing(page: Page, installation: Workplace, survey: dict[str, str]) -> None:
    for path in ("/manage", "/manage/reports", "/manage/comments", "/manage/follow-ups", "/manage/targets"):
        page.goto(path)
        words = page.content()
        assert TITLE not in words, path
        assert "Harbour" not in words, path
    below = ("", "/results", "/results/sites", "/workbench", "/report", "/report/download", "/fieldwork", "/responses")
    for path in below:
        assert page.request.get(f"/manage/surveys/{survey['number']}{path}").status == 404, path
    with httpx.Client(
        base_url=installation.address, headers={"Authorization": f"Bearer {installation.places['key']}"}
    ) as api:
        place = f"/api/v1/surveys/{survey['number']}"
        for path in (place, f"{place}/report.pdf", f"{place}/fieldwork", f"{place}/waves"):
            answer = api.get(path)
            assert answer.status_code in {403, 404, 405}, path
            assert TITLE not in answer.text
        assert TITLE not in api.get("/api/v1/surveys").text
