"""``/manage/studies``: one organisation measured by its customers, managers and contact personnel at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar import Response, get, post
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.errors import AlreadyExists, BadInput
from servq.messages import Message
from servq.pipeline.orders import StudyReportOrder
from servq.pipeline.printing import ReportPrinter
from servq.responses.counting import Counts, count_responses
from servq.studies.models import Study, StudyAudience
from servq.studies.service import (
    NewBinding,
    NewStudy,
    bind_survey,
    create_study,
    get_study,
    list_bound,
    list_studies,
    unbind_survey,
)
from servq.surveys.models import Survey
from servq.surveys.service import list_surveys
from servq.translation import Translator
from servq.web.manage.access import FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.surveys.frame import lines_of
from servq.web.manage.surveys.words import DOMAIN, STATUSES

ADDRESS = "/manage/studies"
AUDIENCES: Mapping[StudyAudience, tuple[Message, str]] = {
    StudyAudience.CUSTOMERS: (Message("Customers"), "gaps-customers"),
    StudyAudience.MANAGERS: (Message("Managers"), "gaps-managers"),
    StudyAudience.PERSONNEL: (Message("Contact personnel"), "gaps-personnel"),
}
"""Name of an audience, and the instrument that is usually asked of it."""


@dataclass(frozen=True, slots=True)
class BoundSurvey:
    """An audience of a study with its survey, if one is bound."""

    audience: str
    label: str
    usual: str
    survey: Survey | None
    status: str
    tone: str
    counts: Counts
    offers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StudyShown:
    """One study in the list."""

    study: Study
    n_bound: int
    audiences: str


@dataclass(frozen=True, slots=True)
class StudiesPage:
    """All studies."""

    studies: tuple[StudyShown, ...]


@dataclass(frozen=True, slots=True)
class NewStudyPage:
    """The form of a new study."""

    typed: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StudyPage:
    """One study with the survey of each audience."""

    study: Study
    bound: tuple[BoundSurvey, ...]
    can_report: bool
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_RESEARCHERS)
async def show_studies(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """List the studies."""
    say, studies = say_in(viewer, DOMAIN), await list_studies(session)
    bound = await list_bound(session, [study.id for study in studies])
    shown = tuple(
        StudyShown(
            study,
            len(bound[study.id]),
            ", ".join(say.say(AUDIENCES[one.audience][0]) for one in bound[study.id]),
        )
        for study in studies
    )
    return page(request, viewer, "surveys/studies.html.j2", StudiesPage(shown))


@get(f"{ADDRESS}/new", opt=FOR_RESEARCHERS, sync_to_thread=False)
def show_new_study(request: PageRequest, viewer: SignedInViewer) -> Response[bytes]:
    """Show the form."""
    return page(request, viewer, "surveys/study_new.html.j2", NewStudyPage({}))


@post(f"{ADDRESS}/new", opt=FOR_RESEARCHERS)
async def make_study(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Make a study."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    new = NewStudy(
        title=text_of(sent, "title").strip(),
        organisation=text_of(sent, "organisation").strip(),
        sites=lines_of(text_of(sent, "sites")),
    )
    errors: Mapping[str, str]
    try:
        study = await create_study(session, new, now=now)
    except BadInput as invalid:
        errors = errors_of(invalid, say)
    except AlreadyExists:
        errors = {"title": say("Another study has this title. Choose another one.")}
    else:
        await record(session, viewer, AuditAction.CREATED, kind="study", target=str(study.id), now=now)
        return redirect(request, f"{ADDRESS}/{study.id}", notice=say("The study is made. Bind its surveys now."))
    typed = {name: text_of(sent, name) for name in ("title", "organisation", "sites")}
    shown = NewStudyPage(typed, errors)
    return page(request, viewer, "surveys/study_new.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@get(f"{ADDRESS}/{{study_id:int}}", opt=FOR_RESEARCHERS)
async def show_study(
    request: PageRequest, viewer: SignedInViewer, study_id: RecordId, session: Session
) -> Response[bytes]:
    """Show one study."""
    return page(request, viewer, "surveys/study.html.j2", await _study(session, viewer, study_id))


@post(f"{ADDRESS}/{{study_id:int}}", opt=FOR_RESEARCHERS)
async def bind(
    request: PageRequest, viewer: SignedInViewer, study_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Let an audience answer a survey, or no survey any more."""
    sent, say = await request.form(), say_in(viewer, DOMAIN)
    audience = next((each for each in StudyAudience if each.value == text_of(sent, "audience")), None)
    number = text_of(sent, "survey")
    errors: Mapping[str, str] = {}
    try:
        if audience is None or not number.isdigit():
            if audience is not None:
                await unbind_survey(session, study_id, audience)
        else:
            await bind_survey(session, study_id, NewBinding(audience=audience, survey=int(number[:9])))
    except BadInput as invalid:
        errors = {f"survey-{audience}": " ".join(errors_of(invalid, say).values())}
    except AlreadyExists:
        errors = {f"survey-{audience}": say("This survey belongs to another audience or study. Bind another one.")}
    if errors:
        shown = await _study(session, viewer, study_id, errors)
        return page(request, viewer, "surveys/study.html.j2", shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    detail = {"audience": "" if audience is None else audience.value, "survey": number}
    await record(session, viewer, AuditAction.CHANGED, kind="study", target=str(study_id), detail=detail, now=now)
    return redirect(request, f"{ADDRESS}/{study_id}", notice=say("Saved."))


@get(f"{ADDRESS}/{{study_id:int}}/report.pdf", opt=FOR_RESEARCHERS)
async def download(
    request: PageRequest, viewer: SignedInViewer, study_id: RecordId, session: Session, now: Now
) -> Response[bytes]:
    """Print the report of the five gaps."""
    await get_study(session, study_id)
    printer: ReportPrinter = request.app.state.printer
    pdf = await printer.print(StudyReportOrder(study_id=study_id, wave=None, locale=viewer.locale, paper="a4"))
    await record(session, viewer, AuditAction.EXPORTED, kind="study report", target=str(study_id), now=now)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="study-{study_id}.pdf"'}
    return Response(pdf, headers=headers, media_type="application/pdf")


async def _study(
    session: AsyncSession, viewer: Viewer, study_id: int, errors: Mapping[str, str] | None = None
) -> StudyPage:
    study, say = await get_study(session, study_id), say_in(viewer, DOMAIN)
    bound = {one.audience: one.survey_id for one in (await list_bound(session, [study_id]))[study_id]}
    surveys = await list_surveys(session)
    counts = await count_responses(session, list(bound.values())) if bound else {}
    return StudyPage(
        study=study,
        bound=tuple(_bound(say, surveys, audience, bound.get(audience), counts) for audience in StudyAudience),
        can_report=StudyAudience.CUSTOMERS in bound,
        errors=errors or {},
    )


def _bound(
    say: Translator,
    surveys: Sequence[Survey],
    audience: StudyAudience,
    survey_id: int | None,
    counts: Mapping[int, Counts],
) -> BoundSurvey:
    label, usual = AUDIENCES[audience]
    survey = next((one for one in surveys if one.id == survey_id), None)
    status, tone = ("", "") if survey is None else (say.say(STATUSES[survey.status][0]), STATUSES[survey.status][1])
    ranked = sorted(surveys, key=lambda one: (not one.instrument_id.startswith(usual), -one.id))
    return BoundSurvey(
        audience=audience.value,
        label=say.say(label),
        usual=usual,
        survey=survey,
        status=status,
        tone=tone,
        counts=counts.get(survey_id or 0, Counts(0, 0)),
        offers=(
            ("", say("No survey")),
            *((str(one.id), f"{one.id} · {one.title} ({one.instrument_id})") for one in ranked),
        ),
    )


HANDLERS = (show_studies, show_new_study, make_study, show_study, bind, download)
