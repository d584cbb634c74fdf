"""Notes that a person opened a personal link, once; scanners that fetch every link are not counted."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.invitations.outbox_queries import mark_opened
from servq.responses.links import PersonalLink

_LINKS_KEPT = 20_000

_log = logging.getLogger(__name__)


def is_navigation(headers: Mapping[str, str]) -> bool:
    """Whether somebody followed a link in a browser, by the Fetch Metadata that programs do not send."""
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-user") == "?1"


class Openings:
    """What this process has noted; a link is written down once, and what is forgotten here stays as it is stored."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions
        self._noted: OrderedDict[bytes, None] = OrderedDict()

    async def note(self, link: PersonalLink, *, now: datetime) -> None:
        """Note that a link was opened; a page is shown whether that can be noted or not."""
        if link.digest in self._noted:
            return
        try:
            async with self._sessions.begin() as session:
                await mark_opened(session, link.digest, now=now)
        except DBAPIError as error:
            _log.warning("That a link was opened could not be noted: %s.", error.orig)
            return
        self._noted[link.digest] = None
        if len(self._noted) > _LINKS_KEPT:
            self._noted.popitem(last=False)
