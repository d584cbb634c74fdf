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
from servq.responses.answers import PageAnswers, blank, encode, first_byte, merge, merge_texts
from servq.responses.evidence import EvidenceChange, change_evidence, without_repeats
from servq.responses.ingest import RunAgain
from servq.responses.links import Link, OpenLink, PersonalLink, TrialLink, seed_of
from servq.responses.queries import SavedRow, SaveKind
from servq.responses.standing import (
    already_answered,
    find_refusal,
    get_state,
    is_outdated,
    is_submitted,
    may_change,
    outdated_trial,
)
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.models import Channel
from servq.surveys.pages import Page


@dataclass(frozen=True, kw_only=True)
class PageSave:
    """One page as it shall be stored.

    Parameters
    ----------
    bit
        The mark of the page, or 0 if it is not done with these answers.
    required
        Bits of the pages without which the response cannot be submitted.
    """

    survey: LaunchedSurvey
    link: Link
    page: Page
    answers: PageAnswers
    bit: int
    required: int
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

    def store_evidence(self, change: EvidenceChange, connection: Connection) -> None:
        """Change files beside the answers of the response, which begins with them if need be."""
        row = self.store(connection)
        change = without_repeats(connection, self.link.key, change)
        if not change:
            return
        if row.submitted and not may_change(self.survey, self.link):
            raise already_answered()
        if not change_evidence(connection, self.link.key, change, received_at=self.survey.stored_time(self.now)):
            raise already_answered()

    def _store_otherwise(self, connection: Connection) -> SavedRow:
        """Say why the page was not stored, or change a submitted response if that is allowed."""
        state = get_state(connection, self.link)
        refusal = find_refusal(state, now=self.now)
        if refusal is not None:
            raise refusal
        if is_outdated(state, self.link, self.survey):
            raise outdated_trial()
        old = queries.lock_submitted(connection, self.link.key)
        if old is None:
            # It is neither refused nor submitted when asked again, so it would be stored now.
            raise already_answered() if is_submitted(state) else RunAgain
        answers = merge(old.answers, self.page, encode(self.answers.codes))
        texts = merge_texts(old.texts, self.answers.texts)
        pages_done = old.pages_done | self.bit
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

    def _place(self, link: OpenLink) -> dict[str, str]:
        """Return where an open link was met; an anonymous survey keeps the site alone."""
        place = {"site": link.site} if link.site is not None and link.site in self.survey.sites else {}
        if link.touchpoint is not None and not self.survey.anonymous:
            place["touchpoint"] = link.touchpoint
        return place

    @property
    def _kind(self) -> SaveKind:
        return SaveKind(
            personal=isinstance(self.link, PersonalLink),
            anonymous=self.survey.anonymous,
            submit=self.submit,
            comments=bool(self.answers.texts),
            trial=isinstance(self.link, TrialLink),
        )

    def _values(self) -> dict[str, object]:
        page = encode(self.answers.codes)
        stored_now = self.survey.stored_time(self.now)
        complete = self.submit and self.bit & self.required == self.required
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
            "bit": self.bit,
            "answers": merge(blank(self.survey.n_columns), self.page, page),
            "texts": merge_texts({}, self.answers.texts),
            "now": self.now,
            "page": page,
            "start": first_byte(self.page),
        }
        if self.answers.texts:
            values["changed_texts"] = {comment: text or None for comment, text in self.answers.texts.items()}
        if self.submit:
            values["required"] = self.required
        if isinstance(self.link, OpenLink):
            values["channel"] = self.link.channel
            values["attributes"] = self._place(self.link)
        elif isinstance(self.link, TrialLink):
            values |= {
                "channel": self.link.channel,
                "attributes": {},
                "revision": self.survey.revision,
                "version": self.survey.version,
            }
        else:
            values["digest"] = self.link.digest
        return values
