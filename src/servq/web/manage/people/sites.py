"""``/manage/sites``: the tree of the organisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from litestar import Response, get, post

from servq.accounts import building
from servq.accounts.models import SiteKind
from servq.accounts.sites import TreeSite, list_tree
from servq.errors import BadInput, RecordUnknown
from servq.web.manage.access import FOR_ADMINS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

ADDRESS = "/manage/sites"


@dataclass(frozen=True, slots=True)
class SitesPage:
    """The tree, the form for another node, and what surveys name besides."""

    tree: Sequence[TreeSite]
    missing: Sequence[str]
    name: str = ""
    kind: str = SiteKind.SITE.value
    parent_id: int | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SitePage:
    """The form of one node."""

    site: TreeSite
    tree: Sequence[TreeSite]
    name: str
    parent_id: int | None
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_ADMINS)
async def show_sites(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the tree."""
    return page(request, viewer, "people/sites.html.j2", await _sites(session))


@post(ADDRESS, opt=FOR_ADMINS)
async def add(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Add a node."""
    form, say = await request.form(), say_in(viewer, "people")
    name, kind, parent_id = text_of(form, "name"), _kind(form), _parent(form)
    try:
        site = await building.add_site(session, viewer, name=name, kind=kind, parent_id=parent_id, now=now)
    except BadInput as invalid:
        shown = await _sites(session, name=name, kind=kind.value, parent_id=parent_id, errors=errors_of(invalid, say))
        return page(request, viewer, "people/sites.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, ADDRESS, notice=say("{name} was added.", name=site.name))


@post(f"{ADDRESS}/import", opt=FOR_ADMINS)
async def import_named(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Put the sites that surveys name into the tree."""
    added = await building.import_sites(session, viewer, now=now)
    return redirect(
        request,
        ADDRESS,
        notice=say_in(viewer, "people").counted("{n} site was added.", "{n} sites were added.", len(added)),
    )


@get(f"{ADDRESS}/{{site_id:int}}", opt=FOR_ADMINS)
async def show_site(
    request: PageRequest, viewer: SignedInViewer, site_id: RecordId, session: Session
) -> Response[bytes]:
    """Show one node."""
    return page(request, viewer, "people/site.html.j2", await _site(session, site_id))


@post(f"{ADDRESS}/{{site_id:int}}", opt=FOR_ADMINS)
async def change(
    request: PageRequest, viewer: SignedInViewer, site_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Rename or move a node."""
    form, say = await request.form(), say_in(viewer, "people")
    name, parent_id = text_of(form, "name"), _parent(form)
    try:
        await building.change_site(session, viewer, site_id, name=name, parent_id=parent_id, now=now)
    except BadInput as invalid:
        shown = await _site(session, site_id, name=name, parent_id=parent_id, errors=errors_of(invalid, say))
        return page(request, viewer, "people/site.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, ADDRESS, notice=say("Saved."))


@post(f"{ADDRESS}/{{site_id:int}}/delete", opt=FOR_ADMINS)
async def delete(
    request: PageRequest, viewer: SignedInViewer, site_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Delete a node that nothing stands below."""
    say = say_in(viewer, "people")
    try:
        await building.delete_site(session, viewer, site_id, now=now)
    except BadInput as invalid:
        shown = await _site(session, site_id, errors=errors_of(invalid, say))
        return page(request, viewer, "people/site.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, ADDRESS, notice=say("The site was deleted."))


async def _sites(session: Session, **typed: Any) -> SitesPage:
    tree = await list_tree(session)
    kind = SiteKind.SITE.value if tree else SiteKind.ORGANISATION.value
    return SitesPage(tree=tree, missing=await building.list_missing(session), **{"kind": kind, **typed})


async def _site(session: Session, site_id: int, **typed: Any) -> SitePage:
    tree = await list_tree(session)
    site = next((site for site in tree if site.id == site_id), None)
    if site is None:
        raise RecordUnknown(f"There is no site {site_id}.")
    return SitePage(site=site, tree=tree, **{"name": site.name, "parent_id": site.parent_id, **typed})


def _kind(form: Any) -> SiteKind:
    text = text_of(form, "kind")
    return SiteKind(text) if text in set(SiteKind) else SiteKind.SITE


def _parent(form: Any) -> int | None:
    text = text_of(form, "parent")
    return int(text) if text.isascii() and text.isdigit() else None


HANDLERS = (show_sites, add, import_named, show_site, change, delete)
