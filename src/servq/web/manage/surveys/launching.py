"""``…/launch``: what is ready, what launching means, and the launch itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import BadInput, SurveyLaunched
from servq.responses.setting_up import launch
from servq.responses.trials import count_trials
from servq.surveys.models import StepKind, SurveyStatus, SurveyStep
from servq.surveys.schedule import list_steps
from servq.surveys.service import get_survey
from servq.surveys.setup import SetUp, get_setup
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.checklist import Check, checks_of
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, note, version_of
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/launch.html.j2"


@dataclass(frozen=True, slots=True)
class LaunchPage:
    """The checks, and whether anything keeps the survey from being launched."""

    frame: Frame
    checks: Sequence[Check]
    can_launch: bool
    n_trials: int
    setup: SetUp
    planned: SurveyStep | None
    instrument: str
    version: str
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/launch", opt=FOR_RESEARCHERS)
async def show_launch(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show what is ready."""
    if (await get_survey(session, survey_id)).status is not SurveyStatus.DRAFT:
        return redirect(request, f"{ADDRESS}/{survey_id}")
    return page(request, viewer, TEMPLATE, await _launch(request, session, viewer, survey_id, now=now))


@post(f"{ADDRESS}/{{survey_id:int}}/launch", opt=FOR_RESEARCHERS)
async def do_launch(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Launch the survey as it was looked at."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_survey(session, survey_id)
    setup = await get_setup(session, survey_id)
    errors: Mapping[str, str]
    if text_of(sent, "understood") != "1":
        errors = {"understood": say("Tick the box: after the launch the questions cannot be changed.")}
    elif version_of(sent) != setup.version:
        errors = {"": say("The survey was changed after you opened this page. Look at it again, then launch it.")}
    else:
        try:
            await launch(session, survey_id, await base_of(session, survey), now=now)
        except SurveyLaunched:
            return redirect(request, f"{ADDRESS}/{survey_id}", notice=say("It was launched already."), kind="info")
        except BadInput as invalid:
            errors = errors_of(invalid, say)
        else:
            await note(session, viewer, AuditAction.LAUNCHED, survey, now=now, title=survey.title)
            return redirect(request, f"{ADDRESS}/{survey_id}", notice=say("The survey is open."))
    shown = await _launch(request, session, viewer, survey_id, now=now, errors=errors)
    return page(request, viewer, TEMPLATE, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)


async def _launch(
    request: PageRequest,
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    *,
    now: Now,
    errors: Mapping[str, str] | None = None,
) -> LaunchPage:
    survey, say = await get_survey(session, survey_id), say_in(viewer, DOMAIN)
    checks = await checks_of(session, survey, say, settings=request.app.state.settings, now=now)
    steps = await list_steps(session, survey_id)
    base = await base_of(session, survey)
    return LaunchPage(
        frame=frame_of(survey, "launch", say),
        checks=checks,
        can_launch=not any(check.blocks for check in checks),
        n_trials=await count_trials(session, survey_id),
        setup=await get_setup(session, survey_id),
        planned=next((step for step in steps if step.kind is StepKind.LAUNCH and step.done_at is None), None),
        instrument=base.definition.title,
        version=base.definition.version,
        errors=errors or {},
    )


HANDLERS = (show_launch, do_launch)
