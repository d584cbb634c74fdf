"""``servq serve``: the web service, one process."""

from __future__ import annotations

import asyncio
import socket

import click

from servq.commands.db import database_option
from servq.errors import Problem, RequestInvalid
from servq.settings import ADDRESS_VARIABLE, Settings

LOOPBACK = "127.0.0.1"

DRAIN_S = 25
"""Seconds that a request under way may take when the service ends: more than any wait for the database."""


@click.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--address",
    metavar="URL",
    envvar=ADDRESS_VARIABLE,
    help=f"Where respondents reach the service; also read from {ADDRESS_VARIABLE}; host and port if left out.",
)
@click.option(
    "--proxy",
    metavar="IP",
    default=LOOPBACK,
    show_default=True,
    help="Reverse proxy that may say for whom it asks; else all its respondents count as one sender.",
)
@click.option(
    "--worker/--no-worker",
    "works",
    default=True,
    show_default=True,
    help="Do what `servq worker` does besides; leave it to a process of its own where much is sent.",
)
@database_option
def serve(
    host: str,
    port: int,
    address: str | None,
    proxy: str,
    works: bool,  # noqa: FBT001 (click passes options by name)
    database: str,
) -> None:
    """Run the web service until it is interrupted; the database is brought up to date first."""
    from servq.installation import installation_tokens

    check_port(host, port)
    settings = Settings.from_environment(database=database, address=(address or f"http://{host}:{port}").rstrip("/"))
    if works:
        installation_tokens(settings)  # says at once that a secret is missing
    asyncio.run(_upgrade(database))
    run_server(settings, host=host, port=port, proxy=proxy, works=works)


def check_port(host: str, port: int) -> None:
    """Raise `RequestInvalid` when nothing can be served at this address, before any work is done for it."""
    try:
        for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            socket.create_server(place[:2], family=family).close()
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (")[0].lower()
        reason = f"servq cannot listen at {host}:{port} ({why})."
        raise RequestInvalid(Problem(reason, "Choose another port with --port, or end what uses it.")) from error


def run_server(settings: Settings, *, host: str, port: int, proxy: str = LOOPBACK, works: bool = False) -> None:
    """Serve until interrupted, on a database that is up to date; answers under way are stored before it ends."""
    import logging

    import uvicorn

    from servq.web import create_app

    click.echo(f"servq answers at {settings.address} (Ctrl+C ends it).", err=True)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # A line per request would keep the secret part of personal links.
    uvicorn.run(
        create_app(settings, works=works),
        host=host,
        port=port,
        http="httptools",
        forwarded_allow_ips=proxy,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=DRAIN_S,
    )


async def _upgrade(database: str) -> None:
    from servq.db import make_engine, upgrade

    engine = make_engine(database)
    try:
        await upgrade(engine)
    finally:
        await engine.dispose()
