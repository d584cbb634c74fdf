"""Where a report goes: the options that `analyze` and `report` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.errors import Problem, RequestInvalid

if TYPE_CHECKING:
    from servq.analysis import study_findings
    from servq.pipeline import Findings, StudyFindings
    from servq.translation import Translator

FILE = click.Path(dir_okay=False, path_type=Path)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--pdf``, ``--html``, ``--xlsx``, ``--json``, ``--paper`` and ``--locale``."""
    for option in (
        click.option("--locale", help="Language of the report, e.g. de."),
        click.option(
            "--paper", type=click.Choice(["a4", "letter"]), default="a4", show_default=True, help="Paper size."
        ),
        click.option("--json", "json_path", type=FILE, help="Write every number, unrounded."),
        click.option("--xlsx", "xlsx_path", type=FILE, help="Write every table as a workbook."),
        click.option("--html", "html_path", type=FILE, help="Write the report as one HTML file."),
        click.option("--pdf", "pdf_path", type=FILE, help="Write the report as PDF."),
    ):
        command = option(command)
    return command


def check_outputs(outputs: Mapping[str, Any], *, inputs: Iterable[Path | None] = ()) -> None:
    """Refuse outputs that cannot be written or would destroy something, before any work is done.

    Raises
    ------
    RequestInvalid
        A folder is missing or not writable, something other than a file is there, or two files are one.
    """
    taken = {path.resolve(): f"{path} is read" for path in inputs if path is not None}
    problems = []
    for path in (value for value in outputs.values() if isinstance(value, Path)):
        problem = _why_not_written(path) or taken.get(path.resolve())
        if problem:
            problems.append(Problem(f"The report cannot be written there: {problem}.", "Name another.", file=str(path)))
        taken.setdefault(path.resolve(), "another output has that name")
    if problems:
        raise RequestInvalid(problems)


def _why_not_written(path: Path) -> str | None:
    try:
        if path.exists() and not path.is_file():
            return "it is not an ordinary file"
        if not path.parent.is_dir():
            return "there is no such folder"
    except OSError as error:
        return (error.strerror or "the name cannot be used").lower()
    return None if os.access(path.parent, os.W_OK) else "the folder is not yours to write to"


def write_outputs(
    findings: Findings | StudyFindings,
    *,
    pdf_path: Path | None,
    html_path: Path | None,
    xlsx_path: Path | None,
    json_path: Path | None,
    paper: Any,
) -> None:
    """Write what was asked for and say where; print the summary when nothing was."""
    from servq.reporting import write_whole
    from servq.reporting.workbook import render_workbook

    contents: dict[Path, bytes] = {}
    if pdf_path:
        contents[pdf_path] = findings.to_pdf(paper=paper) or b""
    if html_path:
        contents[html_path] = findings.to_html(paper=paper).encode()
    if xlsx_path:
        contents[xlsx_path] = render_workbook(findings)
    if json_path:
        contents[json_path] = findings.to_json().encode()
    # nothing is written before everything could be made; a link keeps pointing to the file that it names
    for path, content in contents.items():
        write_whole(path.resolve(), content)
        click.echo(f"Wrote {path}")
    if not contents:
        click.echo(summary_text(findings))


def summary_text(findings: Findings | StudyFindings) -> str:
    """The one-page summary for a terminal, in the language of the report."""
    from servq.analysis import study_findings
    from servq.translation import translator

    language = translator(findings.locale)
    if isinstance(findings, study_findings.StudyFindings):
        return "\n".join(
            [findings.title or language("Where the shortfall arises"), "", *_study_lines(findings, language)]
        )
    summary = findings.summary
    lines = [
        language.say(summary.headline),
        *(f"  · {language.say(sentence)}" for sentence in (*summary.change, *summary.strengths, *summary.shortfalls)),
        *(f"  → {language.say(sentence)}" for sentence in summary.first_steps),
        *(f"  ! {language.say(sentence)}" for sentence in summary.cautions),
    ]
    return "\n".join([findings.title, "", *lines])


def _study_lines(findings: study_findings.StudyFindings, language: Translator) -> list[str]:
    """What the page on the model says."""
    summary = findings.summary
    advised = [sentence for place in summary.places for sentence in place.look_at]
    return [
        language.say(summary.headline),
        *(f"  · {language.say(sentence)}" for sentence in summary.conclusions),
        *(
            "    "
            + language("Gap {number}: {name}", number=place.gap, name=place.name)
            + f". {language.say(place.reading)}"
            for place in summary.places
        ),
        *(f"  → {language.say(sentence)}" for sentence in advised),
        *(f"  ! {language.say(sentence)}" for sentence in (*findings.notices, *summary.cautions)),
    ]
