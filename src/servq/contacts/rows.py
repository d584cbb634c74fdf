"""One contact as a file or a program gives it, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from servq.contacts.cells import cell_fault, shown, tidy
from servq.contacts.time_zones import is_time_zone
from servq.errors import Problem
from servq.surveys.names import FIELDWORK_ATTRIBUTES, LONGEST_NAME

MOST_ATTRIBUTES = 20
LONGEST_REFERENCE = 100
LONGEST_EMAIL = 254
LONGEST_SOURCE = 100
_LONGEST_LOCAL_PART = 64

_LOCAL_PART = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_LOCALE = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")


class NewContact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person to be stored; what is left out stays as it is stored.

    Parameters
    ----------
    reference
        The organisation's own id; either it or `email` is needed, and either finds the contact again.
    time_zone
        IANA name, e.g. ``Europe/Berlin``.
    attributes
        Free values such as ``site``, ``segment`` or ``value``; merged name by name.
    consent
        Whether the person agreed to be asked.
    consent_source, consent_at
        Where and when the person said so; where the contact came from and now, when left out.
    """

    reference: Annotated[str | None, Meta(description="The organisation's own id.", examples=["C-1007"])] = None
    email: Annotated[str | None, Meta(description="E-mail address.", examples=["ada@example.org"])] = None
    name: Annotated[str | None, Meta(description="How mails address the person.", examples=["Ada Example"])] = None
    locale: Annotated[str | None, Meta(description="Language.", examples=["de", "pt-BR"])] = None
    time_zone: Annotated[str | None, Meta(description="IANA time zone.", examples=["Europe/Berlin"])] = None
    attributes: Annotated[
        dict[str, str], Meta(description="Free values, merged name by name.", examples=[{"site": "North"}])
    ] = {}
    consent: Annotated[bool | None, Meta(description="Whether the person agreed to be asked.")] = None
    consent_source: Annotated[str | None, Meta(description="Where it was said.", examples=["web shop"])] = None
    consent_at: Annotated[
        datetime | None,
        Meta(
            description="When it was said; a yes takes the place of a no only if it is later.",
            examples=["2026-03-04T15:16:00Z"],
        ),
    ] = None


class Place(NamedTuple):
    """Where a contact was given: a line of a text file, a row of a sheet, or the position in a request."""

    file: str | None = None
    line: int | None = None
    row: int | None = None

    def problem(self, message: str, fix: str, column: str | None = None) -> Problem:
        """Return a problem of the contact that was given here."""
        return Problem(message, fix, file=self.file, line=self.line, row=self.row, column=column)


class GivenContact(NamedTuple):
    """A contact with the place that it was given at."""

    place: Place
    contact: NewContact


def normal_address(address: str) -> str:
    """Return an e-mail address as it is stored and compared: in lower case, the domain in ASCII."""
    address = tidy(address).lower()
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return local + at + domain.encode("idna").decode()
    except UnicodeError:
        return address


def is_address(address: str) -> bool:
    """Whether a normal address can be written to."""
    local, _, domain = address.rpartition("@")
    return (
        len(address) <= LONGEST_EMAIL
        and len(local) <= _LONGEST_LOCAL_PART
        and _LOCAL_PART.fullmatch(local) is not None
        and not (local.startswith(".") or local.endswith(".") or ".." in local)
        and _DOMAIN.fullmatch(domain) is not None
    )


def normal(contact: NewContact) -> NewContact:
    """Return a contact as it is stored: tidy texts, blank ones left out, address and language in one spelling."""
    email, locale = _tidy_or_none(contact.email), _tidy_or_none(contact.locale)
    attributes = {tidy(name): tidy(value) for name, value in contact.attributes.items()}
    return NewContact(
        reference=_tidy_or_none(contact.reference),
        email=None if email is None else normal_address(email),
        name=_tidy_or_none(contact.name),
        locale=None if locale is None else _normal_locale(locale),
        time_zone=_tidy_or_none(contact.time_zone),
        attributes={name: value for name, value in attributes.items() if value},
        consent=contact.consent,
        consent_source=_tidy_or_none(contact.consent_source),
        consent_at=contact.consent_at,
    )


def contact_problems(place: Place, contact: NewContact, *, now: datetime) -> list[Problem]:
    """Return everything that is wrong with a normal contact."""
    return [place.problem(message, fix, column) for message, fix, column in _faults(contact, now)]


def _faults(contact: NewContact, now: datetime) -> Iterator[tuple[str, str, str | None]]:
    if contact.reference is None and contact.email is None:
        yield "Nothing tells who this is.", "Give a reference or an e-mail address.", None
    for column, text, longest in (
        ("reference", contact.reference, LONGEST_REFERENCE),
        ("name", contact.name, LONGEST_NAME),
        ("consent_source", contact.consent_source, LONGEST_SOURCE),
    ):
        yield from _text_faults(text, column, longest)
    if contact.email is not None and not is_address(contact.email):
        yield f'"{shown(contact.email)}" is no e-mail address.', "Write name@example.org.", "email"
    elif contact.email is not None:
        yield from _text_faults(contact.email, "email", LONGEST_EMAIL)
    if contact.locale is not None and _LOCALE.fullmatch(contact.locale) is None:
        yield f'"{shown(contact.locale)}" is no language.', "Write e.g. de or pt-BR.", "locale"
    if contact.time_zone is not None and not is_time_zone(contact.time_zone):
        yield f'There is no time zone "{shown(contact.time_zone)}".', "Write e.g. Europe/Berlin.", "time_zone"
    if contact.consent_at is not None:
        if contact.consent is None:
            yield "There is a time of consent, but no consent.", "Say whether it was given.", "consent"
        if contact.consent_at.tzinfo is None or contact.consent_at > now:
            yield "The time of consent is to come, or has no zone.", "Write e.g. 2026-03-04T15:16Z.", "consent_at"
    yield from _attribute_faults(contact.attributes)


def _attribute_faults(attributes: dict[str, str]) -> Iterator[tuple[str, str, str | None]]:
    if len(attributes) > MOST_ATTRIBUTES:
        yield f"There are {len(attributes)} attributes.", f"Give at most {MOST_ATTRIBUTES}.", None
    for name, value in attributes.items():
        if name in FIELDWORK_ATTRIBUTES:
            yield f'Every response says its "{name}" by itself.', "Choose another name.", name
        yield from _text_faults(value, shown(name), LONGEST_NAME)
        if not name or len(name) > LONGEST_NAME or cell_fault(name):
            yield f'"{shown(name)}" cannot be the name of an attribute.', "Use a plain word.", shown(name)


def _text_faults(text: str | None, column: str, longest: int) -> Iterator[tuple[str, str, str | None]]:
    if text is None:
        return
    if len(text) > longest:
        yield f"The text has {len(text)} characters.", f"Give at most {longest}.", column
    fault = cell_fault(text)
    if fault is not None:
        yield f'"{shown(text)}" {fault[0]}.', fault[1], column


def _normal_locale(locale: str) -> str:
    found = _LOCALE.fullmatch(locale)
    return locale if found is None else found[1].lower() + found[2].replace("_", "-")


def _tidy_or_none(text: str | None) -> str | None:
    return None if text is None else tidy(text) or None
