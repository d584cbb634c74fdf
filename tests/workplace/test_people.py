"""Admins decide on people and the tree of sites; what they decide holds at the next request."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries
from servq.accounts.models import AuditEntry, Role, Site, SiteKind
from servq.accounts.sessions import viewer_of
from servq.accounts.viewer import Viewer
from servq.surveys.models import Survey
from workplace.installation import ORGANISATION, REGIONS, Workplace


def viewer(workplace: Workplace, name: str) -> Viewer:
    async def work(session: AsyncSession) -> Viewer:
        account = await queries.find_account(session, f"{name}@example.org")
        assert account is not None
        return await viewer_of(session, account, locale="en")

    return workplace.run(work)


def site_id(workplace: Workplace, name: str) -> int:
    async def work(session: AsyncSession) -> int:
        return (await session.scalars(select(Site.id).where(Site.name == name))).one()

    return workplace.run(work)


def test_a_manager_sees_the_nodes_they_were_given_and_all_below(workplace: Workplace) -> None:
    north = viewer(workplace, "north")
    assert north.sites == {"North", *REGIONS["North"]}
    assert north.sees("Harbour")
    assert not north.sees("Castle")
    assert not north.sees("")
    assert not north.may_manage
    assert viewer(workplace, "researcher").sites is None


def test_a_change_of_access_holds_at_once(workplace: Workplace) -> None:
    admin, number = workplace.visitor("admin"), workplace.places["south_account"]
    south = workplace.visitor("south")
    assert south.get("/manage/people").status_code == 404
    address = f"/manage/people/{number}"
    top = str(site_id(workplace, ORGANISATION))
    form = {"name": "Sue South", "role": "manager", "sites": [top], "rights": ["teams"]}
    assert admin.send_form(address, data=form).status_code == 303
    changed = viewer(workplace, "south")
    assert (changed.sites, changed.name) == (None, "Sue South")
    assert [right.value for right in changed.rights] == ["teams"]
    assert admin.send_form(address, data={"name": "Sue", "role": "admin"}).status_code == 303
    assert south.get("/manage/people").status_code == 200
    assert admin.send_form(f"{address}/disable").status_code == 303
    assert south.get("/manage/account").status_code == 303
    assert admin.send_form(f"{address}/enable").status_code == 303
    region = str(site_id(workplace, "South"))
    back = {"name": "", "role": "manager", "sites": [region]}
    assert admin.send_form(address, data=back).status_code == 303
    assert viewer(workplace, "south").sites == {"South", *REGIONS["South"]}
    shown = admin.get("/manage/audit", params={"text": "south@example.org", "action": "changed"}).text
    assert "disabled" in shown


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"role": "manager", "sites": []}, "A manager without sites sees nothing."),
        ({"role": "researcher", "name": "x" * 101}, "Give 1 to 100 characters."),
    ],
)
def test_what_is_wrong_with_a_person_is_said_at_the_field(
    workplace: Workplace, form: dict[str, object], said: str
) -> None:
    admin = workplace.visitor("admin")
    answer = admin.send_form(f"/manage/people/{workplace.places['north_account']}", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert viewer(workplace, "north").role is Role.MANAGER


def test_the_last_admin_stays(workplace: Workplace) -> None:
    admin, address = workplace.visitor("admin"), f"/manage/people/{workplace.places['admin_account']}"
    assert "This is the last admin." in admin.send_form(address, data={"role": "researcher"}).text
    assert admin.send_form(f"{address}/disable").status_code == 303
    assert "This is the last admin." in admin.get(address).text
    assert viewer(workplace, "admin").is_admin
    assert admin.send_form(f"{address}/promote").status_code == 404


def test_the_tree_grows_moves_and_takes_in_what_surveys_name(workplace: Workplace) -> None:
    admin = workplace.visitor("admin")
    top, south = str(site_id(workplace, ORGANISATION)), str(site_id(workplace, "South"))
    assert admin.send_form("/manage/sites", data={"name": "East", "kind": "region", "parent": top}).status_code == 303
    east = str(site_id(workplace, "East"))
    for form, said in (
        ({"name": "East", "kind": "site", "parent": top}, "There is “East” already."),
        ({"name": " ", "kind": "site", "parent": top}, "Give 1 to 100 characters."),
        ({"name": "Nowhere", "kind": "site", "parent": ""}, "Choose the organisation or a region."),
        ({"name": "Other", "kind": "organisation", "parent": top}, "Nothing stands above the organisation."),
        ({"name": "Deep", "kind": "site", "parent": str(site_id(workplace, "Castle"))}, "below the organisation"),
    ):
        answer = admin.send_form("/manage/sites", data=form)
        assert answer.status_code == 422, form
        assert said in answer.text, form
    loop = {"name": "South", "parent": south}
    assert "A region cannot stand below itself." in admin.send_form(f"/manage/sites/{south}", data=loop).text
    assert admin.send_form(f"/manage/sites/{south}", data={"name": "South", "parent": east}).status_code == 303
    assert "Something stands below East." in admin.send_form(f"/manage/sites/{east}/delete").text
    assert admin.send_form(f"/manage/sites/{south}", data={"name": "South", "parent": top}).status_code == 303
    assert admin.send_form(f"/manage/sites/{east}/delete").status_code == 303

    async def name_another(session: AsyncSession) -> None:
        survey = (await session.scalars(select(Survey).where(Survey.slug == "lounge"))).one()
        survey.sites = [*survey.sites, "Railway station"]

    workplace.run(name_another)
    assert "Railway station" in admin.get("/manage/sites").text
    assert admin.send_form("/manage/sites/import").status_code == 303

    async def found(session: AsyncSession) -> tuple[str, int | None]:
        site = (await session.scalars(select(Site).where(Site.name == "Railway station"))).one()
        entry = select(AuditEntry.target).order_by(AuditEntry.id.desc()).limit(1)
        return str(await session.scalar(entry)), site.parent_id if site.kind is SiteKind.SITE else None

    assert workplace.run(found) == ("Railway station", int(top))
