"""Storing one page: what one caller hands to the group writer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from servq.invitations.outbox_queries import stop_answered
from servq.responses import queries
from servq.responses.announcing import announce_response
from servq.responses.answers import PageAnswers, blank, encode, first_byte, merge
from servq.responses.ingest import RunAgain
from servq.responses.links import Link, OpenLink, PersonalLink, seed_of
from servq.responses.queries import SavedRow, SaveKind
from servq.responses.standing import already_answered, find_refusal, get_state, is_submitted, may_change
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import Channel
from servq.surveys.pages import Page


@dataclass(frozen=True, kw_only=True)
class PageSave:
    """One page as it shall be stored."""

    survey: LaunchedSurvey
    link: Link
    page: Page
    answers: PageAnswers
    locale: str
    submit: bool
    seconds: int
    now: datetime

    def store(self, connection: Connection) -> SavedRow:
        """Insert or update the response; raises what `Sittings.save` documents."""
        try:
            row = queries.save_page(connection, self._kind, self._values())
        except IntegrityError as error:
            if queries.met_its_twin(error):
                raise RunAgain from error
            raise
        if row is None:
            return self._store_otherwise(connection)
        if row.submitted and isinstance(self.link, PersonalLink):
            sent_by = queries.use_invitation(
                connection, digest=self.link.digest, used_at=self.survey.stored_time(self.now)
            )
            if sent_by is None:
                # Another transaction submitted the answers of this link after this one had begun to write.
                raise RunAgain
            if sent_by is Channel.EMAIL:
                stop_answered(connection, digest=self.link.digest)
            if self._kind.forgets_key and row.key is not None:
                queries.forget_key(connection, row.key)
        if row.submitted and row.is_watched:
            announce_response(connection, self.survey, self.link.key, now=self.now)
        return row

    def _store_otherwise(self, connection: Connection) -> SavedRow:
        """Say why the page was not stored, or change a submitted response if that is allowed."""
        state = get_state(connection, self.link)
        refusal = find_refusal(state, now=self.now)
        if refusal is not None:
            raise refusal
        old = queries.lock_submitted(connection, self.link.key)
        if old is None:
            # It is neither refused nor submitted when asked again, so it would be stored now.
            raise already_answered() if is_submitted(state) else RunAgain
        answers = merge(old.answers, self.page, encode(self.answers.codes))
        texts = dict(self.answers.texts) if self.page.comments else old.texts
        pages_done = old.pages_done | self.page.bit
        if (answers, texts) != (old.answers, old.texts):
            if not may_change(self.survey, self.link):
                raise already_answered()
            queries.replace_answers(
                connection,
                old,
                answers=answers,
                texts=texts,
                pages_done=pages_done,
                locale=self.locale,
                now=self.survey.stored_time(self.now),
            )
        return SavedRow(pages_done, old.submitted_at, self.link.key)

    @property
    def _kind(self) -> SaveKind:
        return SaveKind(
            personal=isinstance(self.link, PersonalLink),
            anonymous=self.survey.anonymous,
            submit=self.submit,
            comments=bool(self.page.comments),
        )

    def _values(self) -> dict[str, object]:
        page = encode(self.answers.codes)
        stored_now = self.survey.stored_time(self.now)
        required = self.survey.required_pages
        complete = self.submit and self.page.bit & required == required
        values: dict[str, object] = {
            "id": secrets.token_bytes(16),
            "survey_id": self.survey.id,
            "key": self.link.key,
            "administration": self.link.administration,
            "locale": self.locale,
            "seed": seed_of(self.link),
            "updated_at": stored_now,
            "submitted_at": stored_now if complete else None,
            "duration_s": self.seconds,
            "bit": self.page.bit,
            "answers": merge(blank(self.survey.n_columns), self.page, page),
            "texts": dict(self.answers.texts),
            "now": self.now,
            "page": page,
            "start": first_byte(self.page),
        }
        if self.submit:
            values["required"] = required
        if isinstance(self.link, OpenLink):
            values["channel"] = self.link.channel
            values["attributes"] = {"site": self.link.site} if self.link.site in self.survey.sites else {}
        else:
            values["digest"] = self.link.digest
        return values
