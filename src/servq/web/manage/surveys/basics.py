"""``…/setup`` and ``…/setup/basics``: what is ready in a draft, and what it is called, who is measured and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.sites import TreeSite, list_tree
from servq.accounts.viewer import Viewer
from servq.errors import AlreadyExists, BadInput, ChangedMeanwhile
from servq.responses import setting_up
from servq.surveys.models import SurveyStatus
from servq.surveys.service import get_survey
from servq.surveys.setup import get_setup
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of
from servq.web.manage.library.listing import language_names
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.basics_form import (
    BasicsForm,
    asks_before_and_after,
    form_of,
    new_survey_of,
    read_basics,
)
from servq.web.manage.surveys.checklist import Check, checks_of
from servq.web.manage.surveys.conflicts import Clash, clash_of
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, get_draft, note, version_of
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/basics.html.j2"


@dataclass(frozen=True, slots=True)
class HubPage:
    """The steps of a set-up with what is ready."""

    frame: Frame
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class BasicsPage:
    """The form; `clash` is what another person saved meanwhile."""

    frame: Frame
    form: BasicsForm
    version: int
    tree: Sequence[TreeSite]
    languages: Sequence[tuple[str, str]]
    has_parts: bool
    errors: Mapping[str, str] = field(default_factory=dict)
    clash: Clash | None = None


@get(f"{ADDRESS}/{{survey_id:int}}/setup", opt=FOR_RESEARCHERS)
async def show_hub(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show the steps."""
    survey, say = await get_survey(session, survey_id), say_in(viewer, DOMAIN)
    checks = await checks_of(session, survey, say, settings=request.app.state.settings, now=now)
    return page(request, viewer, "surveys/setup.html.j2", HubPage(frame_of(survey, "setup", say), checks))


@get(f"{ADDRESS}/{{survey_id:int}}/setup/basics", opt=FOR_RESEARCHERS)
async def show_basics(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show the form."""
    if (await get_survey(session, survey_id)).status is not SurveyStatus.DRAFT:
        return redirect(request, f"{ADDRESS}/{survey_id}/setup")
    return page(request, viewer, TEMPLATE, await _basics(session, viewer, survey_id))


@post(f"{ADDRESS}/{{survey_id:int}}/setup/basics", opt=FOR_RESEARCHERS)
async def save_basics(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Keep the form."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_draft(session, survey_id)
    base = await base_of(session, survey)
    form = read_basics(sent, base)
    new = new_survey_of(form, base, closes_at=survey.closes_at)
    errors: Mapping[str, str] = {}
    status, has_clash = HTTPStatus.UNPROCESSABLE_ENTITY, False
    try:
        await setting_up.change_basics(
            session, survey_id, new, base, version=version_of(sent), by=viewer.email, now=now
        )
    except BadInput as invalid:
        errors = errors_of(invalid, say)
    except AlreadyExists:
        errors = {"slug": say("Another survey has this address. Choose another one.")}
    except ChangedMeanwhile:
        status, has_clash = HTTPStatus.CONFLICT, True
    else:
        await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="basics")
        following = frame_of(survey, "basics", say).next_step
        where = following.path if following is not None and sent.get("then") == "next" else request.scope["path"]
        return redirect(request, where, notice=say("Saved."))
    shown = await _basics(session, viewer, survey_id, form=form, errors=errors, has_clash=has_clash)
    return page(request, viewer, TEMPLATE, shown, status=status)


async def _basics(
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    *,
    form: BasicsForm | None = None,
    errors: Mapping[str, str] | None = None,
    has_clash: bool = False,
) -> BasicsPage:
    say = say_in(viewer, DOMAIN)
    survey, tree, setup = (
        await get_draft(session, survey_id),
        await list_tree(session),
        await get_setup(session, survey_id),
    )
    base = await base_of(session, survey)
    stored = form_of(survey, base, frozenset(site.name for site in tree))
    locales = setup.questions.locales or base.definition.locales
    clash = None
    if has_clash and form is not None:
        clash = clash_of(setup, _labels(say, stored), _plain(stored, say), _plain(form, say))
    return BasicsPage(
        frame=frame_of(survey, "basics", say),
        form=form or stored,
        version=setup.version,
        tree=tree,
        languages=tuple(zip(locales, language_names(locales), strict=True)),
        has_parts=asks_before_and_after(base),
        errors=errors or {},
        clash=clash,
    )


def _labels(say: Translator, form: BasicsForm) -> dict[str, str]:
    return {
        "title": say("Title"),
        "organisation": say("Who is measured"),
        **{name: name for name in form.placeholders},
        "locale": say("Language shown first"),
        "sites": say("Sites"),
        "slug": say("Address"),
        "anonymous": say("Anonymous"),
        "allow_changes": say("Changes allowed"),
        "comments": say("Open questions"),
    }


def _plain(form: BasicsForm, say: Translator) -> dict[str, str]:
    yes = {True: say("yes"), False: say("no")}
    return {
        "title": form.title,
        "organisation": form.organisation,
        **form.placeholders,
        "locale": form.locale,
        "sites": ", ".join(sorted({*form.sites, *filter(None, form.other_sites.splitlines())})),
        "slug": form.slug,
        "anonymous": yes[form.anonymous],
        "allow_changes": yes[form.allow_changes],
        "comments": yes[form.comments],
    }


HANDLERS = (show_hub, show_basics, save_basics)
