"""``servq instrument``: list, show, check, compare, export and import instruments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import click

from servq.errors import InstrumentUnknown
from servq.instruments import check_path, instrument_schema, list_instruments, load_instrument
from servq.instruments.differences import comparability, differences
from servq.instruments.exchange import ExportFormat
from servq.instruments.reference import render_fields
from servq.instruments.sheet import render_sheet, render_table
from servq.instruments.structure import FileKind
from servq.reporting.files import write_whole

BAD_INPUT = 2


@click.group()
def instrument() -> None:
    """List, show, check, compare, export and import instruments."""


@instrument.command("list")
def list_() -> None:
    """List the shipped instruments."""
    rows = [("ID", "TITLE", "ITEMS", "DIMENSIONS", "LANGUAGES")]
    for shipped in list_instruments():
        definition = shipped.definition
        counts = str(len(definition.items)), str(len(definition.dimensions))
        rows.append((definition.id, definition.title, *counts, ", ".join(definition.locales)))
    click.echo(render_table(rows))


@instrument.command()
@click.argument("id_or_path", metavar="ID")
@click.option("--locale", help="Language of the texts, such as de.")
@click.option("--wording", type=click.Path(path_type=Path), help="Wording overlay to apply.")
def show(id_or_path: str, locale: str | None, wording: Path | None) -> None:
    """Show items, scales, scoring, source and rights of an instrument.

    ID is the id of a shipped instrument or the path of a folder.
    """
    shown = load_instrument(id_or_path, wording)
    if locale is not None and shown.texts_in(locale).locale.split("-")[0] != locale.replace("_", "-").split("-")[0]:
        have = ", ".join(shown.definition.locales)
        raise click.BadParameter(f'"{shown.id}" has no texts in "{locale}"; it has {have}.', param_hint="--locale")
    click.echo(render_sheet(shown, locale), nl=False)


@instrument.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.pass_context
def check(context: click.Context, path: Path) -> None:
    """Check an instrument, a wording overlay or a whole registry.

    PATH is an instrument's folder or a file in it, an overlay file, or a folder of instrument folders. All problems
    are reported at once, with file, line and what to change.
    """
    if not path.exists():
        raise InstrumentUnknown(f"There is no file or folder {path}. Give the path of an instrument's folder.")
    problems = check_path(path)
    if not problems:
        click.echo(f"{path}: no problems.")
        return
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(f"{path}: {len(problems)} problem{'s' if len(problems) > 1 else ''}.", err=True)
    context.exit(BAD_INPUT)


@instrument.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
def diff(before: str, after: str) -> None:
    """Show what differs between two instruments, or two versions of one, given by id or folder.

    + stands only in B, - only in A, ~ is changed.
    """
    first, second = load_instrument(before), load_instrument(after)
    found = differences(first, second)
    for title, scored in (("Structure and scoring", True), ("Texts and notes", False)):
        lines = [f"  {difference}" for difference in found if difference.changes_scores is scored]
        click.echo("\n".join([title, *(lines or ["  no difference"])]))
    click.echo(f"Comparability\n  {comparability(first, second)}")


@instrument.command("export")
@click.argument("id_or_path", metavar="INSTRUMENT")
@click.option("--to", "to", type=click.Choice(get_args(ExportFormat)), required=True, help="The format.")
@click.option("--output", type=click.Path(path_type=Path), help="File to write; INSTRUMENT.SUFFIX here if left out.")
def export_(id_or_path: str, to: ExportFormat, output: Path | None) -> None:
    """Write an instrument for KoboToolbox and ODK (xlsform), SurveyJS or LimeSurvey.

    What the format cannot carry is listed.
    """
    from servq.instruments.exchange import export_instrument

    loaded = load_instrument(id_or_path)
    exported = export_instrument(loaded, to)
    path = output or Path(f"{loaded.id}{exported.suffix}")
    write_whole(path, exported.content)
    click.echo(f"Wrote {path}.")
    _say_lost(exported.lost)


@instrument.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Folder to make; named after it if left out.")
def import_(path: Path, output: Path | None) -> None:
    """Make an instrument folder of an XLSForm workbook (.xlsx) or a SurveyJS survey (.json).

    What was not carried over, or has to be added, is listed and written into SOURCE.md.
    """
    from datetime import UTC, datetime

    from servq.instruments.exchange import import_instrument, write_instrument

    imported = import_instrument(path, year=datetime.now(UTC).year)
    folder = output or Path(imported.instrument.id)
    write_instrument(imported.instrument, folder, imported.lost)
    click.echo(f"Wrote {folder}. Check it: servq instrument check {folder}")
    _say_lost(imported.lost)


def _say_lost(lost: tuple[str, ...]) -> None:
    if lost:
        click.echo("Not carried over:")
    for sentence in lost:
        click.echo(f"  {sentence}.")


@instrument.command()
@click.option(
    "--of",
    "kind",
    type=click.Choice(get_args(FileKind)),
    default="instrument",
    show_default=True,
    help="Which kind of file.",
)
@click.option("--markdown", is_flag=True, help="Print the reference of its fields as Markdown instead.")
def schema(kind: FileKind, *, markdown: bool) -> None:
    """Print the JSON Schema of instrument.yaml, of text files or of wording overlays."""
    if markdown:
        click.echo(render_fields(kind), nl=False)
        return
    click.echo(json.dumps(instrument_schema(kind), indent=2, ensure_ascii=False))
