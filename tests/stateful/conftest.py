"""Answering on the database of each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from servq.responses.sittings import Sittings


@pytest.fixture
async def sittings(engine: AsyncEngine) -> AsyncIterator[Sittings]:
    async with Sittings.running(engine) as running:
        yield running
