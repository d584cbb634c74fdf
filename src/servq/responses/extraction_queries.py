"""What extraction reads: the answers and texts of a survey, in one order, without trial answers and excluded ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Text, cast, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from servq.contacts.models import Contact
from servq.invitations.models import Invitation
from servq.responses.exclusions import not_excluded
from servq.responses.models import Response
from servq.surveys.models import Wave


class AnswerRow(NamedTuple):
    """What extraction needs of one response."""

    answers: bytes
    attributes: str
    channel: str
    administration: str
    locale: str
    wave: str
    reference: str | None
    submitted: bool


async def list_answers(session: AsyncSession, survey_id: int, wave_id: int | None) -> Sequence[AnswerRow]:
    """Return the responses of a survey, or of one wave of it, in the order of their (random) ids."""
    rows = await session.execute(
        select(
            Response.answers,
            # As text: most responses share few sets of attributes, so each set is decoded once, not once a row.
            cast(Response.attributes, Text),
            cast(Response.channel, Text),
            cast(Response.administration, Text),
            Response.locale,
            Wave.name,
            Contact.reference,
            Response.submitted_at.is_not(None),
        )
        .join_from(Response, Wave, Response.wave_id == Wave.id)
        .join(Invitation, Response.invitation_id == Invitation.id, isouter=True)
        .join(Contact, Invitation.contact_id == Contact.id, isouter=True)
        .where(
            Response.survey_id == survey_id,
            Response.trial.is_(False),
            not_excluded(),
            true() if wave_id is None else Response.wave_id == wave_id,
        )
        .order_by(Response.id)
    )
    return [AnswerRow._make(row) for row in rows]


async def list_texts(session: AsyncSession, survey_id: int, wave_id: int | None) -> Sequence[dict[str, str]]:
    """Return the open texts of the responses that `list_answers` gives, in the same order."""
    rows = await session.scalars(
        select(Response.texts)
        .where(
            Response.survey_id == survey_id,
            Response.trial.is_(False),
            not_excluded(),
            true() if wave_id is None else Response.wave_id == wave_id,
        )
        .order_by(Response.id)
    )
    return rows.all()
