"""Addresses of interviewers' links and of what came in by the feedback form."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from litestar import delete, get, post
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from msgspec import Struct

from servq.accounts.models import Scope
from servq.responses import assisting, feedback
from servq.responses.assisting import NewInterviewerLink
from servq.responses.feedback import FEEDBACK_TEXT
from servq.responses.models import Administration, InterviewerLink
from servq.web.api.access import SCOPE
from servq.web.api.places import LinkId, Now, Session, SurveyId

DetailsId = Annotated[str, PathParameter(description="Id of the details, as listed.", min_length=1, max_length=64)]


class InterviewerLinkShown(Struct, frozen=True, kw_only=True):
    """An interviewer's link as it stands."""

    id: int
    administration: Administration
    label: str
    site: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, link: InterviewerLink) -> InterviewerLinkShown:
        """Show a stored link."""
        return cls(**{name: getattr(link, name) for name in cls.__struct_fields__})


class InterviewerLinkMade(Struct, frozen=True, kw_only=True):
    """A link just made; its address is shown only now."""

    url: str
    link: InterviewerLinkShown


class FeedbackFormShown(Struct, frozen=True, kw_only=True):
    """The feedback form of a survey: its address, one per site, and the one for forms of your own."""

    url: str
    by_site: dict[str, str]
    json_url: str


class FeedbackShown(Struct, frozen=True, kw_only=True):
    """What somebody wrote; `has_contact` if they left how to reach them."""

    response: str
    submitted_at: datetime
    wave: int
    channel: str
    score: int | None
    comment: str
    attributes: dict[str, str]
    has_contact: bool


class FeedbackContactShown(Struct, frozen=True, kw_only=True):
    """How to reach somebody; `response` tells what they wrote, unless the survey is anonymous."""

    id: str
    response: str | None
    name: str | None
    address: str
    given_at: datetime


@post("/surveys/{survey_id:int}/interviewer-links", opt={SCOPE: Scope.SURVEYS_WRITE})
async def make_interviewer_link(
    survey_id: SurveyId, data: JSONBody[NewInterviewerLink], session: Session, now: Now, state: State
) -> InterviewerLinkMade:
    """Make a link to the entry page of one interviewer, on the telephone or at the counter."""
    made = await assisting.make_interviewer_link(session, survey_id, data, now=now)
    return InterviewerLinkMade(url=state.address + made.path, link=InterviewerLinkShown.of(made.link))


@get("/surveys/{survey_id:int}/interviewer-links", opt={SCOPE: Scope.SURVEYS_READ})
async def show_interviewer_links(survey_id: SurveyId, session: Session) -> list[InterviewerLinkShown]:
    """List the interviewers' links of a survey, without their addresses."""
    return [InterviewerLinkShown.of(link) for link in await assisting.list_interviewer_links(session, survey_id)]


@post(
    "/surveys/{survey_id:int}/interviewer-links/{link_id:int}/revoke",
    opt={SCOPE: Scope.SURVEYS_WRITE},
    status_code=HTTPStatus.NO_CONTENT,
)
async def revoke_interviewer_link(survey_id: SurveyId, link_id: LinkId, session: Session, now: Now) -> None:
    """Make an interviewer's link useless from now on."""
    await assisting.revoke_interviewer_link(session, survey_id, link_id, now=now)


@get("/surveys/{survey_id:int}/feedback-form", opt={SCOPE: Scope.SURVEYS_READ})
async def show_feedback_form(survey_id: SurveyId, session: Session, state: State) -> FeedbackFormShown:
    """Show where the permanent feedback form of a survey is."""
    survey = await feedback.get_feedback_survey(session, survey_id)
    url = f"{state.address}/f/{survey.slug}"
    return FeedbackFormShown(
        url=url, by_site={site: f"{url}?site={quote(site)}" for site in survey.sites}, json_url=f"{url}/json"
    )


@get("/surveys/{survey_id:int}/feedback", opt={SCOPE: Scope.RESPONSES_READ})
async def show_feedback(survey_id: SurveyId, session: Session) -> list[FeedbackShown]:
    """List what was left by the feedback form, the newest first, at most 200."""
    return [
        FeedbackShown(
            response=each.id.hex(),
            submitted_at=each.submitted_at,
            wave=each.wave,
            channel=each.channel,
            score=score,
            comment=each.texts.get(FEEDBACK_TEXT, ""),
            attributes=each.attributes,
            has_contact=each.has_contact,
        )
        for each, score in await feedback.list_feedback(session, survey_id)
    ]


@get("/surveys/{survey_id:int}/feedback-contacts", opt={SCOPE: Scope.CONTACTS_READ})
async def show_feedback_contacts(survey_id: SurveyId, session: Session) -> list[FeedbackContactShown]:
    """List how to reach those who asked for an answer; in no report and no export."""
    return [
        FeedbackContactShown(
            id=each.id.hex(),
            response=None if each.response_id is None else each.response_id.hex(),
            name=each.name,
            address=each.address,
            given_at=each.given_at,
        )
        for each in await feedback.list_feedback_contacts(session, survey_id)
    ]


@delete("/surveys/{survey_id:int}/feedback-contacts/{details_id:str}", opt={SCOPE: Scope.CONTACTS_WRITE})
async def erase_feedback_contact(survey_id: SurveyId, details_id: DetailsId, session: Session) -> None:
    """Forget how to reach somebody; what was written stays."""
    await feedback.erase_feedback_contact(session, survey_id, details_id)


HANDLERS = (
    make_interviewer_link,
    show_interviewer_links,
    revoke_interviewer_link,
    show_feedback_form,
    show_feedback,
    show_feedback_contacts,
    erase_feedback_contact,
)
