"""``servq worker``: sends what is due, without the web service."""

from __future__ import annotations

import asyncio
import signal

import click

from servq.commands.db import database_option
from servq.settings import ADDRESS_VARIABLE, DEFAULT_ADDRESS, Settings


@click.command()
@click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    default=DEFAULT_ADDRESS,
    show_default=True,
    help=f"Where respondents reach the service; also read from {ADDRESS_VARIABLE}.",
)
@database_option
def worker(address: str, database: str) -> None:
    """Send mail, handle events and whatever else is due, until it is interrupted.

    Several workers may share one PostgreSQL database.
    """
    import logging

    from servq.worker import run

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    run(run_worker(Settings.from_environment(database=database, address=address.rstrip("/"))))


async def run_worker(settings: Settings) -> None:
    """Work until the process is told to end; what is under way is finished first."""
    from servq.db import make_engine, open_database
    from servq.worker import Worker, usual_jobs

    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with open_database(settings.database):
        engine = make_engine(settings.database)
        try:
            async with Worker.running(engine, settings, usual_jobs(settings)) as running:
                click.echo(f"servq works at: {', '.join(running.job_names)} (Ctrl+C ends it).", err=True)
                await ended.wait()
        finally:
            await engine.dispose()
