"""``…/setup/schedule``: when a survey is launched and closes, and when its waves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import BadInput
from servq.surveys.models import StepKind, Survey, SurveyStatus, SurveyStep, Wave
from servq.surveys.schedule import list_steps, plan_launch, plan_wave, remove_step
from servq.surveys.service import get_survey, list_waves, open_wave, set_closing_time
from servq.surveys.setup_queries import delete_open_steps
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, frame_of, moment_of, note, written
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/schedule.html.j2"
_FIELDS = ("opens_at", "closes_at", "wave_at", "wave_name", "now_name")


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """The form, what is planned, and the waves so far."""

    frame: Frame
    typed: Mapping[str, str]
    steps: Sequence[SurveyStep]
    waves: Sequence[Wave]
    time_zone: str
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/setup/schedule", opt=FOR_RESEARCHERS)
async def show_schedule(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show what is planned."""
    return page(request, viewer, TEMPLATE, await _schedule(session, viewer, survey_id))


@post(f"{ADDRESS}/{{survey_id:int}}/setup/schedule", opt=FOR_RESEARCHERS)
async def save_schedule(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Keep when it is launched and closes, plan a wave, or open one now."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_survey(session, survey_id)
    try:
        if sent.get("action") == "wave":
            await _plan_wave(session, viewer, survey, sent, now=now)
            said = say("The wave is planned.")
        elif sent.get("action") == "wave-now":
            wave = await open_wave(session, survey_id, name=text_of(sent, "now_name").strip() or None, now=now)
            await note(session, viewer, AuditAction.CHANGED, survey, now=now, wave=str(wave.number))
            said = say("Wave {number} is open. New answers belong to it.", number=wave.number)
        else:
            await _save_dates(session, viewer, survey, sent, now=now)
            said = say("Saved.")
    except BadInput as invalid:
        typed = {name: text_of(sent, name) for name in _FIELDS}
        shown = await _schedule(session, viewer, survey_id, typed=typed, errors=errors_of(invalid, say))
        return page(request, viewer, TEMPLATE, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return redirect(request, request.scope["path"], notice=said)


@post(f"{ADDRESS}/{{survey_id:int}}/setup/schedule/{{step_id:int}}/remove", opt=FOR_RESEARCHERS)
async def remove_plan(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, step_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Forget a plan."""
    survey = await get_survey(session, survey_id)
    await remove_step(session, survey_id, step_id)
    await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="schedule")
    return redirect(
        request, f"{ADDRESS}/{survey_id}/setup/schedule", notice=say_in(viewer, DOMAIN)("The plan is removed.")
    )


async def _save_dates(
    session: AsyncSession, viewer: Viewer, survey: Survey, sent: FormMultiDict, *, now: datetime
) -> None:
    closes_at = moment_of(sent, "closes_at", viewer)
    await set_closing_time(session, survey.id, closes_at, now=now)
    if survey.status is SurveyStatus.DRAFT:
        opens_at = moment_of(sent, "opens_at", viewer)
        if opens_at is None:
            await delete_open_steps(session, survey.id, StepKind.LAUNCH)
        else:
            await plan_launch(session, survey.id, opens_at, now=now)
    await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="schedule")


async def _plan_wave(
    session: AsyncSession, viewer: Viewer, survey: Survey, sent: FormMultiDict, *, now: datetime
) -> None:
    due_at = moment_of(sent, "wave_at", viewer)
    name = " ".join(text_of(sent, "wave_name").split())
    await plan_wave(session, survey.id, now if due_at is None else due_at, name, now=now)
    await note(session, viewer, AuditAction.CHANGED, survey, now=now, part="schedule", wave=name)


async def _schedule(
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> SchedulePage:
    survey, steps = await get_survey(session, survey_id), await list_steps(session, survey_id)
    opening = next((step for step in steps if step.kind is StepKind.LAUNCH and step.done_at is None), None)
    stored = {
        "opens_at": written(None if opening is None else opening.due_at, viewer),
        "closes_at": written(survey.closes_at, viewer),
        "wave_at": "",
        "wave_name": "",
        "now_name": "",
    }
    return SchedulePage(
        frame=frame_of(survey, "schedule", say_in(viewer, DOMAIN)),
        typed=typed or stored,
        steps=steps,
        waves=tuple(reversed(await list_waves(session, survey_id))),
        time_zone=viewer.time_zone,
        errors=errors or {},
    )


HANDLERS = (show_schedule, save_schedule, remove_plan)
