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
from servq.mail.wording import SHIPPED, Wording, one_line, word

LONGEST_DISPLAY_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """A letter with what its headers say.

    Parameters
    ----------
    message_id, answers_to
        Local parts of its Message-ID and of the message that it follows up, "" for none.
    return_tag
        Signed tag of the return path.
    """

    letter: Letter
    address: str
    message_id: str
    return_tag: str
    answers_to: str = ""


def compose(addressed: Addressed, sender: Sender, *, at: datetime, wording: Wording = SHIPPED) -> Envelope:
    """Make a message and its envelope.

    Raises
    ------
    MailTextInvalid
        The survey's own text cannot be rendered for this person, or the address is none.
    """
    letter = addressed.letter
    if not is_address(addressed.address):
        raise MailTextInvalid("No mail can be sent to this address. Correct it in the contact.")
    worded = word(letter, wording)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender.address
    message["To"] = Address(
        display_name=one_line(letter.name)[:LONGEST_DISPLAY_NAME] if letter.kind != "alert" else "",
        addr_spec=addressed.address,
    )
    message["Subject"] = worded.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{addressed.message_id}@{sender.domain}>"
    if addressed.answers_to:
        message["In-Reply-To"] = message["References"] = f"<{addressed.answers_to}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if letter.opt_out:
        message["List-Unsubscribe"] = f"<{letter.opt_out}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Content-Language"] = letter.locale
    message.set_content(worded.text, cte="quoted-printable")
    message.add_alternative(worded.html, subtype="html", cte="quoted-printable")
    return Envelope(
        return_path=sender.return_path(addressed.return_tag),
        recipient=addressed.address,
        content=message.as_bytes(),
    )
