"""Where a report goes: the options that `analyze` and `report` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from servq.pipeline import Findings

FILE = click.Path(dir_okay=False, path_type=Path)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--pdf``, ``--html``, ``--json``, ``--paper`` and ``--locale``."""
    for option in (
        click.option("--locale", help="Language of the report, e.g. de."),
        click.option(
            "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Paper size."
        ),
        click.option("--json", "json_path", type=FILE, help="Write every number, unrounded."),
        click.option("--html", "html_path", type=FILE, help="Write the report as one HTML file."),
        click.option("--pdf", "pdf_path", type=FILE, help="Write the report as PDF."),
    ):
        command = option(command)
    return command


def write_outputs(
    findings: Findings, *, pdf_path: Path | None, html_path: Path | None, json_path: Path | None, paper: Any
) -> None:
    """Write what was asked for and say where; print the summary when nothing was."""
    from servq.reporting import write_whole

    if pdf_path:
        findings.to_pdf(pdf_path, paper=paper)
    if html_path:
        write_whole(html_path, findings.to_html(paper=paper).encode())
    if json_path:
        write_whole(json_path, findings.to_json().encode())
    written = [path for path in (pdf_path, html_path, json_path) if path]
    for path in written:
        click.echo(f"Wrote {path}")
    if not written:
        click.echo(summary_text(findings))


def summary_text(findings: Findings) -> str:
    """The one-page summary for a terminal, in the language of the report."""
    from servq.translation import translator

    language = translator(findings.locale)
    summary = findings.summary
    lines = [
        language.say(summary.headline),
        *(f"  · {language.say(sentence)}" for sentence in (*summary.change, *summary.strengths, *summary.shortfalls)),
        *(f"  → {language.say(sentence)}" for sentence in summary.first_steps),
        *(f"  ! {language.say(sentence)}" for sentence in summary.cautions),
    ]
    return "\n".join([findings.title, "", *lines])
