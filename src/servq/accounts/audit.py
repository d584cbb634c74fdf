"""The audit log: who saw, changed, exported or deleted what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import AuditAction, AuditEntry
from servq.accounts.viewer import Viewer

__all__ = ["AuditAction", "record"]

_LONGEST_TARGET = 200
_LONGEST_KIND = 40
_LONGEST_DETAIL = 500


async def record(
    session: AsyncSession,
    viewer: Viewer | None,
    action: AuditAction,
    *,
    kind: str,
    target: str,
    detail: Mapping[str, str] | None = None,
    now: datetime,
) -> None:
    """Add an entry in the transaction of what it tells of.

    Parameters
    ----------
    viewer
        Who did it; None for nobody who is signed in, or for the command line.
    kind, target
        What it was done to: ``"survey"`` and its number, ``"account"`` and its address.
    detail
        What else is worth knowing, never answers or secrets.
    """
    session.add(
        AuditEntry(
            at=now,
            account_id=None if viewer is None else viewer.account_id,
            email="" if viewer is None else viewer.email,
            action=action.value,
            kind=kind[:_LONGEST_KIND],
            target=target[:_LONGEST_TARGET],
            detail={name: str(value)[:_LONGEST_DETAIL] for name, value in (detail or {}).items()},
        )
    )
    await session.flush()
