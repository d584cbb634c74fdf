"""Who comes to which page of the workplace."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from litestar.testing import TestClient

from servq.settings import Settings
from servq.web import create_app
from servq.web.manage.access import AUDIENCE, Audience
from servq.web.manage.navigation import GROUPS
from workplace.addresses import PAGES, PageCase
from workplace.installation import PASSWORD, REGIONS, SECRET, Visitor, Workplace

ROLES = ("", "manager", "researcher", "admin")
PEOPLE = {"manager": "north", "researcher": "researcher", "admin": "admin"}


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case.path)
def test_a_page_is_shown_to_those_it_is_for_and_to_nobody_else(workplace: Workplace, case: PageCase) -> None:
    path = case.path.format(**workplace.places)
    nobody = workplace.visitor("").get(path)
    if case.role:
        assert nobody.status_code == 303, path
        assert nobody.headers["location"].startswith("/sign-in?next=/manage")
        assert nobody.content == b""
    else:
        assert nobody.status_code == 200
        return
    for role, name in PEOPLE.items():
        answer = workplace.visitor(name).get(path)
        allowed = ROLES.index(role) >= ROLES.index(case.role) and not (role == "manager" and case.of_south)
        assert answer.status_code == (200 if allowed else 404), (path, name)
        if role == "manager":
            for word in (*REGIONS["South"], *case.leaks):
                assert word not in answer.text, (path, word)


def parameters(path: str) -> list[tuple[str, str]]:
    return re.findall(r"\{([a-z_]+):([a-z]+)\}", path)


def filled(path: str, places: Mapping[str, str]) -> str:
    """Put the survey of the South into an address, and numbers and words that lead nowhere for the rest."""
    known = {
        "survey_id": places["south_survey"],
        "account_id": places["south_account"],
        "site_id": places["south_site"],
    }
    for name, kind in parameters(path):
        path = path.replace(f"{{{name}:{kind}}}", known.get(name, "999999" if kind == "int" else "nothing"))
    return path


HANDLERS = sorted(
    (route.path, method, handler.opt[AUDIENCE])
    for route in create_app(Settings()).routes
    for handler in getattr(route, "route_handlers", ())
    if AUDIENCE in handler.opt
    for method in handler.http_methods - {"OPTIONS", "HEAD"}
)
SHUT = [each for each in HANDLERS if each[2] is not Audience.ANYBODY]
LESSER = {Audience.RESEARCHERS: ("north",), Audience.ADMINS: ("north", "researcher"), Audience.EVERYBODY: ()}
ENDS_THE_SESSION = "/sign-out"


def ask(visitor: Visitor, method: str, path: str) -> httpx.Response:
    return visitor.request(method, path, headers={"X-CSRF-Token": visitor.csrf})


def leaked(answer: httpx.Response) -> list[str]:
    return [word for word in (*REGIONS["South"], "Southern lounge") if word in answer.text]


def test_there_are_addresses_to_walk() -> None:
    assert len(HANDLERS) > 60
    assert {audience for _, _, audience in HANDLERS} == set(Audience)


def test_nobody_who_is_not_signed_in_gets_anything_but_the_sign_in(workplace: Workplace) -> None:
    nobody = workplace.visitor("")
    for path, method, _ in SHUT:
        answer = nobody.request(method, filled(path, workplace.places))
        assert answer.status_code == 303, (method, path)
        assert answer.headers["location"].startswith("/sign-in"), (method, path)
        assert answer.content == b"", (method, path)
    partial = nobody.get("/manage", headers={"HX-Request": "true"})
    assert (partial.status_code, partial.headers["hx-redirect"]) == (401, "/sign-in")


def test_a_lesser_role_finds_nothing_at_the_address(workplace: Workplace) -> None:
    for path, method, audience in SHUT:
        for name in LESSER[audience]:
            answer = ask(workplace.visitor(name), method, filled(path, workplace.places))
            assert answer.status_code == 404, (name, method, path)
            assert name == "researcher" or leaked(answer) == [], (method, path)


def test_the_manager_of_another_site_finds_nothing_by_any_address(workplace: Workplace) -> None:
    north = workplace.visitor("north")
    for path, method, audience in SHUT:
        if audience is not Audience.EVERYBODY or path == ENDS_THE_SESSION:
            continue
        answer = ask(north, method, filled(path, workplace.places))
        if parameters(path):
            assert answer.status_code == 404, (method, path)
        assert answer.status_code < 500, (method, path)
        assert leaked(answer) == [], (method, path)


def test_what_is_changed_needs_the_token_of_the_session(workplace: Workplace) -> None:
    admin = workplace.visitor("admin")
    changing = [(path, method) for path, method, _ in SHUT if method != "GET"]
    assert len(changing) > 20
    for path, method in changing:
        assert admin.request(method, filled(path, workplace.places)).status_code == 403, (method, path)


def test_every_entry_of_the_navigation_leads_somewhere(workplace: Workplace) -> None:
    for group in GROUPS:
        for entry in group.entries:
            assert workplace.visitor("admin").get(entry.path).status_code == 200, entry.path
    shown = workplace.visitor("north").get("/manage/account").text
    assert 'href="/manage/people"' not in shown
    assert 'href="/manage/surveys"' not in shown


@pytest.mark.parametrize("path", ["/manage/nothing", "/manage/surveys/99999999999999999999", "/reset/a/b", "/invited"])
def test_an_address_that_leads_nowhere_is_a_page_of_the_same_look(workplace: Workplace, path: str) -> None:
    answer = workplace.visitor("admin").get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_nothing_runs_inline_and_nothing_comes_from_elsewhere(workplace: Workplace) -> None:
    answer = workplace.visitor("admin").get("/manage/account")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "strict-transport-security" not in answer.headers
    for case in PAGES:
        name = PEOPLE.get(case.role, "")
        shown = workplace.visitor("admin" if name else "").get(case.path.format(**workplace.places)).text
        text = shown.replace(workplace.address, "")
        assert re.findall(r"<script(?![^>]* src=\"/static/)", text) == [], case.path
        assert re.findall(r"<style|\sstyle=\"|\son[a-z]+=\"", text) == [], case.path
        assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//", text) == [], case.path


def test_over_https_cookies_are_bound_to_this_host_and_browsers_stay(
    seeded_sqlite: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    path = tmp_path / "servq.db"
    shutil.copy(seeded_sqlite[0], path)
    settings = Settings(database=f"sqlite:///{path}", address="https://servq.test", secret=SECRET)
    with TestClient(create_app(settings), base_url="https://servq.test") as client:
        answer = client.post(
            "/sign-in", data={"email": "admin@example.org", "password": PASSWORD}, follow_redirects=False
        )
        assert answer.status_code == 303
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        cookies = [each for each in answer.headers.get_list("set-cookie") if "halfway" not in each]
        assert {each.split("=")[0] for each in cookies} == {"__Host-servq", "__Host-servq-known"}
        for cookie in cookies:
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert client.get("/manage/account").status_code == 200
        assert client.get("/nothing", follow_redirects=False).headers["strict-transport-security"]
