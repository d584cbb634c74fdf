"""What the addresses of contacts take and give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from servq.contacts.models import Consent, Contact, LiftedSuppression, Reason, Suppression, SuppressionReason
from servq.contacts.rows import NewContact
from servq.contacts.upserting import Upserted
from servq.errors import Problem

MOST_AT_ONCE = 10_000
_LARGEST_NUMBER = 2**31 - 1

ContactNumber = Annotated[int, Meta(ge=1, le=_LARGEST_NUMBER)]


class ContactsGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Contacts to be added or brought up to date."""

    contacts: Annotated[
        list[NewContact], Meta(min_length=1, max_length=MOST_AT_ONCE, description="In the order in which they count.")
    ]
    preview: Annotated[bool, Meta(description="Store nothing; say what would happen.")] = False


class RejectedContact(Struct, frozen=True, kw_only=True):
    """One thing wrong with a contact that was not stored."""

    row: Annotated[int | None, Meta(description="Position in the request, from 1.", examples=[3])]
    column: str | None
    message: str
    fix: str

    @classmethod
    def of(cls, problem: Problem) -> RejectedContact:
        """Show a problem."""
        return cls(row=problem.row, column=problem.column, message=str(problem.message), fix=str(problem.fix))


class ContactsStored(Struct, frozen=True, kw_only=True):
    """What became of given contacts, or would become."""

    created: int
    updated: int
    unchanged: int
    merged: Annotated[int, Meta(description="Contacts that an earlier one in the request turned out to be.")]
    consents: Annotated[int, Meta(description="Words about consent that were new.")]
    suppressed: Annotated[int, Meta(description="Contacts whose address is suppressed, and stays so.")]
    contact_ids: Annotated[
        list[int | None], Meta(description="For each given contact its number; null where it was not stored.")
    ]
    rejected: list[RejectedContact]

    @classmethod
    def of(cls, done: Upserted) -> ContactsStored:
        """Show what was done."""
        return cls(
            created=done.n_created,
            updated=done.n_updated,
            unchanged=done.n_unchanged,
            merged=done.n_merged,
            consents=done.n_consents,
            suppressed=done.n_suppressed,
            contact_ids=list(done.contact_ids),
            rejected=[RejectedContact.of(problem) for problem in done.rejected],
        )


class ConsentShown(Struct, frozen=True, kw_only=True):
    """What a contact said about being asked, where and when."""

    given: bool
    source: str
    at: datetime

    @classmethod
    def of(cls, consent: Consent) -> ConsentShown:
        """Show a stored word."""
        return cls(given=consent.given, source=consent.source, at=consent.at)


class ConsentGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a contact says about being asked now."""

    given: Annotated[bool, Meta(description="Whether the person may be asked.")]
    source: Annotated[
        str, Meta(min_length=1, max_length=100, description="Where that was said.", examples=["phone call"])
    ]


class SuppressionShown(Struct, frozen=True, kw_only=True):
    """An address that is never written to again."""

    address: str
    reason: SuppressionReason
    source: str
    at: datetime

    @classmethod
    def of(cls, suppression: Suppression) -> SuppressionShown:
        """Show a stored suppression."""
        return cls(**{name: getattr(suppression, name) for name in cls.__struct_fields__})


class SuppressionGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that is not to be written to again."""

    address: Annotated[str, Meta(min_length=3, max_length=254, examples=["ada@example.org"])]
    reason: Annotated[SuppressionReason, Meta(description="Why.")] = SuppressionReason.OPT_OUT
    source: Annotated[
        str,
        Meta(min_length=1, max_length=100, description="Where that was asked for or found.", examples=["help desk"]),
    ] = "api"


class LiftingGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address that may be written to again."""

    address: Annotated[str, Meta(min_length=3, max_length=254, examples=["ada@example.org"])]
    reason: Annotated[
        str, Meta(min_length=1, max_length=200, description="Why, in words.", examples=["The mailbox works again."])
    ]
    source: Annotated[
        str, Meta(min_length=1, max_length=100, description="Where that was said.", examples=["signed form of 4 March"])
    ]
    consented_at: (
        Annotated[
            datetime,
            Meta(tz=True, description="When the person consented again; an opt-out or a complaint needs it."),
        ]
        | None
    ) = None


class LiftedShown(Struct, frozen=True, kw_only=True):
    """A suppression that was lifted: as it was, why, and where that was decided."""

    id: int
    address: str
    was_reason: SuppressionReason
    was_source: str
    was_at: datetime
    reason: str
    source: str
    consented_at: datetime | None
    at: datetime

    @classmethod
    def of(cls, lifted: LiftedSuppression) -> LiftedShown:
        """Show a stored lifting."""
        return cls(**{name: getattr(lifted, name) for name in cls.__struct_fields__})


class ContactShown(Struct, frozen=True, kw_only=True):
    """A contact in a list."""

    id: int
    reference: str | None
    email: str | None
    name: str | None
    locale: str | None
    time_zone: str | None
    attributes: dict[str, str]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, contact: Contact) -> ContactShown:
        """Show a stored contact."""
        return cls(**{name: getattr(contact, name) for name in cls.__struct_fields__})


class ContactDetails(Struct, frozen=True, kw_only=True):
    """Everything that is stored of a contact: what to hand over when the person asks for it."""

    contact: ContactShown
    consents: list[ConsentShown]
    suppression: SuppressionReason | None


class InvitationsGiven(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to ask: contacts that are named, or all that have some attributes."""

    contact_ids: Annotated[
        list[ContactNumber], Meta(max_length=MOST_AT_ONCE, description="Numbers of contacts.", examples=[[1, 2]])
    ] = []
    references: Annotated[
        list[str], Meta(max_length=MOST_AT_ONCE, description="The organisation's own ids.", examples=[["C-1007"]])
    ] = []
    where: Annotated[
        dict[str, str] | None,
        Meta(description="All contacts with these attributes; everybody for {}.", examples=[{"site": "North"}]),
    ] = None
    channel: Annotated[
        Literal["email", "personal_link"],
        Meta(description="By mail, or by links that you hand over yourself."),
    ] = "email"
    due_at: Annotated[
        datetime | None,
        Meta(description="When; now when left out, and always after quiet hours.", examples=["2026-03-05T09:00:00Z"]),
    ] = None


class LinkOfContact(Struct, frozen=True, kw_only=True):
    """The personal link of a contact, shown this once."""

    contact_id: int
    url: str
    due_at: datetime


class InvitationsMade(Struct, frozen=True, kw_only=True):
    """Who is asked, and how many are not for which reason."""

    invited: int
    not_invited: Annotated[
        dict[str, int], Meta(description=f"By reason: {', '.join(Reason)}.", examples=[{"resting": 3}])
    ]
    links: Annotated[list[LinkOfContact], Meta(description="For the channel personal_link only.")]
