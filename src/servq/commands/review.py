"""``servq review``: plan a documentation review and write the notes to the teams."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import click

from servq.commands.outputs import FILE, check_outputs
from servq.errors import DataInvalid, Problem
from servq.reporting.files import write_whole

if TYPE_CHECKING:
    from servq.answerfiles.reading import Table
    from servq.reviewing.plan import Assignment, ServiceRecord


@click.group()
def review() -> None:
    """Review samples of service records: chats, email threads, notes of calls."""


@review.command()
@click.argument("file", type=FILE)
@click.option("--record", default="record", show_default=True, help="Column with the id of the record.")
@click.option("--rating", default="rating", show_default=True, help="Column with the customer's rating; may be blank.")
@click.option("--team", default="team", show_default=True, help="Column with the team.")
@click.option("--agent", default="agent", show_default=True, help="Column with who handled the record.")
@click.option("--assessor", "assessors", multiple=True, required=True, help="Who reviews; repeatable.")
@click.option("--lowest", type=click.IntRange(min=0), default=10, show_default=True, help="Lowest rated records.")
@click.option("--highest", type=click.IntRange(min=0), default=10, show_default=True, help="Highest rated records.")
@click.option("--random", "drawn", type=click.IntRange(min=0), default=20, show_default=True, help="Random records.")
@click.option("--double", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share rated twice.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same plan.")
@click.option("--output", type=FILE, required=True, help="CSV file to write: one line per review.")
def plan(
    file: Path,
    record: str,
    rating: str,
    team: str,
    agent: str,
    assessors: tuple[str, ...],
    lowest: int,
    highest: int,
    drawn: int,
    double: float,
    seed: int,
    output: Path,
) -> None:
    """Draw records from FILE and share them out to the assessors.

    FILE is CSV, XLSX or Parquet with a column of record ids, and where known the customer's rating (higher is better),
    the team and the agent. The lines of the plan stand in random order, and the answers keep the column stratum, by
    which servq tells records chosen for their rating from those that speak for all.
    """
    check_outputs({"output": output}, inputs=[file])
    from servq.answerfiles import load_table
    from servq.reviewing.plan import PlanOptions, plan_review

    options = PlanOptions(n_lowest=lowest, n_highest=highest, n_random=drawn, double_share=double, seed=seed)
    planned = plan_review(_records(load_table(file), record, rating, team, agent), assessors, options)
    write_whole(output, _as_csv(planned))
    n_records = len({one.record.id for one in planned})
    click.echo(f"Wrote {output}: {len(planned)} reviews of {n_records} records for {len(assessors)} assessors.")


@review.command()
@click.argument("file", type=FILE)
@click.option("--instrument", default="documentation-review", show_default=True, help="The rubric: id or folder.")
@click.option("--team", "column", default="team", show_default=True, help="Column with the team.")
@click.option("--locale", help="Language of the notes, e.g. de.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the notes.")
def notes(file: Path, instrument: str, column: str, locale: str | None, output: Path) -> None:
    """Write one PDF note per team from the reviews in FILE (CSV, XLSX or Parquet).

    A team with fewer reviews than may be shown gets none, and is named.
    """
    from dataclasses import replace

    from servq.analysis import AnalysisOptions
    from servq.answerfiles import load_table, make_answer_table
    from servq.instruments import load_instrument
    from servq.reporting.pdf import pdf_from_html
    from servq.reviewing.notes import make_review_note
    from servq.reviewing.rendering import render_review_note

    table = load_table(file)
    loaded = load_instrument(instrument)
    known: list[str] = [name for name in ("assessor", "record", "stratum") if name in table.frame.columns]
    fields = [one.id for one in loaded.definition.comments if one.id in table.frame.columns and one.form == "text"]
    # read with the answers, so that texts stay with their review where blank rows are left out
    answers = make_answer_table(table, loaded, segments=[column, *known, *fields])
    remarks = {one: [str(text or "") for text in answers.attributes[one]] for one in fields}
    attributes = {name: values for name, values in answers.attributes.items() if name in known}
    answers = replace(answers, attributes={**attributes, "team": answers.attributes[column]})
    output.mkdir(parents=True, exist_ok=True)
    for team in sorted({str(one) for one in answers.attributes["team"] if one}):
        try:
            note = make_review_note(answers, team, remarks=remarks, options=AnalysisOptions(locale=locale))
        except DataInvalid as error:
            click.echo(f"{team}: no note. {error}", err=True)
            continue
        name = "".join(letter if letter.isalnum() else "-" for letter in team)[:80] or "team"
        write_whole(output / f"{name}.pdf", pdf_from_html(render_review_note(note)))
        click.echo(f"Wrote {output / name}.pdf ({note.n_reviews} reviews).")


def _records(table: Table, record: str, rating: str, team: str, agent: str) -> list[ServiceRecord]:
    from servq.reviewing.plan import ServiceRecord

    if record not in table.frame.columns:
        fix = f"Name it with --record; the file has: {', '.join(table.frame.columns[:40])}."
        raise DataInvalid(Problem("There is no column of record ids.", fix, file=table.source, column=record))
    cells = {
        name: [str(cell).strip() if cell is not None else "" for cell in table.frame[name]]
        if name in table.frame.columns
        else [""] * table.frame.height
        for name in (record, rating, team, agent)
    }
    problems, records = [], []
    rows = zip(*(cells[name] for name in (record, rating, team, agent)), strict=True)
    for row, (id_, rated, of_team, handled) in enumerate(rows, start=2):
        try:
            value = float(rated.replace(",", ".")) if rated else None
        except ValueError:
            told, fix = f'"{rated[:40]}" is no number.', "Give a number or leave it blank."
            problems.append(Problem(told, fix, file=table.source, row=row, column=rating))
            continue
        if not id_:
            told, fix = "The record has no id.", "Give each its own."
            problems.append(Problem(told, fix, file=table.source, row=row, column=record))
            continue
        records.append(ServiceRecord(id=id_, rating=value, team=of_team, agent=handled))
    if problems:
        raise DataInvalid(problems[:20])
    return records


def _as_csv(planned: tuple[Assignment, ...]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(["review", "record", "assessor", "team", "stratum", "inclusion_probability", "second_rating"])
    for number, one in enumerate(planned, start=1):
        chance = f"{one.inclusion_probability:.6g}"
        second = "yes" if one.is_second else "no"
        cells = [number, one.record.id, one.assessor, one.record.team, one.stratum, chance, second]
        writer.writerow([f"'{cell}" if str(cell).startswith(("=", "+", "-", "@")) else cell for cell in cells])
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()
