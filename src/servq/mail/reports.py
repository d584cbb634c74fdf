"""Reads what comes back: delivery status notifications (RFC 3464) and complaints (ARF, RFC 5965); pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum


class Trouble(StrEnum):
    """What came back.

    ``hard``: the mailbox does not exist; ``soft``: it could not be delivered for a reason that may pass; ``complaint``:
    the recipient calls it unwanted.
    """

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report, and everything by which the message it is about may be found.

    Parameters
    ----------
    return_tags
        Signed tags of our return path, wherever one stands.
    message_ids
        Local parts of Message-IDs in the part of our message that was sent back.
    status
        Enhanced status code (RFC 3463), "" if there is none.
    detail
        What the other server said.
    """

    trouble: Trouble
    return_tags: tuple[str, ...]
    message_ids: tuple[str, ...]
    status: str
    detail: str


_TAG = re.compile(r"\+(\d{1,18}\.[a-z2-7]{16})@", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<([0-9a-f]{24})@")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_NO_SUCH_MAILBOX = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient)"
    r"|(mailbox|address|account) (not found|does not exist|disabled)",
    re.IGNORECASE,
)
_DEAD = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
_TAGGED_HEADERS = ("To", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "Return-Path")
_LONGEST_DETAIL = 300
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f]+")


def plain_words(said: str) -> str:
    """Return what another server said on one line that every database stores, whatever bytes it was said in."""
    return _CONTROL.sub(" ", said.encode(errors="replace").decode()).strip()


def read_report(content: bytes) -> Report | None:
    """Read a mail that came back.

    None if it reports nothing that matters (an auto-reply, a delay, a success), or has parts within parts without end.
    """
    try:
        return _read(message_from_bytes(content, policy=policy.compat32))
    except RecursionError:
        return None


def _read(mail: Message) -> Report | None:
    kind = (mail.get_param("report-type") or "") if mail.get_content_type() == "multipart/report" else ""
    parts = list(mail.walk())
    match str(kind).lower():
        case "delivery-status":
            return _delivery_report(mail, parts)
        case "feedback-report":
            return _complaint(mail, parts)
        case _:
            return None


def _delivery_report(mail: Message, parts: list[Message]) -> Report | None:
    for part in parts:
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        for recipient in _blocks(part):
            if str(recipient.get("Action", "")).strip().lower() != "failed":
                continue
            said = plain_words(str(recipient.get("Diagnostic-Code", "")))
            status = _status_of(str(recipient.get("Status", "")), said)
            return Report(
                trouble=Trouble.HARD if names_dead_mailbox(status, said) else Trouble.SOFT,
                return_tags=tuple(_tags(mail, parts)),
                message_ids=tuple(_message_ids(parts)),
                status=status,
                detail=(said or status)[:_LONGEST_DETAIL],
            )
    return None


def _complaint(mail: Message, parts: list[Message]) -> Report | None:
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        fields = next(_blocks(part), None)
        kind = str(fields.get("Feedback-Type", "")).strip().lower() if fields is not None else ""
        if kind in ("", "not-spam"):
            continue
        origin = _TAG.findall(str(fields.get("Original-Mail-From", ""))) if fields is not None else []
        return Report(
            trouble=Trouble.COMPLAINT,
            return_tags=(*origin, *_tags(mail, parts)),
            message_ids=tuple(_message_ids(parts)),
            status="",
            detail=plain_words(f"complaint: {kind}")[:_LONGEST_DETAIL],
        )
    return None


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the groups of fields of a part that holds some."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _status_of(status: str, said: str) -> str:
    """Return the most telling status code: some servers send 5.0.0 and say the true one in words."""
    found = [code for text in (status, said) if (code := enhanced_status(text))]
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else "")


def names_dead_mailbox(status: str, said: str) -> bool:
    """Whether a refusal says that nothing will ever arrive there, and not that it was this mail, or now.

    A full mailbox, and a filter that dislikes a text, may change their minds.
    """
    return status in _DEAD or (status in ("", "5.0.0") and _NO_SUCH_MAILBOX.search(said) is not None)


def enhanced_status(said: str) -> str:
    """Return the enhanced status code (RFC 3463) in what a server said, "" if there is none."""
    found = _STATUS.search(said)
    return found.group() if found else ""


def _tags(mail: Message, parts: list[Message]) -> Iterator[str]:
    for headers in (mail, *parts):
        for name in _TAGGED_HEADERS:
            for value in headers.get_all(name, []):
                yield from (tag.lower() for tag in _TAG.findall(str(value)))


def _message_ids(parts: list[Message]) -> Iterator[str]:
    for part in parts:
        yield from _MESSAGE_ID.findall(str(part.get("Message-ID", "")))
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            returned = message_from_bytes(payload if isinstance(payload, bytes) else b"", policy=policy.compat32)
            yield from _MESSAGE_ID.findall(str(returned.get("Message-ID", "")))
