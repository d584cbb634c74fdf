"""``…/trial``: trying a survey out by answers that never count, and looking at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.errors import BadInput
from servq.responses.setting_up import prepare_trial
from servq.responses.trials import TrialAnswer, delete_trial, delete_trials, list_trials, make_trial_link
from servq.scoring.answers import Missing
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import SurveyStatus
from servq.surveys.service import get_survey
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of
from servq.web.manage.library.listing import language_names
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.codes import code_of
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, note
from servq.web.manage.surveys.words import DOMAIN


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """One trial answer in words: question and answer."""

    id: str
    submitted_at: datetime | None
    started_at: datetime
    language: str
    minutes: str
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TrialPage:
    """The link to a trial and the answers so far; no link where there is nothing to try out."""

    frame: Frame
    link: str
    code: str
    expires_at: datetime | None
    languages: Sequence[tuple[str, str]]
    trials: tuple[ShownTrial, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/trial", opt=FOR_RESEARCHERS)
async def show_trial(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Show the link and the answers so far."""
    say = say_in(viewer, DOMAIN)
    survey = await get_survey(session, survey_id)
    frame = frame_of(survey, "trial", say)
    if survey.status is SurveyStatus.CLOSED:
        shown = TrialPage(frame, "", "", None, (), await _shown(session, say, viewer, survey_id))
        return page(request, viewer, "surveys/trial.html.j2", shown)
    try:
        if survey.status is SurveyStatus.DRAFT:
            await prepare_trial(session, survey_id, await base_of(session, survey), by=viewer.email, now=now)
    except BadInput as invalid:
        shown = TrialPage(frame, "", "", None, (), (), errors_of(invalid, say))
        return page(request, viewer, "surveys/trial.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    made = make_trial_link(request.app.state.tokens(), survey_id, now=now)
    link = f"{request.app.state.address}{made.path}"
    locales = (await base_of(session, survey)).definition.locales
    shown = TrialPage(
        frame=frame,
        link=link,
        code=code_of(link, say("Code of the trial")),
        expires_at=made.expires_at,
        languages=tuple(zip(locales, language_names(locales), strict=True)),
        trials=await _shown(session, say, viewer, survey_id),
    )
    return page(request, viewer, "surveys/trial.html.j2", shown)


@post(f"{ADDRESS}/{{survey_id:int}}/trial/delete", opt=FOR_RESEARCHERS)
async def delete(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Delete one trial answer, or all of them."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_survey(session, survey_id)
    chosen = sent.get("response")
    if isinstance(chosen, str) and chosen:
        await delete_trial(session, survey_id, chosen)
        n_deleted = 1
    else:
        n_deleted = await delete_trials(session, survey_id)
    await note(session, viewer, AuditAction.DELETED, survey, now=now, trials=str(n_deleted))
    said = say.counted("{n} trial answer was deleted.", "{n} trial answers were deleted.", n_deleted)
    return redirect(request, f"{ADDRESS}/{survey_id}/trial", notice=said)


async def _shown(session: AsyncSession, say: Translator, viewer: Viewer, survey_id: int) -> tuple[ShownTrial, ...]:
    survey, trials = await list_trials(session, survey_id)
    return () if survey is None else tuple(_in_words(say, viewer, survey, trial) for trial in trials)


def _in_words(say: Translator, viewer: Viewer, survey: LaunchedSurvey, trial: TrialAnswer) -> ShownTrial:
    instrument, row = survey.instrument, trial.row
    texts = instrument.texts_in(viewer.locale)
    answers = []
    for column, code in zip(instrument.columns, trial.codes, strict=True):
        if code == Missing.NOT_SHOWN:
            continue
        wording = (
            texts.dimensions[column.item].name
            if column.item in texts.dimensions and column.item not in texts.items
            else instrument.wording(column, viewer.locale, dict(survey.placeholders))
        )
        answers.append((wording, _said(say, survey, column.item, code, viewer.locale)))
    for name, text in survey.asked_texts(trial.codes, row.texts).items():
        answers.append((texts.fill(texts.comments[name], dict(survey.placeholders)), text))
    return ShownTrial(
        id=row.id.hex(),
        submitted_at=row.submitted_at,
        started_at=row.started_at,
        language=language_names([row.locale])[0],
        minutes=say.counted("{n} second", "{n} seconds", row.duration_s),
        answers=tuple(answers),
    )


def _said(say: Translator, survey: LaunchedSurvey, item: str, code: int, locale: str) -> str:
    if code == Missing.SKIPPED:
        return say("no answer")
    if code == Missing.NOT_APPLICABLE:
        return say("does not apply")
    choices = {choice: survey.instrument.options_of(choice) for choice in survey.instrument.texts_in(locale).choices}
    if item in choices and 1 <= code <= len(choices[item]):
        return survey.instrument.option_label(item, choices[item][code - 1], locale)
    return say.count(code)


HANDLERS = (show_trial, delete)
