"""``servq serve``: the web service, one process."""

from __future__ import annotations

import asyncio

import click

from servq.commands.db import database_option
from servq.settings import ADDRESS_VARIABLE


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    help=f"Where respondents reach the service; also read from {ADDRESS_VARIABLE}; host and port if left out.",
)
@database_option
def serve(host: str, port: int, address: str | None, database: str) -> None:
    """Run the web service until it is interrupted; the database is brought up to date first."""
    import uvicorn

    from servq.settings import Settings
    from servq.web import create_app

    asyncio.run(_upgrade(database))
    settings = Settings(database=database, address=(address or f"http://{host}:{port}").rstrip("/"))
    click.echo(f"servq answers at {settings.address} (Ctrl+C ends it).", err=True)
    # A line per request would keep the secret part of personal links.
    uvicorn.run(
        create_app(settings), host=host, port=port, loop="auto", http="httptools", access_log=False, log_level="warning"
    )


async def _upgrade(database: str) -> None:
    from servq.db import make_engine, upgrade

    engine = make_engine(database)
    try:
        await upgrade(engine)
    finally:
        await engine.dispose()
