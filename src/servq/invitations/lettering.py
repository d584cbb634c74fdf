"""From a planned message to a finished mail: opens its token, finds its survey's words, composes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.errors import MailTextInvalid
from servq.invitations import outbox_queries
from servq.invitations.models import MessageKind
from servq.invitations.outbox import TOKEN_PURPOSE
from servq.invitations.outbox_queries import ClaimedMessage
from servq.mail import queries as mail_queries
from servq.mail.composing import compose
from servq.mail.letters import Letter, first_question, letter_locale
from servq.mail.sending import Envelope
from servq.mail.servers import Sender
from servq.mail.wording import SHIPPED, Wording
from servq.security_tokens import SecurityTokens
from servq.surveys.launched import LaunchedSurvey, LaunchedSurveys

OPT_OUT_PURPOSE = "opt out"
RETURN_PURPOSE = "return path"

_TEXTS_KEPT_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a mail needs beside its own row."""

    survey: LaunchedSurvey
    wording: Wording
    answers_to: str


class Composer:
    """Composes the messages of one worker; keeps what messages share."""

    def __init__(self, *, sender: Sender, address: str, tokens: SecurityTokens) -> None:
        self._sender = sender
        self._address = address.rstrip("/")
        self._tokens = tokens
        self._surveys = LaunchedSurveys()
        self._texts: dict[tuple[int, str, str], tuple[datetime, Wording]] = {}

    async def surround(
        self, session: AsyncSession, messages: Iterable[ClaimedMessage], *, now: datetime
    ) -> Mapping[int, Surroundings]:
        """Read what messages need, by their numbers."""
        messages = tuple(messages)
        connection = await session.connection()
        follow_ups = [m.invitation_id for m in messages if m.kind is MessageKind.REMINDER and m.invitation_id]
        first = await outbox_queries.first_message_ids(session, follow_ups) if follow_ups else {}
        found = {}
        for message in messages:
            survey = self._surveys.find(message.survey_id)
            if survey is None:
                survey = await connection.run_sync(self._surveys.by_id, message.survey_id)
            wording = await self._wording(session, survey, message, now=now)
            found[message.id] = Surroundings(survey, wording, first.get(message.invitation_id or 0, ""))
        return found

    def compose(self, message: ClaimedMessage, around: Surroundings, *, now: datetime) -> Envelope:
        """Compose one message.

        Raises
        ------
        MailTextInvalid
            Its text cannot be rendered, its address is none, or its token is gone or was sealed with another secret.
        """
        return compose(
            self._letter(message, around.survey),
            self._sender,
            address=message.address,
            message_id=message.message_id,
            return_tag=self._tokens.sign_number(RETURN_PURPOSE, message.id),
            answers_to=around.answers_to,
            at=now,
            wording=around.wording,
        )

    def _letter(self, message: ClaimedMessage, survey: LaunchedSurvey) -> Letter:
        asks = message.kind in outbox_queries.ASKING
        values = dict(message.values)
        is_alert = message.kind is MessageKind.ALERT
        told = {name: values.pop(name, "") for name in ("headline", "detail", "link")} if is_alert else {}
        locale = letter_locale(survey, message.locale)
        link = self._personal_link(message) if asks else told.pop("link", "")
        return Letter(
            kind=message.kind.value,
            number=message.number,
            locale=locale,
            name=values.pop("name", ""),
            organisation=survey.organisation,
            title=survey.title,
            anonymous=survey.anonymous,
            link=link,
            opt_out="" if is_alert else self._opt_out(message),
            question=first_question(survey, locale, link) if asks else None,
            attributes=values,
            **told,
        )

    def _opt_out(self, message: ClaimedMessage) -> str:
        # It holds the address itself, sealed, so that it works for as long as the mail is kept, whatever is deleted.
        payload: dict[str, str | int | None] = {"address": message.address, "survey": message.survey_id}
        return f"{self._address}/u/{self._tokens.seal(OPT_OUT_PURPOSE, payload)}"

    def _personal_link(self, message: ClaimedMessage) -> str:
        if message.sealed_token is None:
            raise MailTextInvalid("The link of this message was blanked, because it is used, expired or closed.")
        token = self._tokens.unseal_bytes(TOKEN_PURPOSE, message.sealed_token).decode()
        return f"{self._address}/s/{token}"

    async def _wording(
        self, session: AsyncSession, survey: LaunchedSurvey, message: ClaimedMessage, *, now: datetime
    ) -> Wording:
        key = (survey.id, message.kind.value, letter_locale(survey, message.locale))
        known = self._texts.get(key)
        if known is not None and now - known[0] < _TEXTS_KEPT_FOR:
            return known[1]
        text = await mail_queries.find_text(session, *key)
        wording = SHIPPED if text is None else Wording(subject=text.subject, text=text.text, html=text.html)
        self._texts[key] = (now, wording)
        return wording
