"""Where a report goes: the options that `analyze` and `report` share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from servq.errors import Problem, RequestInvalid
from servq.settings import REPORTS_VARIABLE

if TYPE_CHECKING:
    from servq.analysis import study_findings
    from servq.pipeline import Findings, StudyFindings
    from servq.pipeline.sites import SitePlan
    from servq.reporting import ReportForm
    from servq.translation import Translator

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
KINDS = ("full", "executive", "site", "pulse", "study", "mystery")


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what kind of report is written, how it looks, and where it goes."""
    for option in (
        click.option(
            "--templates",
            type=FOLDER,
            envvar=REPORTS_VARIABLE,
            help="Folder of templates of your own (`servq report templates`).",
        ),
        click.option("--style", type=FILE, help="YAML file with organisation, logo and accent colour."),
        click.option("--site", help="Site whose report is written; with --kind site."),
        click.option("--zip", "zip_path", type=FILE, help="Write a report of every site into a ZIP; with --kind site."),
        click.option(
            "--kind",
            type=click.Choice(KINDS),
            help="full; executive (2 pages); site (up to 4 pages); pulse (NPS, CES, CSAT on one or two pages); study "
            "(the five gaps); mystery (mystery shopping). Full, or for a study: study, when left out.",
        ),
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
    written = [value for name, value in outputs.items() if name.endswith("_path") and isinstance(value, Path)]
    for path in written:
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


def report_form(outputs: Mapping[str, Any], *, is_study: bool = False) -> ReportForm:
    """How the report is written, from the options.

    Raises
    ------
    RequestInvalid
        The style file cannot be used.
    """
    from servq.reporting import ReportForm
    from servq.reporting.style import PLAIN, load_style

    style = outputs["style"]
    return ReportForm(
        kind=outputs["kind"] or ("study" if is_study else "full"),
        paper=outputs["paper"],
        style=PLAIN if style is None else load_style(style),
        templates=outputs["templates"],
    )


def write_site_reports(plan: SitePlan, form: ReportForm, outputs: Mapping[str, Any]) -> None:
    """Write the report of one site, or of every site into a ZIP with a list of those that get none."""
    from servq.pipeline.sites import print_sites, report_site, zip_sites
    from servq.reporting import write_whole
    from servq.translation import translator

    path = outputs["zip_path"]
    if path is None:
        if not plan.works:
            reason = next(iter(plan.left_out.values()))
            raise RequestInvalid(Problem(f"{outputs['site']}: {reason}", "Collect more answers, or report a region."))
        write_outputs(report_site(plan.works[0]), form, outputs)
        return
    with click.progressbar(print_sites(plan.works, form), length=len(plan.works), label="Writing site reports ") as bar:
        content = zip_sites(plan, bar)
    write_whole(path.resolve(), content)
    click.echo(f"Wrote {path}: {len(plan.works)} reports")
    say = translator(plan.locale).say
    for site, reason in plan.left_out.items():
        click.echo(f"  {site}: {say(reason)}")


def wanted_sites(outputs: Mapping[str, Any]) -> list[str] | None:
    """Sites that are asked for by name, None for all; refuses options that do not go together."""
    named, packed = outputs["site"], outputs["zip_path"]
    if outputs["kind"] != "site":
        if named or packed:
            raise click.UsageError("--site and --zip go with --kind site.")
        return None
    if bool(named) == bool(packed):
        raise click.UsageError("Name one --site, or write all of them with --zip FILE.")
    return [named] if named else None


def write_outputs(findings: Findings | StudyFindings, form: ReportForm, outputs: Mapping[str, Any]) -> None:
    """Write what was asked for and say where; print the summary when nothing was."""
    from servq.reporting import write_whole
    from servq.reporting.workbook import render_workbook

    pdf_path, html_path = outputs["pdf_path"], outputs["html_path"]
    xlsx_path, json_path = outputs["xlsx_path"], outputs["json_path"]
    contents: dict[Path, bytes] = {}
    if pdf_path:
        contents[pdf_path] = findings.to_pdf(form=form)
    if html_path:
        contents[html_path] = findings.to_html(form).encode()
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
