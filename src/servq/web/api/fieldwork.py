"""The address of a wave's fieldwork."""

from __future__ import annotations

from typing import Annotated

from litestar import get
from litestar.params import QueryParameter

from servq.accounts.models import Scope
from servq.fieldwork.numbers import Fieldwork
from servq.fieldwork.service import get_fieldwork
from servq.web.api.access import SCOPE
from servq.web.api.places import LARGEST_NUMBER, Now, Session, SurveyId

WaveNumber = Annotated[int | None, QueryParameter(description="Number of the wave.", ge=1, le=LARGEST_NUMBER)]


@get("/surveys/{survey_id:int}/fieldwork", opt={SCOPE: Scope.SURVEYS_READ})
async def show_fieldwork(survey_id: SurveyId, session: Session, now: Now, wave: WaveNumber = None) -> Fieldwork:
    """Show how the collection of a wave goes: numbers by day, channel and site, reasons, response rates RR1 to RR6."""
    return await get_fieldwork(session, survey_id, wave=wave, now=now)


HANDLERS = (show_fieldwork,)
