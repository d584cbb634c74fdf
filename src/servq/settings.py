"""What an installation decides: read once at the edge, handed down as values."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

DATABASE_VARIABLE = "SERVQ_DATABASE"
"""Environment variable that names the database."""

DEFAULT_DATABASE = "sqlite:///servq.db"
"""A file in the current folder: enough for one installation on one machine."""

ADDRESS_VARIABLE = "SERVQ_ADDRESS"
"""Environment variable with the address at which respondents reach the service."""

DEFAULT_ADDRESS = "http://127.0.0.1:8000"


SECRET_VARIABLE = "SERVQ_SECRET"  # noqa: S105 (its name)
"""Secret with which this installation signs links and seals tokens, at least 32 characters and the same for every
process; without it a file beside the SQLite database holds one. Whoever changes it makes sent unsubscribe links and
return paths useless."""

DEFAULT_SECRET = ""

SMTP_VARIABLE = "SERVQ_SMTP"
"""Mail server that takes messages: `smtp://USER:PASSWORD@HOST:PORT` (STARTTLS where the server offers it),
`smtp+tls://…` (refuses to go on without STARTTLS) or `smtps://…` (TLS from the start); nothing is sent without it."""

DEFAULT_SMTP = ""

MAIL_FROM_VARIABLE = "SERVQ_MAIL_FROM"
"""Sender of every message, such as `Hotel Meridian <feedback@example.org>`."""

DEFAULT_MAIL_FROM = ""

MAIL_RETURN_VARIABLE = "SERVQ_MAIL_RETURN"
"""Address to which undeliverable messages come back, with a signed tag added after a plus; the sender's if left out."""

DEFAULT_MAIL_RETURN = ""

MAIL_RATE_VARIABLE = "SERVQ_MAIL_RATE"
"""Most messages a second of one worker; as fast as the mail server takes them when left out."""

DEFAULT_MAIL_RATE = ""

BOUNCES_VARIABLE = "SERVQ_BOUNCES"
"""Mailbox with undeliverable messages and complaints: `imaps://USER:PASSWORD@HOST/FOLDER` (or `imap://…`, with STARTTLS
where the server offers it)."""

DEFAULT_BOUNCES = ""

WEBHOOK_NETWORKS_VARIABLE = "SERVQ_WEBHOOK_NETWORKS"
"""Private networks that webhooks may reach, such as `10.0.0.0/8, 192.168.7.0/24`; only public addresses when left out.
Unencrypted addresses work only within them."""

DEFAULT_WEBHOOK_NETWORKS = ""

REPORTS_VARIABLE = "SERVQ_REPORTS"
"""Folder with report templates of your own; what it lacks is taken from the shipped ones. Begin with
`servq report templates --copy FOLDER`."""

DEFAULT_REPORTS = ""


OIDC_ISSUER_VARIABLE = "SERVQ_OIDC_ISSUER"
"""Address of an OpenID Connect provider at which people may sign in; they cannot when left out."""

DEFAULT_OIDC_ISSUER = ""

OIDC_CLIENT_VARIABLE = "SERVQ_OIDC_CLIENT"
"""Name under which this installation is known to that provider; its return address is `SERVQ_ADDRESS` with
`/sign-in/oidc/return`."""

DEFAULT_OIDC_CLIENT = ""

OIDC_SECRET_VARIABLE = "SERVQ_OIDC_SECRET"  # noqa: S105 (its name)
"""Secret of this installation at that provider."""

DEFAULT_OIDC_SECRET = ""

OIDC_ROLE_VARIABLE = "SERVQ_OIDC_ROLE"
"""Role of people who sign in there and have no account yet, such as `researcher`; when left out nobody gets an account
unasked."""

DEFAULT_OIDC_ROLE = ""


class Settings(Struct, frozen=True, kw_only=True):
    """Settings of one process; each is described above beside its variable."""

    database: str = DEFAULT_DATABASE
    address: str = DEFAULT_ADDRESS
    secret: str = DEFAULT_SECRET
    smtp: str = DEFAULT_SMTP
    mail_from: str = DEFAULT_MAIL_FROM
    mail_return: str = DEFAULT_MAIL_RETURN
    mail_rate: str = DEFAULT_MAIL_RATE
    bounces: str = DEFAULT_BOUNCES
    webhook_networks: str = DEFAULT_WEBHOOK_NETWORKS
    reports: str = DEFAULT_REPORTS
    oidc_issuer: str = DEFAULT_OIDC_ISSUER
    oidc_client: str = DEFAULT_OIDC_CLIENT
    oidc_secret: str = DEFAULT_OIDC_SECRET
    oidc_role: str = DEFAULT_OIDC_ROLE

    @property
    def templates(self) -> Path | None:
        """Folder with report templates of this installation; None for the shipped ones."""
        return Path(self.reports) if self.reports else None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **given: str) -> Settings:
        """Read the environment; what is `given` goes before it."""
        variables = {
            "database": DATABASE_VARIABLE,
            "address": ADDRESS_VARIABLE,
            "secret": SECRET_VARIABLE,
            "smtp": SMTP_VARIABLE,
            "mail_from": MAIL_FROM_VARIABLE,
            "mail_return": MAIL_RETURN_VARIABLE,
            "mail_rate": MAIL_RATE_VARIABLE,
            "bounces": BOUNCES_VARIABLE,
            "webhook_networks": WEBHOOK_NETWORKS_VARIABLE,
            "reports": REPORTS_VARIABLE,
            "oidc_issuer": OIDC_ISSUER_VARIABLE,
            "oidc_client": OIDC_CLIENT_VARIABLE,
            "oidc_secret": OIDC_SECRET_VARIABLE,
            "oidc_role": OIDC_ROLE_VARIABLE,
        }
        found = {name: environment[variable] for name, variable in variables.items() if environment.get(variable)}
        return cls(**{**found, **given})
