"""``…/setup/rules``: what makes a survey invite by itself, and from where on a score is a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from http import HTTPStatus

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction
from servq.accounts.models import Account
from servq.accounts.queries import list_accounts
from servq.accounts.viewer import Viewer
from servq.errors import BadInput, Problem, RequestInvalid
from servq.events.models import StartRule, StartsOn
from servq.events.rules import NewRule, add_rule, list_rules, remove_rule, switch_rule
from servq.fieldwork.words import CHANNELS
from servq.follow_ups.service import get_plan, set_plan
from servq.messages import Message
from servq.responses.low_scores import list_low_scores, remove_low_score, set_low_score, watchable_scores
from servq.responses.models import LowScoreRule
from servq.responses.setting_up import prepare_trial
from servq.surveys.models import Channel, Survey, SurveyStatus
from servq.surveys.service import get_survey
from servq.surveys.setup import put_together
from servq.translation import translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of, texts_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import ADDRESS, Frame, base_of, frame_of, lines_of, note
from servq.web.manage.surveys.words import DOMAIN

TEMPLATE = "surveys/rules.html.j2"
_SECONDS = {"minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule in one sentence, with how often it was met."""

    rule: StartRule
    said: str
    n_met: int


@dataclass(frozen=True, slots=True)
class RulesPage:
    """The rules and the forms for others; `scores` are those that a single response has."""

    frame: Frame
    rules: tuple[RuleShown, ...]
    low_scores: Sequence[LowScoreRule]
    scores: tuple[str, ...]
    owners: tuple[tuple[str, str], ...]
    owner_id: str
    due_days: int
    typed: Mapping[str, str]
    channels: tuple[tuple[str, str], ...]
    errors: Mapping[str, str] = field(default_factory=dict)


@get(f"{ADDRESS}/{{survey_id:int}}/setup/rules", opt=FOR_RESEARCHERS)
async def show_rules(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session
) -> Response[bytes]:
    """Show the rules."""
    return page(request, viewer, TEMPLATE, await _rules(session, viewer, survey_id))


@post(f"{ADDRESS}/{{survey_id:int}}/setup/rules", opt=FOR_RESEARCHERS)
async def change_rules(
    request: PageRequest, viewer: SignedInViewer, survey_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Add, switch or remove a rule."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    survey = await get_survey(session, survey_id)
    try:
        await _change(session, viewer, survey, sent, now=now)
    except BadInput as invalid:
        typed = {name: value for name, value in sent.items() if isinstance(value, str)}
        shown = await _rules(session, viewer, survey_id, typed=typed, errors=errors_of(invalid, say))
        return page(request, viewer, TEMPLATE, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    await note(session, viewer, AuditAction.CHANGED, survey, now=now, rules=text_of(sent, "action"))
    return redirect(request, request.scope["path"], notice=say("Saved."))


async def _change(session: AsyncSession, viewer: Viewer, survey: Survey, sent: FormMultiDict, *, now: datetime) -> None:
    action = text_of(sent, "action")
    if action == "add":
        await add_rule(session, survey.id, _new_rule(sent), now=now)
    elif action in {"rest", "work"}:
        await switch_rule(session, survey.id, _whole(sent, "rule"), active=action == "work", now=now)
    elif action == "remove":
        await remove_rule(session, survey.id, _whole(sent, "rule"))
    elif action == "low":
        if survey.status is SurveyStatus.DRAFT:
            base = await base_of(session, survey)
            await prepare_trial(session, survey.id, base, by=viewer.email, now=now)
        await set_low_score(session, survey.id, text_of(sent, "score"), _threshold(sent), now=now)
    elif action == "remove-low":
        await remove_low_score(session, survey.id, text_of(sent, "score"))
    elif action == "follow-ups":
        owner = _whole(sent, "owner")
        people = {account.id for account in await list_accounts(session)}
        await set_plan(
            session, survey.id, owner_id=owner if owner in people else None, due_days=_whole(sent, "due_days")
        )


async def _rules(
    session: AsyncSession,
    viewer: Viewer,
    survey_id: int,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> RulesPage:
    survey, say = await get_survey(session, survey_id), say_in(viewer, DOMAIN)
    words = translator(viewer.locale, "fieldwork")
    plan = await get_plan(session, survey_id)
    return RulesPage(
        frame=frame_of(survey, "rules", say),
        rules=tuple(
            RuleShown(rule, _sentence(rule, viewer), n_met) for rule, n_met in await list_rules(session, survey_id)
        ),
        low_scores=await list_low_scores(session, survey_id),
        scores=await _scores(session, survey),
        owners=(("", say("Nobody yet")), *((str(one.id), _called(one)) for one in await list_accounts(session))),
        owner_id=str(plan.owner_id or ""),
        due_days=plan.due_days,
        typed=typed or {},
        channels=tuple((each.value, words(CHANNELS[each])) for each in (Channel.EMAIL, Channel.IN_APP)),
        errors=errors or {},
    )


async def _scores(session: AsyncSession, survey: Survey) -> tuple[str, ...]:
    try:
        return watchable_scores(await put_together(session, survey.id, await base_of(session, survey)))
    except BadInput:
        return ()


def _called(account: Account) -> str:
    return account.name or account.email


def _sentence(rule: StartRule, viewer: Viewer) -> str:
    say = say_in(viewer, DOMAIN)
    days = rule.days or 0
    if rule.starts_on is StartsOn.EVENT:
        said = say("After an event “{kind}”", kind=rule.event_kind or "")
    elif rule.starts_on is StartsOn.NO_EVENT:
        kind = rule.event_kind or ""
        said = say.counted("{n} day without “{kind}”", "{n} days without “{kind}”", days, kind=kind)
        if not kind:
            said = say.counted("{n} day without any event", "{n} days without any event", days)
    else:
        said = say("{days} days from the date in “{attribute}”", days=days, attribute=rule.attribute or "")
    return said


def _new_rule(sent: FormMultiDict) -> NewRule:
    kinds = {each.value: each for each in StartsOn}
    starts_on = kinds.get(text_of(sent, "starts_on"), StartsOn.EVENT)
    problems: list[Problem] = []
    share = _float(sent, "share", problems, default=100.0) / 100
    conditions: dict[str, tuple[str, ...]] = {}
    for line in lines_of(text_of(sent, "conditions")):
        name, _, values = line.partition("=")
        conditions[name.strip()] = tuple(value.strip() for value in values.split(",") if value.strip())
    days = text_of(sent, "days").strip()
    if days and not days.removeprefix("-").isdigit():
        problems.append(Problem(Message("That is no number of days."), Message("Write e.g. 30."), column="days"))
    moment = None
    if at := text_of(sent, "at").strip():
        try:
            moment = time.fromisoformat(at)
        except ValueError:
            problems.append(Problem(Message("That is no time of day."), Message("Write e.g. 09:00."), column="at"))
    if problems:
        raise RequestInvalid(problems)
    is_event, is_date = starts_on is StartsOn.EVENT, starts_on is StartsOn.DATE
    delay = _whole(sent, "delay") * _SECONDS.get(text_of(sent, "delay_unit"), 60)
    return NewRule(
        starts_on=starts_on,
        event_kind=None if is_date else text_of(sent, "event_kind").strip() or None,
        days=int(days[:7]) if days and not is_event else None,
        attribute=text_of(sent, "attribute").strip() or None if is_date else None,
        at=moment if is_date else None,
        yearly=is_date and bool(text_of(sent, "yearly")),
        touchpoints=lines_of(text_of(sent, "touchpoints")) if is_event else (),
        sites=texts_of(sent, "sites"),
        conditions=conditions,
        channel=Channel.IN_APP if text_of(sent, "channel") == Channel.IN_APP.value else Channel.EMAIL,
        delay_s=delay,
        share=share,
    )


def _threshold(sent: FormMultiDict) -> float:
    problems: list[Problem] = []
    value = _float(sent, "at_most", problems)
    if problems:
        raise RequestInvalid(problems)
    return value


def _float(sent: FormMultiDict, name: str, problems: list[Problem], *, default: float | None = None) -> float:
    text = text_of(sent, name).strip().replace(",", ".").replace("−", "-")
    if not text and default is not None:
        return default
    try:
        return float(text)
    except ValueError:
        problems.append(Problem(Message("That is no number."), Message("Write e.g. 6 or 2.5."), column=name))
        return 0.0


def _whole(sent: FormMultiDict, name: str) -> int:
    text = text_of(sent, name).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


HANDLERS = (show_rules, change_rules)
