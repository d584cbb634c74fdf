"""Writing an instrument in a real Chromium: saved as it is typed, told at the field, kept when the line is down."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import NewPage
from workplace.conftest import seeded_sqlite, workplace  # noqa: F401 (fixtures)
from workplace.installation import PASSWORD, Workplace

pytestmark = pytest.mark.browser

FIELD = "#texts--en--items--emp_20--perception"


@pytest.fixture(scope="module")
def server(workplace: Workplace, chromium: str) -> str:  # noqa: ARG001, F811 (without a browser no server is needed)
    return workplace.address


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("input[name=email]", f"{name}@example.org")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/manage")


@pytest.fixture
def editor(new_page: NewPage, workplace: Workplace) -> Page:  # noqa: F811 (the fixture)
    page = new_page()
    sign_in(page, "researcher")
    page.goto(f"/manage/drafts/{workplace.places['draft']}/edit/items")
    return page


def test_what_is_typed_is_saved_checked_and_kept(editor: Page) -> None:
    field = editor.locator(FIELD)
    field.fill("")
    expect(editor.locator("#problems--texts--en--items--emp_20--perception")).to_have_text("This is empty. Fill it.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(editor.locator("#editor-tabs a[aria-current]")).to_contain_text("1")
    field.fill("Staff of {organisation} know me.")
    expect(editor.locator("#problem-count")).to_have_text("Nothing to mend")
    expect(field).not_to_have_attribute("aria-invalid", "true")

    editor.context.set_offline(True)
    field.fill("Written without a line.")
    expect(editor.locator("#save-state")).to_contain_text("no connection")
    editor.context.set_offline(False)
    expect(editor.locator("#save-state")).to_contain_text("Saved")
    editor.reload()
    expect(field).to_have_value("Written without a line.")

    field.fill("Typed just before leaving.")
    editor.goto("/manage/drafts")
    editor.go_back()
    editor.reload()
    expect(field).to_have_value("Typed just before leaving.")


def test_an_item_moves_goes_and_comes_back_by_the_keyboard(editor: Page) -> None:
    heads = editor.locator(".editor-part h2")
    second = heads.nth(1).inner_text().partition(". ")[2]
    editor.locator(".editor-part").nth(1).locator("textarea").first.focus()
    editor.keyboard.press("Alt+ArrowUp")
    expect(heads.first).to_contain_text(second)
    n_items = heads.count()
    remove = editor.locator(".editor-part").first.get_by_role("button", name="Remove")
    remove.focus()
    editor.keyboard.press("Enter")
    expect(heads).to_have_count(n_items - 1)
    editor.get_by_role("button", name="Put it back").focus()
    editor.keyboard.press("Enter")
    expect(heads).to_have_count(n_items)
    expect(heads.first).to_contain_text(second)


def test_the_preview_is_the_page_of_respondents_in_a_frame(editor: Page) -> None:
    editor.goto("/manage/instruments/servperf/preview?width=phone&language=de")
    frame = editor.frame_locator("iframe")
    frame.get_by_role("link", name="Beginnen").or_(frame.locator("a.button.primary")).first.click()
    expect(frame.locator("fieldset.item")).to_have_count(22)
    assert editor.locator("iframe").bounding_box()["width"] <= 400  # type: ignore[index]  # it is shown
    frame.locator("button.primary").click()
    expect(frame.locator("#summary")).to_be_visible()
