"""Given contacts against stored ones: who is new, who changes, who is there twice, and who cannot be told apart. Pure.

The rule: a reference finds a contact; an e-mail address finds it where the reference does not. Rows that find the same
contact are one, in the order in which they come: what a later row says replaces what was said before, attributes name
by name, and what it leaves blank stays. A row whose reference and address belong to two contacts is rejected, and so is
one that would give a contact another reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from servq.contacts.cells import shown
from servq.contacts.rows import MOST_ATTRIBUTES, GivenContact, NewContact, contact_problems, normal
from servq.errors import Problem

_FIELDS = ("reference", "email", "name", "locale", "time_zone")


class StoredContact(NamedTuple):
    """A contact as it is stored."""

    id: int
    reference: str | None
    email: str | None
    name: str | None
    locale: str | None
    time_zone: str | None
    attributes: dict[str, str]


class Said(NamedTuple):
    """What a person said about being asked, where and when; None where that is not known."""

    given: bool
    source: str | None
    at: datetime | None


@dataclass(slots=True, kw_only=True)
class Draft:
    """A contact as it will be stored; `id` is None until it is."""

    id: int | None
    reference: str | None = None
    email: str | None = None
    name: str | None = None
    locale: str | None = None
    time_zone: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    stored: StoredContact | None = None
    said: Said | None = None

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what is stored."""
        stored = self.stored
        return stored is not None and (
            self.attributes != stored.attributes
            or any(getattr(self, name) != getattr(stored, name) for name in _FIELDS)
        )

    @property
    def is_readdressed(self) -> bool:
        """Whether what finds it changes, so that another contact may get what it had."""
        stored = self.stored
        return stored is not None and (self.reference, self.email) != (stored.reference, stored.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What becomes of given contacts.

    Parameters
    ----------
    drafts
        The contacts that the rows found or make, each once.
    by_row
        For each given contact its draft, or None where it was rejected.
    rejected
        Everything that is wrong with the rejected ones.
    """

    drafts: tuple[Draft, ...]
    by_row: tuple[Draft | None, ...]
    rejected: tuple[Problem, ...]

    @property
    def n_rejected(self) -> int:
        """Number of rejected rows."""
        return sum(draft is None for draft in self.by_row)

    @property
    def n_merged(self) -> int:
        """Number of rows that found a contact which an earlier row had found or made."""
        return len(self.by_row) - self.n_rejected - len(self.drafts)


def merge(given: Sequence[GivenContact], stored: Iterable[StoredContact], *, now: datetime) -> Merge:
    """Return what becomes of given contacts.

    Parameters
    ----------
    stored
        At least every contact that has the reference or the normal address of a given one.
    now
        No consent was given after it.
    """
    known = [
        Draft(**{name: getattr(row, name) for name in ("id", *_FIELDS)}, attributes=dict(row.attributes), stored=row)
        for row in stored
    ]
    by_reference = {draft.reference: draft for draft in known if draft.reference is not None}
    by_email = {draft.email: draft for draft in known if draft.email is not None}
    found: dict[int, Draft] = {}
    by_row: list[Draft | None] = []
    rejected: list[Problem] = []
    for place, raw in given:
        contact = normal(raw)
        draft = by_reference.get(contact.reference or "")
        other = by_email.get(contact.email or "")
        problems = contact_problems(place, contact, now=now)
        clash = None if problems else _clash(contact, draft, other)
        if clash is not None:
            problems = [place.problem(clash, "Correct one of the two, or join the contacts first.", "reference")]
        draft = draft or other
        if not problems and draft is not None and len({**draft.attributes, **contact.attributes}) > MOST_ATTRIBUTES:
            problems = [place.problem("The contact would have too many attributes.", f"Keep {MOST_ATTRIBUTES}.")]
        if problems:
            rejected += problems
            by_row.append(None)
            continue
        draft = draft or Draft(id=None)
        if draft.email is not None and contact.email is not None and contact.email != draft.email:
            del by_email[draft.email]
        _overlay(draft, contact)
        if draft.reference is not None:
            by_reference[draft.reference] = draft
        if draft.email is not None:
            by_email[draft.email] = draft
        found[id(draft)] = draft
        by_row.append(draft)
    return Merge(drafts=tuple(found.values()), by_row=tuple(by_row), rejected=tuple(rejected))


def accepted_consent(said: Said, last: tuple[bool, datetime] | None, *, now: datetime) -> datetime | None:
    """Return from when on a new word about consent counts, or None where the last one stays.

    A yes takes the place of a no only if it names a later time: a list that is imported every night must not undo what
    a person said in between. A word that is older than the last one never counts.
    """
    at = said.at or now
    if last is None:
        return at
    given, last_at = last
    if given == said.given or at < last_at or (said.given and (said.at is None or said.at <= last_at)):
        return None
    return at


def _clash(contact: NewContact, by_reference: Draft | None, by_email: Draft | None) -> str | None:
    if by_reference is not None and by_email is not None and by_reference is not by_email:
        return (
            f'Reference "{shown(contact.reference or "")}" and address "{shown(contact.email or "")}" belong to two '
            "contacts."
        )
    if by_email is not None and contact.reference not in (None, by_email.reference) and by_email.reference is not None:
        return (
            f'The address "{shown(contact.email or "")}" belongs to the contact with the reference '
            f'"{shown(by_email.reference)}".'
        )
    return None


def _overlay(draft: Draft, contact: NewContact) -> None:
    for name in _FIELDS:
        value = getattr(contact, name)
        if value is not None:
            setattr(draft, name, value)
    draft.attributes = {**draft.attributes, **contact.attributes}
    if contact.consent is not None:
        draft.said = Said(contact.consent, contact.consent_source, contact.consent_at)
