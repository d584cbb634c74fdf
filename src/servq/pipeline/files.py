"""Files and frames of answers, through scoring and analysis, to findings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servq.analysis import AnalysisOptions
from servq.analysis.segment_findings import SITE
from servq.answerfiles import ColumnMap, load_column_map, load_table, make_answer_table, table_of
from servq.instruments import Instrument, load_instrument
from servq.instruments.rewording import apply_wording
from servq.pipeline.answers import assessment_roles, refuse_unknown_placeholders, report_answers
from servq.pipeline.results import Findings
from servq.pipeline.sites import SitePlan, plan_sites
from servq.scoring import AnswerTable

if TYPE_CHECKING:
    from servq.analysis.absence import Unavailable
    from servq.analysis.customers_findings import CustomersBeside
    from servq.analysis.operations_findings import OperationsFindings


def analyze(
    data: Any,
    instrument: str | Path | Instrument,
    *,
    column_map: ColumnMap | Mapping[str, str] | str | Path | None = None,
    segments: str | Sequence[str] = (),
    weight: str | None = None,
    respondent_id: str | None = None,
    previous: Any = None,
    wording: str | Path | None = None,
    operations: Any = None,
    customers: Any = None,
    customers_instrument: str | Path | Instrument = "servperf",
    options: AnalysisOptions | None = None,
) -> Findings:
    """Analyse answers to an instrument.

    Parameters
    ----------
    data
        A data frame (polars, pandas), a mapping of columns, or the path of a CSV, XLSX, Parquet or SPSS file.
    instrument
        Id of a shipped instrument, path of an instrument folder, or a loaded one.
    column_map
        Answer name → data column, or the path of a map file, where the columns are not named as the
        instrument says.
    segments
        Columns whose groups are compared.
    weight
        Column of positive survey weights.
    respondent_id
        Column that names the same respondent in every wave.
    previous
        An earlier wave, in the same form as `data`, or a list of them, oldest first; from three waves on the report
        has their trend.
    wording
        Overlay file with the wording as it was asked.
    operations
        Service contacts of the same time, in the same form as `data`; the report prints their metrics.
    customers
        Answers of the customers of the same sites, in the same form as `data`; the report sets them beside what
        assessors found. Both need the column ``site``.
    customers_instrument
        What the customers were asked.
    options
        Language, confidence level, titles.

    Raises
    ------
    BadInput
        Something in the data or the instrument cannot be used; every problem is listed.
    InstrumentUnknown
        There is no such instrument.
    """
    options = options or AnalysisOptions()
    answers, earlier = _read_waves(
        data,
        instrument,
        column_map=column_map,
        segments=(segments,) if isinstance(segments, str) else tuple(dict.fromkeys(segments)),
        weight=weight,
        respondent_id=respondent_id,
        previous=previous,
        wording=wording,
        options=options,
    )
    findings = report_answers(answers, options, earlier=earlier)
    if operations is not None:
        findings = replace(findings, operations=_operations(operations, options))
    if customers is not None:
        findings = replace(findings, customers=_customers(answers, customers, customers_instrument, options))
    return findings


def plan_site_reports(
    data: Any,
    instrument: str | Path | Instrument,
    *,
    column_map: ColumnMap | Mapping[str, str] | str | Path | None = None,
    segments: Sequence[str] = (),
    weight: str | None = None,
    respondent_id: str | None = None,
    previous: Any = None,
    wording: str | Path | None = None,
    only: Collection[str] | None = None,
    options: AnalysisOptions | None = None,
) -> SitePlan:
    """Read answers as `analyze` does and compare their sites, for a report of each (or `only` of some).

    Raises
    ------
    BadInput
        Something cannot be used, or the answers have no column ``site``.
    """
    options = options or AnalysisOptions()
    answers, earlier = _read_waves(
        data,
        instrument,
        column_map=column_map,
        segments=tuple(dict.fromkeys((*segments, SITE))),
        weight=weight,
        respondent_id=respondent_id,
        previous=previous,
        wording=wording,
        options=options,
    )
    return plan_sites(answers, options, earlier=earlier, only=only)


def _read_waves(
    data: Any,
    instrument: str | Path | Instrument,
    *,
    column_map: ColumnMap | Mapping[str, str] | str | Path | None,
    segments: Sequence[str],
    weight: str | None,
    respondent_id: str | None,
    previous: Any,
    wording: str | Path | None,
    options: AnalysisOptions,
) -> tuple[AnswerTable, list[AnswerTable]]:
    """The wave to report and the ones before it; these need not have every segment."""
    if not isinstance(instrument, Instrument):
        asked = load_instrument(instrument, wording=wording)
    else:
        asked = instrument if wording is None else apply_wording(instrument, Path(wording))
    refuse_unknown_placeholders(options, asked)
    if isinstance(column_map, str | Path):
        column_map = load_column_map(Path(column_map))
    elif column_map is not None and not isinstance(column_map, ColumnMap):
        column_map = ColumnMap(columns=column_map, source="column_map")

    def read(source: Any, segments: Sequence[str] = (), if_there: Sequence[str] = ()) -> AnswerTable:
        table = load_table(Path(source)) if isinstance(source, str | Path) else table_of(source)
        found = [name for name in if_there if name in table.frame.columns]
        segments = tuple(dict.fromkeys((*segments, *found, *assessment_roles(asked, table.frame.columns))))
        return make_answer_table(
            table, asked, column_map=column_map, segments=segments, weight=weight, respondent_id=respondent_id
        )

    answers = read(data, segments)
    waves = [] if previous is None else previous if isinstance(previous, list | tuple) else [previous]
    sites = (SITE,) if SITE in segments else ()
    return answers, [read(wave, if_there=sites) for wave in waves]


def _customers(
    visits: AnswerTable, source: Any, instrument: str | Path | Instrument, options: AnalysisOptions
) -> CustomersBeside | Unavailable:
    """What the customers of the visited sites say."""
    from servq.analysis.customers_beside import SITE, make_customers_beside
    from servq.analysis.estimating import Estimator

    table = load_table(Path(source)) if isinstance(source, str | Path) else table_of(source)
    asked = instrument if isinstance(instrument, Instrument) else load_instrument(instrument)
    answers = make_answer_table(table, asked, segments=[SITE] if SITE in table.frame.columns else [])
    locale = visits.instrument.texts_in(options.locale).locale
    return make_customers_beside(
        visits, answers, Estimator(options.confidence_level, options.minimum_group_size), locale
    )


def _operations(source: Any, options: AnalysisOptions) -> OperationsFindings:
    """Metrics of service contacts, by whatever the contacts say of channel, site and team."""
    from servq.operations.findings import OperationsOptions, measure_operations
    from servq.operations.metrics import MetricOptions
    from servq.operations.records import contacts_of, load_contacts

    contacts = load_contacts(Path(source)) if isinstance(source, str | Path) else contacts_of(source)
    known = [name for name in ("channel", "site", "team") if contacts.frame[name].n_unique() > 1]
    return measure_operations(
        contacts,
        OperationsOptions(
            metrics=MetricOptions(confidence_level=options.confidence_level),
            by=known,
            minimum_group_size=options.minimum_group_size,
        ),
    )
