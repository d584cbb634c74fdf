"""Decisions about the tree of sites: adding, renaming, moving and deleting nodes, importing what surveys name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import site_queries
from servq.accounts.audit import AuditAction, record
from servq.accounts.models import Site, SiteKind
from servq.accounts.names import called_problems
from servq.accounts.sites import ids_below
from servq.accounts.viewer import Viewer
from servq.errors import Problem, RecordUnknown, RequestInvalid
from servq.messages import Message
from servq.surveys.service import LONGEST_SITE, list_surveys

_ABOVE = {
    SiteKind.ORGANISATION: frozenset({None}),
    SiteKind.REGION: frozenset({SiteKind.ORGANISATION, SiteKind.REGION}),
    SiteKind.SITE: frozenset({SiteKind.ORGANISATION, SiteKind.REGION}),
}


async def add_site(
    session: AsyncSession, viewer: Viewer, *, name: str, kind: SiteKind, parent_id: int | None, now: datetime
) -> Site:
    """Add a node; raises `RequestInvalid`."""
    nodes = await site_queries.list_sites(session)
    name = name.strip()
    problems = _name_problems(nodes, name, None) + _place_problems(nodes, kind, parent_id)
    if problems:
        raise RequestInvalid(problems)
    site = Site(name=name, kind=kind, parent_id=parent_id)
    session.add(site)
    await session.flush()
    await record(session, viewer, AuditAction.CREATED, kind="site", target=name, now=now)
    return site


async def change_site(
    session: AsyncSession, viewer: Viewer, site_id: int, *, name: str, parent_id: int | None, now: datetime
) -> Site:
    """Rename or move a node; raises `RequestInvalid` or `RecordUnknown`."""
    nodes = await site_queries.list_sites(session)
    site = _find(nodes, site_id)
    name = name.strip()
    problems = _name_problems(nodes, name, site_id) + _place_problems(nodes, site.kind, parent_id)
    if parent_id in ids_below(nodes, {site_id}):
        fix = Message("Choose another place.")
        problems.append(Problem(Message("A region cannot stand below itself."), fix, column="parent"))
    if problems:
        raise RequestInvalid(problems)
    detail = {"before": site.name, "parent": "" if parent_id is None else str(parent_id)}
    site.name, site.parent_id = name, parent_id
    await session.flush()
    await record(session, viewer, AuditAction.CHANGED, kind="site", target=name, detail=detail, now=now)
    return site


async def delete_site(session: AsyncSession, viewer: Viewer, site_id: int, *, now: datetime) -> None:
    """Delete a node that nothing stands below; raises `RequestInvalid` or `RecordUnknown`."""
    nodes = await site_queries.list_sites(session)
    site = _find(nodes, site_id)
    if any(node.parent_id == site_id for node in nodes):
        fix = Message("Move or delete that first.")
        raise RequestInvalid(Problem(Message("Something stands below {name}.", name=site.name), fix, column=""))
    name = site.name
    await session.delete(site)
    await session.flush()
    await record(session, viewer, AuditAction.DELETED, kind="site", target=name, now=now)


async def list_missing(session: AsyncSession) -> Sequence[str]:
    """Return the sites that surveys name and the tree does not have, by name."""
    known = {node.name for node in await site_queries.list_sites(session)}
    named = {site for survey in await list_surveys(session) for site in survey.sites}
    return sorted(named - known, key=str.casefold)


async def import_sites(session: AsyncSession, viewer: Viewer, *, now: datetime) -> Sequence[str]:
    """Put the sites that surveys name below the organisation and return them; begins the tree where there is none."""
    missing = await list_missing(session)
    nodes = await site_queries.list_sites(session)
    top = next((node for node in nodes if node.kind is SiteKind.ORGANISATION), None)
    if top is None and missing:
        organisations = [survey.organisation for survey in await list_surveys(session)]
        name = _free_name(organisations, {*missing, *(node.name for node in nodes)})
        top = await add_site(session, viewer, name=name, kind=SiteKind.ORGANISATION, parent_id=None, now=now)
    for name in missing:
        await add_site(
            session, viewer, name=name, kind=SiteKind.SITE, parent_id=None if top is None else top.id, now=now
        )
    return missing


def _free_name(names: Iterable[str], taken: set[str]) -> str:
    """Return the name for the organisation that surveys use; one that is also a site gets a mark."""
    name = next((name[: LONGEST_SITE - 2] for name in names if name.strip()), "servq")
    return name if name not in taken else f"{name} *"


def _find(nodes: Sequence[Site], site_id: int) -> Site:
    found = next((node for node in nodes if node.id == site_id), None)
    if found is None:
        raise RecordUnknown(f"There is no site {site_id}.")
    return found


def _name_problems(nodes: Sequence[Site], name: str, site_id: int | None) -> list[Problem]:
    if any(node.name == name and node.id != site_id for node in nodes):
        fix = Message("Every name is there once.")
        return [Problem(Message("There is “{name}” already.", name=name), fix, column="name")]
    return called_problems(name, longest=LONGEST_SITE)


def _place_problems(nodes: Sequence[Site], kind: SiteKind, parent_id: int | None) -> list[Problem]:
    above = next((node.kind for node in nodes if node.id == parent_id), None)
    if kind is SiteKind.ORGANISATION and parent_id is not None:
        fix = Message("Leave the place empty.")
        return [Problem(Message("Nothing stands above the organisation."), fix, column="parent")]
    if above not in _ABOVE[kind]:
        fix = Message("Choose the organisation or a region.")
        return [Problem(Message("A region or site stands below the organisation or a region."), fix, column="parent")]
    return []
