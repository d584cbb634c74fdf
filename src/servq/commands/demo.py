"""``servq demo``: seed the simulated hotel group, write its report, print the links and serve."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from servq.settings import Settings


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Where the demo keeps its database and its report; delete it to begin anew.",
)
@click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--serve/--no-serve", "serving", default=True, show_default=True, help="Run the server afterwards.")
def demo(folder: Path, port: int, *, serving: bool) -> None:
    """Try servq with a simulated hotel group: three branches, two waves of guests."""
    folder.mkdir(parents=True, exist_ok=True)
    address = f"http://127.0.0.1:{port}"
    settings = Settings(database=f"sqlite:///{folder / 'servq.db'}", address=address)
    pdf = folder / "report.pdf"
    paths = asyncio.run(_prepare(settings, pdf))
    click.echo(f"\nManager's report:  {pdf.resolve()}")
    click.echo(f"Open link:         {address}{paths[0]}")
    for number, path in enumerate(paths[1:], start=1):
        click.echo(f"Personal link {number}:   {address}{path}")
    click.echo(f"\nAfter answering, report again:\n  servq report 1 --database {settings.database} --pdf {pdf}\n")
    if serving:
        from servq.commands.serve import run_server

        run_server(settings, host="127.0.0.1", port=port)


async def _prepare(settings: Settings, pdf: Path) -> list[str]:
    """Seed once, report, and return the paths of the open link and of new personal links."""
    from servq.db import make_engine, make_sessions, upgrade
    from servq.demo import batches, create_demo, find_demo, make_links, store_batch
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
            links = await make_links(session, survey)
        async with sessions() as session:
            findings = await report_survey(session, survey.id)
    finally:
        await engine.dispose()
    click.echo("Writing the report …")
    findings.to_pdf(pdf)
    return [f"/o/{survey.slug}", *(link.path for link in links)]
