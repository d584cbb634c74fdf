"""Mails to people with accounts, planned in the transaction of what they tell of.

A worker words and sends them; see `servq.worker`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.mail.models import StaffMail, StaffMailAttachment, StaffMailStatus


@dataclass(frozen=True, slots=True)
class StaffAttachment:
    """A file that travels with a mail."""

    name: str
    media_type: str
    content: bytes


async def plan_staff_mail(
    session: AsyncSession,
    *,
    to: str,
    locale: str,
    template: str,
    values: Mapping[str, object],
    attachments: Sequence[StaffAttachment] = (),
    now: datetime,
) -> int:
    """Plan a mail and return its number.

    Parameters
    ----------
    template
        Folder below ``mail/templates/staff`` with ``subject.txt.j2`` and ``text.txt.j2``.
    values
        What the template says: texts and numbers. The value ``path`` is an address below that of the service; the
        mail shows it as a button, called ``open``.
    """
    mail = StaffMail(
        recipient=to,
        locale=locale,
        template=template,
        values=dict(values),
        status=StaffMailStatus.PLANNED,
        created_at=now,
        due_at=now,
        attempts=0,
        reply="",
    )
    session.add(mail)
    await session.flush()
    session.add_all(
        StaffMailAttachment(
            mail_id=mail.id, number=number, name=file.name, media_type=file.media_type, content=file.content
        )
        for number, file in enumerate(attachments, start=1)
    )
    await session.flush()
    return mail.id
