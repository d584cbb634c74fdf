"""Alembic's environment: runs migrations on the connection that servq hands over, or on SERVQ_DATABASE."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection

import servq.accounts.models
import servq.comments.models
import servq.contacts.models
import servq.drafts.models
import servq.events.models
import servq.follow_ups.models
import servq.invitations.models
import servq.jobs.models
import servq.mail.models
import servq.operations.models
import servq.report_style.models
import servq.responses.evidence
import servq.responses.models
import servq.results.models
import servq.schedules.models
import servq.studies.models
import servq.surveys.models
import servq.targets.models
import servq.webhooks.models
import servq.widgets.models  # noqa: F401 (models register their tables on import)
from servq.db import Base, make_engine
from servq.settings import Settings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # SQLite cannot alter a table in place: Alembic copies it.
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_from_settings() -> None:
    engine = make_engine(Settings.from_environment().database)
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


handed_over: Connection | None = context.config.attributes.get("connection")
if handed_over is None:
    asyncio.run(run_from_settings())
else:
    run(handed_over)
