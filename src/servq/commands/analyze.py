"""``servq analyze``: a file of answers to a report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from servq.commands.outputs import (
    FILE,
    check_outputs,
    output_options,
    report_form,
    wanted_sites,
    write_outputs,
    write_site_reports,
)
from servq.commands.placeholders import placeholder_option


@click.command()
@click.argument("data", type=FILE, required=False)
@click.option("--instrument", help="Id of an instrument, or the path of its folder.")
@click.option("--study", type=FILE, help="Study file that names the answers of several audiences, in place of DATA.")
@click.option("--map", "column_map", type=FILE, help="YAML file that says which column holds which answer.")
@click.option("--segment", "segments", multiple=True, help="Column whose groups are compared; may be repeated.")
@click.option("--weight", help="Column of survey weights.")
@click.option("--id", "respondent_id", help="Column that names the same respondent in every wave.")
@click.option(
    "--previous",
    type=FILE,
    multiple=True,
    help="Answers of the wave before, for the change since then; repeat it, oldest wave first, for the trend.",
)
@click.option("--wording", type=FILE, help="YAML file with the wording as it was asked.")
@click.option("--operations", type=FILE, help="Service contacts of the same time, whose metrics the report prints.")
@click.option("--customers", type=FILE, help="Answers of the same sites' customers, set beside what assessors found.")
@click.option(
    "--customers-instrument",
    default="servperf",
    show_default=True,
    help="What the customers were asked: id or folder.",
)
@click.option("--title", default="", help="Title on the cover.")
@click.option("--organisation", default="", help="Organisation on the cover and in the wording.")
@placeholder_option
@click.option("--period", default="", help="Period on the cover.")
@click.option(
    "--minimum-group",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Fewer respondents than this are never shown.",
)
@output_options
def analyze(
    data: Path | None,
    instrument: str | None,
    study: Path | None,
    column_map: Path | None,
    segments: tuple[str, ...],
    weight: str | None,
    respondent_id: str | None,
    previous: tuple[Path, ...],
    wording: Path | None,
    operations: Path | None,
    customers: Path | None,
    customers_instrument: str,
    title: str,
    organisation: str,
    placeholders: dict[str, str],
    period: str,
    minimum_group: int,
    locale: str | None,
    **outputs: Any,
) -> None:
    """Analyse DATA (CSV, XLSX, Parquet or SPSS) as answers to an instrument.

    Columns are named as the instrument says (see `servq instrument show`), or by a map file. With `--study` the
    five gaps of customers, managers and contact personnel are analysed. Without an output option the summary is
    printed.
    """
    from servq import pipeline
    from servq.analysis import AnalysisOptions
    from servq.answerfiles.study_file import load_study_file
    from servq.pipeline.files import plan_site_reports

    options = AnalysisOptions(
        locale=locale,
        minimum_group_size=minimum_group,
        title=title,
        organisation=organisation,
        placeholders=placeholders,
        period=period,
    )
    if study is not None:
        _refuse_beside_study(
            {
                "DATA": data,
                "--instrument": instrument,
                "--map": column_map,
                "--segment": segments,
                "--weight": weight,
                "--id": respondent_id,
                "--previous": previous,
                "--wording": wording,
                "--operations": operations,
                "--customers": customers,
            }
        )
        read = load_study_file(study)
        check_outputs(outputs, inputs=[study, *read.files])
        form = report_form(outputs, is_study=True)
        write_outputs(pipeline.analyze_study(read, options=options), form, outputs)
        return
    if data is None or instrument is None:
        raise click.UsageError("Give DATA and --instrument, or --study.")
    check_outputs(outputs, inputs=[data, *previous, column_map, wording, operations, customers])
    named = wanted_sites(outputs)
    form = report_form(outputs)
    if form.kind == "site":
        _refuse_beside_sites({"--operations": operations, "--customers": customers})
        plan = plan_site_reports(
            data,
            instrument,
            column_map=column_map,
            segments=segments,
            weight=weight,
            respondent_id=respondent_id,
            previous=list(previous) or None,
            wording=wording,
            only=named,
            options=options,
        )
        write_site_reports(plan, form, outputs)
        return
    findings = pipeline.analyze(
        data,
        instrument,
        column_map=column_map,
        segments=segments,
        weight=weight,
        respondent_id=respondent_id,
        previous=list(previous) or None,
        wording=wording,
        operations=operations,
        customers=customers,
        customers_instrument=customers_instrument,
        options=options,
    )
    _tell_of_blanks(findings.responses.n_read_as_blank)
    write_outputs(findings, form, outputs)


def _tell_of_blanks(n: int) -> None:
    if n:
        click.echo(
            f'{n} cells such as "n/a" were read as left blank. If they mean that an item does not apply, say so in a '
            "map file (--map): `not_applicable: [n/a]`.",
            err=True,
        )


def _refuse_beside_sites(given: Mapping[str, object]) -> None:
    named = [name for name, value in given.items() if value]
    if named:
        raise click.UsageError(f"{', '.join(named)} cannot be used with --kind site; the full report has it.")


def _refuse_beside_study(given: Mapping[str, object]) -> None:
    """A study file says these things for each audience by itself."""
    named = [name for name, value in given.items() if value]
    if named:
        raise click.UsageError(f"{', '.join(named)} cannot be used with --study; the study file names them.")
