"""Tables of people, their sites, how they sign in, and what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from servq.db import Base, stored_enum


class Role(StrEnum):
    """What a person does here."""

    ADMIN = "admin"
    RESEARCHER = "researcher"
    MANAGER = "manager"


class Right(StrEnum):
    """What a manager may do besides reading results; researchers and admins may anyway."""

    TEAMS = "teams"
    """Compares teams and agents."""
    COMMENTS = "comments"
    """Reads comments that nobody has released yet."""


class Theme(StrEnum):
    """The colours of the pages: those of the device, or always the same."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class SiteKind(StrEnum):
    """How high in the tree a node stands."""

    ORGANISATION = "organisation"
    REGION = "region"
    SITE = "site"


class Purpose(StrEnum):
    """What a link that was mailed to a person is good for, once."""

    INVITATION = "invitation"
    RESET = "reset"


class AuditAction(StrEnum):
    """What somebody did; stored as text, so that a later version may know more."""

    VIEWED = "viewed"
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    EXPORTED = "exported"
    IMPORTED = "imported"
    EXCLUDED = "excluded"
    RELEASED = "released"
    LAUNCHED = "launched"
    CLOSED = "closed"
    SENT = "sent"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    INVITED = "invited"


class Scope(StrEnum):
    """What an API key may do."""

    SURVEYS_READ = "surveys:read"
    SURVEYS_WRITE = "surveys:write"
    RESPONSES_READ = "responses:read"
    REPORTS_READ = "reports:read"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    MAIL_READ = "mail:read"
    MAIL_WRITE = "mail:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    OPERATIONS_READ = "operations:read"
    OPERATIONS_WRITE = "operations:write"


class Account(Base):
    """A person who manages surveys or reads reports.

    Parameters
    ----------
    locale, time_zone
        How pages and mails are written for this person; the browser's language and UTC where nothing was chosen.
    totp_secret
        Sealed secret of the second factor; it is asked for once `totp_confirmed_at` is set.
    totp_step
        Number of the last 30 seconds whose code was taken: no code works twice.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    role: Mapped[Role] = mapped_column(stored_enum(Role))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    locale: Mapped[str | None] = mapped_column(String(20))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    theme: Mapped[str] = mapped_column(String(10), default=Theme.SYSTEM.value, server_default=Theme.SYSTEM.value)
    rights: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    disabled_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_step: Mapped[int | None]


class Site(Base):
    """A node of the organisation's tree; its name is the value of the attribute `site` of responses."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[SiteKind] = mapped_column(stored_enum(SiteKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="RESTRICT"), index=True)


class AccountSite(Base):
    """A manager may see this node and all below it."""

    __tablename__ = "account_site"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True, index=True)


class SignInSession(Base):
    """One browser in which somebody is signed in; only the digest of its cookie is stored."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    digest: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(200))


class SignInFailure(Base):
    """How often signing in failed lately, by account or by network address; `subject` is a digest."""

    __tablename__ = "sign_in_failure"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)


class AccountLink(Base):
    """A link mailed to a person, good for one purpose, once and for a time; the link itself is signed, not stored."""

    __tablename__ = "account_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[Purpose] = mapped_column(stored_enum(Purpose))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """Takes the place of a code of the second factor, once; only its digest is stored."""

    __tablename__ = "recovery_code"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what and when; the database itself refuses to change one.

    The person is copied by number and address, so that an entry outlives the account.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "kind", "target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[int | None] = mapped_column(index=True)
    email: Mapped[str] = mapped_column(String(254))
    action: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, str]]


class ApiKey(Base):
    """A program's key: found by its prefix, proved by the digest of the whole; the key itself is never stored."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    digest: Mapped[bytes]
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
