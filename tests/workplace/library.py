"""What the pages of instruments need: an instrument of the house with two versions, and a draft that is unfinished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.models import Account
from servq.accounts.viewer import Viewer
from servq.drafts import editing, service
from servq.drafts.content import Content, Value
from servq.drafts.starting import blank_content, copied_content
from servq.instruments import load_instrument

OWN_ID = "hotel-guests"
OWN_TITLE = "Guests of our hotels"
WORDING = "texts/en/items/tan_1/perception"


async def seed_library(session: AsyncSession, _: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Publish a copy of SERVQUAL, change it, let two people clash in it, and begin an empty draft."""
    researcher, admin = await viewer_of(session, "researcher"), await viewer_of(session, "admin")
    origin = load_instrument("servqual")
    content = copied_content(origin, OWN_ID, OWN_TITLE)
    draft = await editing.create_draft(session, researcher, content, origin=origin, now=now - timedelta(days=9))
    await service.publish(session, researcher, draft, version="1.0", note="The first one.", now=now - timedelta(days=8))
    for viewer, text in ((admin, "Rooms look modern."), (researcher, "Rooms of {organisation} look modern.")):
        await editing.save_values(
            session,
            viewer,
            draft,
            partial(_typed, text),
            opened=1,
            sheet=f"sheet-of-{viewer.email}",
            now=now - timedelta(hours=2),
        )
    blank = blank_content("clinic", "Clinic", ["en", "ar"], year=now.year)
    empty = await editing.create_draft(session, researcher, blank, now=now - timedelta(days=1))
    return {"draft": str(draft), "empty_draft": str(empty), "own_instrument": OWN_ID}


def _typed(text: str, _: Content) -> dict[str, Value]:
    return {WORDING: text, "definition/items/tan_2/reversed": True}


async def viewer_of(session: AsyncSession, name: str) -> Viewer:
    """Return a person of the seeded installation."""
    account = (await session.scalars(select(Account).where(Account.email == f"{name}@example.org"))).one()
    return Viewer(account.id, account.email, account.name, account.role, "en", "UTC", None, frozenset())
