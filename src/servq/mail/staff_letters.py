"""Words a mail to somebody with an account and makes the message that travels."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateNotFound

from servq.mail.models import StaffMailAttachment
from servq.mail.sending import Envelope
from servq.mail.servers import Sender
from servq.mail.wording import one_line
from servq.translation import Translator, translator

DOMAIN = "staff_mail"


def compose_staff_mail(
    template: str,
    values: Mapping[str, Any],
    *,
    locale: str,
    recipient: str,
    link: str,
    sender: Sender,
    attachments: Sequence[StaffMailAttachment] = (),
    at: datetime,
) -> Envelope:
    """Return a mail in words: a text part that is complete on its own, an HTML part, and the files.

    Parameters
    ----------
    template
        Folder below ``templates/staff``: ``subject.txt.j2``, ``text.txt.j2`` (paragraphs) and, for the words on the
        button, ``button.txt.j2``.
    link
        Where the button leads, "" for no button.
    """
    say = translator(locale, DOMAIN)
    said = {**values, "link": link, "_": say}
    subject = one_line(_render(f"{template}/subject.txt.j2", said, say))
    text = _render(f"{template}/text.txt.j2", said, say).strip()
    framed = {
        "subject": subject,
        "paragraphs": [part.strip() for part in text.split("\n\n") if part.strip()],
        "link": link,
        "button": _button(template, said, say),
        "language_tag": say.locale,
        "direction": say.direction,
        "_": say,
    }
    local, domain = sender.returns_to
    message = EmailMessage(policy=SMTP)
    message["From"] = sender.address
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<staff.{secrets.token_hex(12)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = say.locale
    message.set_content(_environment(html=False).get_template("frame.txt.j2").render(framed | {"text": text}))
    message.add_alternative(_environment(html=True).get_template("frame.html.j2").render(framed), subtype="html")
    for file in attachments:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=file.name)
    return Envelope(return_path=f"{local}@{domain}", recipient=recipient, content=message.as_bytes())


def _button(template: str, said: Mapping[str, Any], say: Translator) -> str:
    try:
        return one_line(_render(f"{template}/button.txt.j2", said, say))
    except TemplateNotFound:
        return say("Open servq")


def _render(name: str, said: Mapping[str, Any], say: Translator) -> str:
    return _environment(html=False).get_template(name).render({**said, "_": say})


@cache
def _environment(*, html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("servq.mail", "templates/staff"),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 (off for plain text alone)
        trim_blocks=True,
        lstrip_blocks=True,
    )
