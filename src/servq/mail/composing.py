"""Makes the message that travels: headers, a text part complete on its own, and an HTML part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from servq.errors import MailTextInvalid
from servq.mail.letters import Letter
from servq.mail.sending import Envelope
from servq.mail.servers import Sender, is_address
from servq.mail.wording import SHIPPED, WordedLetter, Wording, one_line, word

LONGEST_DISPLAY_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """What the headers of a message say.

    Parameters
    ----------
    message_id, answers_to
        Local parts of its Message-ID and of the message that it follows up, "" for none.
    return_tag
        Signed tag of the return path.
    opt_out
        Where the mails to this address are ended, "" for people of the organisation.
    """

    address: str
    name: str
    locale: str
    message_id: str
    return_tag: str
    opt_out: str
    answers_to: str = ""


def compose(
    letter: Letter,
    sender: Sender,
    *,
    address: str,
    message_id: str,
    return_tag: str,
    answers_to: str,
    at: datetime,
    wording: Wording = SHIPPED,
) -> Envelope:
    """Word a letter and make its message; raises `MailTextInvalid` as `word` and `compose_worded` do."""
    addressed = Addressed(
        address=address,
        name="" if letter.kind == "alert" else letter.name,
        locale=letter.locale,
        message_id=message_id,
        return_tag=return_tag,
        opt_out=letter.opt_out,
        answers_to=answers_to,
    )
    return compose_worded(word(letter, wording), addressed, sender, at=at)


def compose_worded(worded: WordedLetter, addressed: Addressed, sender: Sender, *, at: datetime) -> Envelope:
    """Make the message of a letter in words; raises `MailTextInvalid` if it can be sent to no such address."""
    if not is_address(addressed.address):
        raise MailTextInvalid("No mail can be sent to this address. Correct it in the contact.")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender.address
    message["To"] = Address(display_name=one_line(addressed.name)[:LONGEST_DISPLAY_NAME], addr_spec=addressed.address)
    message["Subject"] = worded.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{addressed.message_id}@{sender.domain}>"
    if addressed.answers_to:
        message["In-Reply-To"] = message["References"] = f"<{addressed.answers_to}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if addressed.opt_out:
        message["List-Unsubscribe"] = f"<{addressed.opt_out}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Content-Language"] = addressed.locale
    message.set_content(worded.text, cte="quoted-printable")
    message.add_alternative(worded.html, subtype="html", cte="quoted-printable")
    return Envelope(
        return_path=sender.return_path(addressed.return_tag),
        recipient=addressed.address,
        content=message.as_bytes(),
    )
