"""Keys never give more than their owner may do, and those of managers only what is wholly theirs."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AuditEntry, Role, Scope
from servq.accounts.service import MANAGER_SCOPES, create_key
from servq.errors import RequestInvalid
from servq.web.api import API_PATH
from workplace.installation import Workplace
from workplace.test_access import filled


def key_of(workplace: Workplace, email: str, *scopes: Scope) -> dict[str, str]:
    async def work(session: AsyncSession) -> str:
        return (await create_key(session, scopes, email=email, now=datetime.now(UTC))).text

    return {"Authorization": f"Bearer {workplace.run(work)}"}


def test_a_key_is_shown_once_listed_used_and_revoked(workplace: Workplace) -> None:
    admin = workplace.visitor("admin")
    form = {"name": "Weekly figures", "owner": "researcher@example.org", "days": "30", "scopes": ["surveys:read"]}
    made = admin.send_form("/manage/keys", data=form)
    assert made.status_code == 200
    (text,) = re.findall(r'id="new-key">(servq_[0-9a-f]{12}_[A-Za-z0-9_-]{43})<', made.text)
    shown = admin.get("/manage/keys").text
    assert text not in shown
    assert "Weekly figures" in shown
    assert shown.count("never") >= 1, "not used yet"
    header = {"Authorization": f"Bearer {text}"}
    nobody = workplace.visitor("")
    assert nobody.get(f"{API_PATH}/surveys", headers=header).status_code == 200
    number, *_ = re.findall(r"/manage/keys/(\d+)/revoke", admin.get("/manage/keys").text)  # the newest is the first
    assert admin.send_form(f"/manage/keys/{number}/revoke").status_code == 303
    assert nobody.get(f"{API_PATH}/surveys", headers=header).status_code == 401


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"owner": "north@example.org", "scopes": ["surveys:write"]}, "A key of a manager cannot have"),
        ({"owner": "nobody@example.org", "scopes": ["surveys:read"]}, "Choose one of those offered"),
        ({"owner": "admin@example.org", "scopes": []}, "Choose what the key may do"),
        ({"owner": "admin@example.org", "scopes": ["surveys:own"]}, "no scope"),
    ],
)
def test_a_key_that_cannot_be_says_why_at_its_field(workplace: Workplace, form: dict[str, object], said: str) -> None:
    answer = workplace.visitor("admin").send_form("/manage/keys", data={"name": "Mine", "days": "30", **form})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Mine"' in answer.text, "nothing typed is lost"


def test_a_key_of_a_manager_reads_surveys_wholly_of_its_sites_and_nothing_else(workplace: Workplace) -> None:
    nobody = workplace.visitor("")
    survey, lounge = workplace.places["survey"], workplace.places["south_survey"]
    north, south = (key_of(workplace, f"{name}@example.org", *MANAGER_SCOPES) for name in ("north", "south"))
    listed = nobody.get(f"{API_PATH}/surveys", headers=south).json()
    assert [str(each["id"]) for each in listed] == [lounge]
    assert nobody.get(f"{API_PATH}/surveys", headers=north).json() == []
    assert nobody.get(f"{API_PATH}/surveys/{lounge}/responses/count", headers=south).status_code == 200
    missing = nobody.get(f"{API_PATH}/surveys/999999", headers=north)
    for number in (survey, lounge):
        hidden = nobody.get(f"{API_PATH}/surveys/{number}", headers=north)
        assert hidden.status_code == 404
        assert hidden.json() == {**missing.json(), "detail": missing.json()["detail"].replace("999999", number)}
    assert nobody.get(f"{API_PATH}/surveys/{survey}", headers=south).status_code == 404, "it asks in the North too"


def test_no_address_of_the_interface_gives_a_manager_what_is_not_theirs(workplace: Workplace) -> None:
    from servq.settings import Settings
    from servq.web import create_app
    from servq.web.api.access import SCOPE

    north = key_of(workplace, "north@example.org", *MANAGER_SCOPES)
    nobody = workplace.visitor("")
    n = 0
    for route in create_app(Settings()).routes:
        for handler in getattr(route, "route_handlers", ()):
            scope = handler.opt.get(SCOPE)
            for method in handler.http_methods - {"OPTIONS"} if scope else ():
                n += 1
                answer = nobody.request(method, filled(route.path, workplace.places), headers=north)
                shared = route.path.startswith((f"{API_PATH}/instruments", f"{API_PATH}/surveys"))
                if scope not in MANAGER_SCOPES:
                    assert answer.status_code == 403, (method, route.path)
                elif "{" in route.path or not shared:
                    assert answer.status_code == 404, (method, route.path)
                for word in ("Southern lounge", "Airport", "Castle"):
                    assert word not in answer.text, (method, route.path)
    assert n > 80


def test_a_key_gives_no_more_than_the_role_its_owner_has_now(workplace: Workplace) -> None:
    from servq.accounts import queries
    from servq.accounts.service import add_account

    async def made(session: AsyncSession) -> str:
        now = datetime.now(UTC)
        await add_account(session, "former@example.org", Role.RESEARCHER, name="Former", now=now)
        return (await create_key(session, Scope, email="former@example.org", now=now)).text

    async def demoted(session: AsyncSession) -> None:
        account = await queries.find_account(session, "former@example.org")
        assert account is not None
        account.role = Role.MANAGER

    async def disabled(session: AsyncSession) -> None:
        account = await queries.find_account(session, "former@example.org")
        assert account is not None
        account.disabled_at = datetime.now(UTC)

    header = {"Authorization": f"Bearer {workplace.run(made)}"}
    nobody, path = workplace.visitor(""), f"{API_PATH}/surveys/{workplace.places['survey']}"
    assert nobody.get(path, headers=header).status_code == 200
    workplace.run(demoted)
    assert nobody.get(path, headers=header).status_code == 404
    assert nobody.get(f"{API_PATH}/contacts", headers=header).status_code == 403
    workplace.run(disabled)
    assert nobody.get(f"{API_PATH}/instruments", headers=header).status_code == 401


@pytest.mark.anyio
async def test_the_command_line_makes_no_key_beyond_the_role(workplace: Workplace) -> None:
    from workplace.installation import in_transaction

    async def work(session: AsyncSession) -> None:
        await create_key(session, [Scope.MAIL_WRITE], email="north@example.org", now=datetime.now(UTC))

    with pytest.raises(RequestInvalid, match="cannot have mail:write"):
        await in_transaction(workplace.database, work)


def test_what_a_key_takes_away_is_in_the_audit_log(workplace: Workplace) -> None:
    header = key_of(workplace, "south@example.org", Scope.RESPONSES_READ)
    lounge = workplace.places["south_survey"]
    workplace.visitor("").get(f"{API_PATH}/surveys/{lounge}/responses/count", headers=header)

    async def last(session: AsyncSession) -> tuple[str, str, str]:
        found = select(AuditEntry).where(AuditEntry.kind == "api").order_by(AuditEntry.id.desc()).limit(1)
        entry = (await session.scalars(found)).one()
        return entry.email, entry.action, entry.target

    path = f"{API_PATH}/surveys/{lounge}/responses/count"
    assert workplace.run(last) == ("south@example.org", "exported", path)
    shown = workplace.visitor("admin").get("/manage/audit", params={"kind": "api"}).text
    assert path in shown
    exported = workplace.visitor("admin").get("/manage/audit.csv", params={"kind": "api"})
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    assert path in exported.text
    assert "exported" in workplace.visitor("admin").get("/manage/audit", params={"kind": "audit"}).text
