"""The addresses of a wave's fieldwork."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from litestar import get, post
from litestar.datastructures import State
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from servq.accounts.models import Scope
from servq.fieldwork.links import MOST_DAYS, USUAL_DAYS
from servq.fieldwork.numbers import Fieldwork
from servq.fieldwork.service import get_fieldwork, link_to_page
from servq.web.api.access import SCOPE
from servq.web.api.places import LARGEST_NUMBER, Now, Session, SurveyId

WaveNumber = Annotated[int | None, QueryParameter(description="Number of the wave.", ge=1, le=LARGEST_NUMBER)]


class PageLinkWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which wave a private link shows, and for how long."""

    wave: Annotated[int, Meta(ge=1, le=LARGEST_NUMBER, description="The newest when left out.")] | None = None
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS, description="Days for which it works.", examples=[30])] = USUAL_DAYS


class PageLinkMade(Struct, frozen=True, kw_only=True):
    """A private link; nothing is stored of it, and nobody can take it back before it ends."""

    url: Annotated[str, Meta(description="Where the page is.", examples=["https://feedback.example.org/wave/eyJ…"])]
    expires_at: Annotated[datetime, Meta(description="From when on it is no longer taken.")]


@get("/surveys/{survey_id:int}/fieldwork", opt={SCOPE: Scope.SURVEYS_READ})
async def show_fieldwork(survey_id: SurveyId, session: Session, now: Now, wave: WaveNumber = None) -> Fieldwork:
    """Show how the collection of a wave goes: numbers by day, channel and site, reasons, response rates RR1 to RR6."""
    return await get_fieldwork(session, survey_id, wave=wave, now=now)


@post("/surveys/{survey_id:int}/fieldwork/links", opt={SCOPE: Scope.SURVEYS_WRITE})
async def make_fieldwork_link(
    survey_id: SurveyId, data: JSONBody[PageLinkWanted], session: Session, now: Now, state: State
) -> PageLinkMade:
    """Make a private link to the page of a wave, for people without a key; whoever has it can read the page."""
    made = await link_to_page(session, survey_id, wave=data.wave, days=data.days, tokens=state.tokens(), now=now)
    return PageLinkMade(url=f"{state.address}{made.path}", expires_at=made.expires_at)


HANDLERS = (show_fieldwork, make_fieldwork_link)
