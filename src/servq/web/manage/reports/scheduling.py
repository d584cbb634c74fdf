"""``/manage/schedules``: reports that come by mail, weekly, monthly or when a wave closes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.errors import BadInput, Problem, RequestInvalid
from servq.messages import Message
from servq.responses.seeing import list_surveys_seen
from servq.schedules import service
from servq.schedules.models import Rhythm, ScheduledKind, StopReason
from servq.schedules.queries import ScheduleRow
from servq.schedules.service import NewSchedule
from servq.surveys.models import Survey, SurveyStatus
from servq.translation import Translator
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.reports.offers import KIND_LABELS, make_offer

DOMAIN = "reports"
PATH = "/manage/schedules"
STOPPED: dict[StopReason, Message] = {
    StopReason.DISABLED: Message("Stopped: the account was disabled."),
    StopReason.SITE_LOST: Message("Stopped: the survey or site is no longer theirs."),
}
RHYTHMS: dict[Rhythm, Message] = {
    Rhythm.WEEKLY: Message("Every week"),
    Rhythm.MONTHLY: Message("Every month"),
    Rhythm.WAVE: Message("When a wave closes"),
}
LONGEST_NUMBER = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One schedule as the table shows it."""

    row: ScheduleRow
    kind: str
    when: str
    stopped: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulesPage:
    """The schedules and the form for another one."""

    lines: tuple[Line, ...]
    surveys: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    rhythms: tuple[tuple[str, str], ...]
    weekdays: tuple[tuple[str, str], ...]
    hours: tuple[tuple[str, str], ...]
    given: Mapping[str, str]
    errors: Mapping[str, str]
    sends_mail: bool


@get(PATH, opt=FOR_EVERYBODY)
async def show_schedules(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show what comes by mail."""
    return await _show(request, viewer, session, dict(request.query_params))


@post(PATH, opt=FOR_EVERYBODY)
async def add_schedule(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Let a report come by mail."""
    form = await request.form()
    names = ("survey", "kind", "site", "rhythm", "weekday", "day", "hour", "paper")
    given = {name: text_of(form, name) for name in names}
    t = say_in(viewer, DOMAIN)
    try:
        new = _read(given)
        await _refuse_unfit(session, viewer, new)
        schedule = await service.add_schedule(session, viewer, new, now=now)
    except BadInput as invalid:
        return await _show(request, viewer, session, given, errors=errors_of(invalid, t), status=422)
    await record(
        session,
        viewer,
        AuditAction.CREATED,
        kind="schedule",
        target=str(schedule.id),
        detail={"survey": str(schedule.survey_id), "kind": schedule.kind.value, "site": schedule.site or ""},
        now=now,
    )
    return redirect(request, PATH, notice=t("The report comes to {address} from now on.", address=viewer.email))


@post("/manage/schedules/{schedule_id:int}/end", opt=FOR_EVERYBODY)
async def end_schedule(
    schedule_id: RecordId, request: PageRequest, viewer: SignedInViewer, session: Session, now: Now
) -> Response[bytes]:
    """Let a report come no longer."""
    ended = await service.end_schedule(session, viewer, schedule_id)
    await record(
        session,
        viewer,
        AuditAction.DELETED,
        kind="schedule",
        target=str(schedule_id),
        detail={"survey": str(ended.survey.id), "account": ended.account.email},
        now=now,
    )
    return redirect(request, PATH, notice=say_in(viewer, DOMAIN)("The report comes no longer."))


HANDLERS = (show_schedules, add_schedule, end_schedule)


async def _show(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    given: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response[bytes]:
    t = say_in(viewer, DOMAIN)
    surveys = [one for one in await list_surveys_seen(session, viewer) if one.status is not SurveyStatus.DRAFT]
    offers = [await make_offer(session, viewer, one) for one in surveys]
    kinds = [kind for kind in KIND_LABELS if any(kind in offer.kinds for offer in offers)]
    sites = sorted({site for offer in offers for site in offer.sites if "site" in offer.kinds})
    shown = SchedulesPage(
        lines=tuple(_line(row, viewer, t) for row in await service.list_schedules(session, viewer)),
        surveys=tuple((str(one.id), one.title) for one in surveys),
        kinds=tuple((kind, t.say(KIND_LABELS[kind])) for kind in kinds),
        sites=(("", "–"), *((site, site) for site in sites)),
        rhythms=tuple((rhythm.value, t.say(said)) for rhythm, said in RHYTHMS.items()),
        weekdays=_weekdays(t),
        hours=tuple((str(hour), f"{hour:02d}:00") for hour in range(24)),
        given={"rhythm": "monthly", "weekday": "0", "day": "1", "hour": "7", "paper": "a4", **given},
        errors=errors or {},
        sends_mail=bool(request.app.state.settings.smtp),
    )
    return page(request, viewer, "reports/schedules.html.j2", shown, status=status)


def _line(row: ScheduleRow, viewer: Viewer, t: Translator) -> Line:
    schedule = row.schedule
    match schedule.rhythm:
        case Rhythm.WEEKLY:
            day = _weekdays(t)[schedule.weekday or 0][1]
            when = t("{weekday}, {hour:02d}:00", weekday=day, hour=schedule.hour)
        case Rhythm.MONTHLY:
            when = t("Day {day} of the month, {hour:02d}:00", day=schedule.day or 1, hour=schedule.hour)
        case Rhythm.WAVE:
            when = t.say(RHYTHMS[Rhythm.WAVE])
    return Line(
        row=row,
        kind=t.say(KIND_LABELS[schedule.kind.value]),
        when=when,
        stopped="" if schedule.stopped is None else t.say(STOPPED[schedule.stopped]),
        is_own=row.account.id == viewer.account_id,
    )


def _weekdays(t: Translator) -> tuple[tuple[str, str], ...]:
    from babel import Locale

    names = Locale.parse(t.language).days["stand-alone"]["wide"]
    return tuple((str(day), str(names[day])) for day in range(7))


def _read(given: Mapping[str, str]) -> NewSchedule:
    """Read the form; raises `RequestInvalid` with every field that was never offered so."""
    problems = []
    known = {
        "kind": {one.value for one in ScheduledKind},
        "rhythm": {one.value for one in Rhythm},
    }
    for name, values in known.items():
        if given[name] not in values:
            problems.append(Problem(Message("This was not offered."), Message("Choose one."), column=name))
    for name in ("survey", "weekday", "day", "hour"):
        written = given[name]
        if not (written.isascii() and written.isdigit() and len(written) <= 2 + LONGEST_NUMBER):
            problems.append(Problem(Message("This is no number."), Message("Choose one."), column=name))
    if problems:
        raise RequestInvalid(problems)
    return NewSchedule(
        survey_id=int(given["survey"]),
        kind=ScheduledKind(given["kind"]),
        rhythm=Rhythm(given["rhythm"]),
        site=given["site"] or None,
        weekday=int(given["weekday"]),
        day=int(given["day"]),
        hour=int(given["hour"]),
        paper=given["paper"] or "a4",
    )


async def _refuse_unfit(session: AsyncSession, viewer: Viewer, new: NewSchedule) -> None:
    """Refuse a kind that this survey cannot have; raises `SurveyUnknown` for one that is not theirs."""
    survey: Survey | None = next(
        (one for one in await list_surveys_seen(session, viewer) if one.id == new.survey_id), None
    )
    if survey is None or survey.status is SurveyStatus.DRAFT:
        raise RequestInvalid(
            Problem(Message("This survey has no reports."), Message("Choose another."), column="survey")
        )
    offer = await make_offer(session, viewer, survey)
    if new.kind.value not in offer.kinds:
        raise RequestInvalid(
            Problem(Message("This survey cannot have such a report."), Message("Choose another kind."), column="kind")
        )
    if new.kind is ScheduledKind.SITE and new.site not in offer.sites:
        raise RequestInvalid(
            Problem(Message("This survey has no answers from there."), Message("Choose a site."), column="site")
        )
