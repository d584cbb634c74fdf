"""``servq demo``: seed the simulated hotel group, write its report, print the links and serve."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from servq.commands.serve import LOOPBACK, check_port, run_server
from servq.errors import Problem, RequestInvalid
from servq.settings import Settings

if TYPE_CHECKING:
    from servq.demo import HandOut


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the demo keeps its database and its report; delete it to begin anew.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--serve/--no-serve", "serving", default=True, show_default=True, help="Run the server afterwards.")
def demo(folder: Path, port: int, *, serving: bool) -> None:
    """Try servq with a simulated hotel group: six hotels, a year of guests, and people who may sign in."""
    if serving:
        check_port(LOOPBACK, port)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"The folder cannot be made ({(error.strerror or str(error)).lower()})."
        raise RequestInvalid(Problem(reason, "Name another with --folder.", file=str(folder))) from error
    address = f"http://{LOOPBACK}:{port}"
    settings = Settings(database=f"sqlite:///{folder / 'servq.db'}", address=address)
    pdf = folder / "report.pdf"
    hand_out = asyncio.run(_prepare(settings, pdf))
    click.echo(f"\nSign in at:        {address}/manage")
    for email, password in hand_out.passwords.items():
        click.echo(f"  {email:<24} {password}")
    click.echo(f"\nManager's report:  {pdf.resolve()}")
    click.echo(f"Open link:         {address}{hand_out.open_link}")
    for number, path in enumerate(hand_out.personal_links, start=1):
        click.echo(f"Personal link {number}:   {address}{path}")
    report = f"{address}/api/v1/surveys/{hand_out.survey_id}/report.pdf"
    click.echo(
        f"\nAfter answering, report again:\n"
        f"  {_program()} report {hand_out.survey_id} --database {settings.database} --pdf {pdf}\n"
        f"or over the API (the key works for a day):\n"
        f'  curl -H "Authorization: Bearer {hand_out.api_key}" -o report.pdf {report}\n'
    )
    if serving:
        run_server(settings, host=LOOPBACK, port=port)


def _program() -> str:
    """How this shell calls servq: by name, or by its place in an environment that is not active."""
    return "servq" if shutil.which("servq") else os.path.relpath(Path(sys.executable).with_name("servq"))


async def _prepare(settings: Settings, pdf: Path) -> HandOut:
    """Seed once, report, and hand out links and a key."""
    from servq.db import make_engine, make_sessions, upgrade
    from servq.demo import batches, create_demo, find_demo, make_hand_out, release_remarks, store_batch
    from servq.pipeline import report_survey

    engine = make_engine(settings.database)
    try:
        await upgrade(engine)
        sessions = make_sessions(engine)
        now = datetime.now(UTC)
        async with sessions.begin() as session:
            survey = await find_demo(session)
            if survey is None:
                survey = await create_demo(session, now=now)
                with click.progressbar(list(batches()), label="Simulating guests ") as bar:
                    for batch in bar:
                        await store_batch(session, survey, batch, now=now)
                await release_remarks(session, survey, now=now)
            hand_out = await make_hand_out(session, survey, now=now)
        async with sessions() as session:
            findings = await report_survey(session, survey.id, segments=("site",))
    finally:
        await engine.dispose()
    click.echo("Writing the report …")
    findings.to_pdf(pdf)
    return hand_out
