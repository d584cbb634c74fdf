"""Joins the halves: answers from a file, a frame or the database, through scoring and analysis, to a report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from servq import analysis
from servq.analysis import AnalysisOptions, analyse, findings_to_json, study_findings
from servq.analysis.agreement import ASSESSMENT_ATTRIBUTES
from servq.analysis.options import MINIMUM_GROUP_SIZE
from servq.analysis.study_analyse import analyse_study
from servq.analysis.study_answers import (
    ASSESSORS_ELSEWHERE,
    OPERATIONS_ELSEWHERE,
    ROLES,
    Role,
    StudyAnswers,
    no_answers,
    no_wave,
    not_launched,
)
from servq.answerfiles import ColumnMap, load_column_map, load_table, make_answer_table, table_of
from servq.answerfiles.study_file import AudienceFile, StudyFile, load_study_file
from servq.errors import (
    AnswersAbsent,
    BadInput,
    DataInvalid,
    InstrumentUnknown,
    Problem,
    RequestInvalid,
    SurveyNotLaunched,
)
from servq.instruments import Instrument, load_instrument
from servq.instruments.model import ChecklistScore
from servq.instruments.rewording import apply_wording
from servq.messages import Message
from servq.reporting import Attachment, pdf_from_html, render_html, render_pdf, write_pdf, write_whole
from servq.reporting.workbook import render_workbook
from servq.scoring import AnswerTable
from servq.surveys.names import FIELDWORK_ATTRIBUTES

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from servq.analysis.operations_findings import OperationsFindings
    from servq.reporting import Paper
    from servq.studies.models import StudySurvey
    from servq.surveys.models import Survey


class Findings(analysis.Findings):
    """Findings that can be written out; shows itself as the report in a notebook."""

    def to_json(self) -> str:
        """All findings as JSON, unrounded; `servq.analysis.findings_schema` documents it."""
        return findings_to_json(self).decode()

    def to_html(self, *, paper: Paper = "a4") -> str:
        """The report as one self-contained HTML document."""
        return render_html(self, paper=paper)

    def to_pdf(self, path: str | Path | None = None, *, paper: Paper = "a4") -> bytes | None:
        """The report as a PDF: written to `path`, or returned as bytes when there is none."""
        data = Attachment(
            name="findings.json", content=findings_to_json(self), description="Every number of this report, unrounded"
        )
        if path is None:
            return render_pdf(self, paper=paper, attachments=[data])
        write_pdf(self, Path(path), paper=paper, attachments=[data])
        return None

    def to_xlsx(self) -> bytes:
        """Every table of the findings as a workbook, one sheet a part."""
        return render_workbook(self)

    def _repr_html_(self) -> str:
        return self.to_html()


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
        An earlier wave, in the same form as `data`.
    wording
        Overlay file with the wording as it was asked.
    operations
        Service contacts of the same time, in the same form as `data`; the report prints their metrics.
    options
        Language, confidence level, titles.

    Raises
    ------
    BadInput
        Something in the data or the instrument cannot be used; every problem is listed.
    InstrumentUnknown
        There is no such instrument.
    """
    if not isinstance(instrument, Instrument):
        instrument = load_instrument(instrument, wording=wording)
    elif wording is not None:
        instrument = apply_wording(instrument, Path(wording))
    if options is not None:
        _refuse_unknown_placeholders(options, instrument)
    segments = (segments,) if isinstance(segments, str) else tuple(dict.fromkeys(segments))
    if isinstance(column_map, str | Path):
        column_map = load_column_map(Path(column_map))
    elif column_map is not None and not isinstance(column_map, ColumnMap):
        column_map = ColumnMap(columns=column_map, source="column_map")

    def read(source: Any, segments: Sequence[str] = ()) -> AnswerTable:
        table = load_table(Path(source)) if isinstance(source, str | Path) else table_of(source)
        segments = tuple(dict.fromkeys((*segments, *_roles(instrument, table.frame.columns))))
        return make_answer_table(
            table, instrument, column_map=column_map, segments=segments, weight=weight, respondent_id=respondent_id
        )

    service = None if operations is None else _operations(operations, options or AnalysisOptions())
    return replace(
        _report(read(data, segments), options, None if previous is None else read(previous)), operations=service
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


class StudyFindings(study_findings.StudyFindings):
    """Findings of a gaps study that can be written out; shows itself as the report in a notebook."""

    def to_json(self) -> str:
        """All findings as JSON, unrounded."""
        return findings_to_json(self).decode()

    def to_html(self, *, paper: Paper = "a4") -> str:
        """The report as one self-contained HTML document."""
        from servq.reporting.study_rendering import render_study_html

        return render_study_html(self, paper=paper)

    def to_pdf(self, path: str | Path | None = None, *, paper: Paper = "a4") -> bytes | None:
        """The report as a PDF with the findings inside: written to `path`, or returned as bytes when there is none."""
        data = Attachment(
            name="findings.json", content=findings_to_json(self), description="Every number of this report, unrounded"
        )
        content = pdf_from_html(self.to_html(paper=paper), attachments=[data])
        if path is None:
            return content
        write_whole(Path(path), content)
        return None

    def _repr_html_(self) -> str:
        return self.to_html()


def analyze_study(study: str | Path | StudyFile, *, options: AnalysisOptions | None = None) -> StudyFindings:
    """Analyse the answers of several audiences to the five gaps.

    Parameters
    ----------
    study
        Path of a study file, or one that was read.
    options
        Language, confidence level and titles; what the study file says fills in what is left out here.

    Raises
    ------
    BadInput
        Something in the files cannot be used; every problem of every file is listed.
    InstrumentUnknown
        There is no such instrument.
    """
    study = study if isinstance(study, StudyFile) else load_study_file(Path(study))
    options = _study_options(options or AnalysisOptions(), study)
    tables: dict[Role, AnswerTable] = {}
    absences: dict[Role, Message] = {}
    problems: list[Problem] = []
    for role in ROLES:
        if role not in study.audiences:
            continue
        audience = study.audiences[role]
        try:
            tables[role] = _audience_table(audience, study, options)
        except AnswersAbsent:
            absences[role] = no_answers(role, audience.data.name)
        except BadInput as error:
            problems += error.problems
    if problems:
        raise DataInvalid(problems)
    return _report_study(
        StudyAnswers(
            tables=tables,
            absences=absences,
            site=study.site,
            minimum_group_sizes={
                role: least
                for role in ROLES
                if role in study.audiences and (least := study.audiences[role].minimum_group) is not None
            },
            notices=_other_reports(study),
            source=study.source,
        ),
        options,
    )


def _study_options(options: AnalysisOptions, study: StudyFile) -> AnalysisOptions:
    """The options with what the study file says where they are silent."""
    given = study.minimum_group is not None and options.minimum_group_size == MINIMUM_GROUP_SIZE
    return replace(
        options,
        locale=options.locale or study.locale,
        title=options.title or study.title,
        organisation=options.organisation or study.organisation,
        period=options.period or study.period,
        minimum_group_size=study.minimum_group if given and study.minimum_group else options.minimum_group_size,
        placeholders={**study.placeholders, **options.placeholders},
    )


def _audience_table(audience: AudienceFile, study: StudyFile, options: AnalysisOptions) -> AnswerTable:
    try:
        instrument = load_instrument(audience.instrument, wording=audience.wording)
    except InstrumentUnknown as error:
        raise DataInvalid(Problem(str(error), "", file=study.source, line=audience.line)) from error
    if options.locale:
        _refuse_unknown_locale(options.locale, instrument)
    table = load_table(audience.data)
    # an audience without the column is named in the findings; the other audiences still have their sites
    site = [study.site] if study.site is not None and study.site in table.frame.columns else []
    return make_answer_table(
        table,
        instrument,
        column_map=load_column_map(audience.column_map) if audience.column_map else None,
        segments=tuple(dict.fromkeys([*site, *audience.segments])),
        weight=audience.weight,
    )


def _other_reports(study: StudyFile) -> tuple[Message, ...]:
    assessors = (ASSESSORS_ELSEWHERE,) if "assessors" in study.audiences else ()
    return (*assessors, *((OPERATIONS_ELSEWHERE,) if study.operations else ()))


def _report_study(answers: StudyAnswers, options: AnalysisOptions) -> StudyFindings:
    return StudyFindings(**vars(analyse_study(answers, options)))


async def report_survey(
    session: AsyncSession,
    survey_id: int,
    *,
    wave: int | None = None,
    segments: Sequence[str] | None = None,
    options: AnalysisOptions | None = None,
) -> Findings:
    """Analyse the answers to a survey as they are stored, with the wave before it where there is one.

    `segments` names attributes of the responses; without it every attribute that the links carried is one, but not
    the channel, the language or the wave.
    """
    from servq.responses.extraction import extract_answers
    from servq.surveys.service import get_survey, list_waves

    survey = await get_survey(session, survey_id)
    waves = sorted(one.number for one in await list_waves(session, survey_id))
    current = wave if wave is not None else waves[-1]
    earlier = [number for number in waves if number < current]
    answers = _segmented(await extract_answers(session, survey_id, wave=current), segments)
    previous = await extract_answers(session, survey_id, wave=earlier[-1]) if earlier else None
    options = options or AnalysisOptions()
    return _report(
        answers,
        replace(
            options,
            title=options.title or survey.title,
            organisation=options.organisation or survey.organisation,
            placeholders={**survey.placeholders, **options.placeholders},
        ),
        previous,
    )


async def report_study(
    session: AsyncSession, study: str | int, *, wave: int | None = None, options: AnalysisOptions | None = None
) -> StudyFindings:
    """Analyse the stored answers to the surveys that a study binds.

    Parameters
    ----------
    study
        Name or number of the study.
    wave
        Number of the wave of every survey; without it the wave that is bound, or the newest.

    Raises
    ------
    RecordUnknown
        There is no such study.
    DataInvalid
        Nobody has answered.
    """
    from servq.studies.service import get_study_by_name, list_bound

    found = await get_study_by_name(session, str(study))
    bound = (await list_bound(session, [found.id]))[found.id]
    tables: dict[Role, AnswerTable] = {}
    absences: dict[Role, Message] = {}
    placeholders: dict[str, str] = {}
    locale = None
    for binding in bound:
        role: Role = binding.audience.value
        read = await _bound_answers(session, binding, role, wave)
        if isinstance(read, Message):
            absences[role] = read
        else:
            tables[role], survey = read
            placeholders = {**survey.placeholders, **placeholders}
            if role == "customers":
                locale = survey.locale
    options = options or AnalysisOptions()
    return _report_study(
        StudyAnswers(
            tables=tables,
            absences=absences,
            site="site" if any("site" in table.attributes for table in tables.values()) else None,
            source=found.title,
        ),
        replace(
            options,
            locale=options.locale or found.locale or locale,
            title=options.title or found.title,
            organisation=options.organisation or found.organisation,
            placeholders={**placeholders, **options.placeholders},
        ),
    )


async def _bound_answers(
    session: AsyncSession, binding: StudySurvey, role: Role, wave: int | None
) -> tuple[AnswerTable, Survey] | Message:
    """Answers to the survey of one audience with that survey, or why there are none."""
    from servq.responses.extraction import extract_answers
    from servq.surveys.service import get_survey, list_waves

    survey = await get_survey(session, binding.survey_id)
    waves = [one.number for one in await list_waves(session, survey.id)]
    wanted = wave or binding.wave or max(waves)
    if wanted not in waves:
        return no_wave(role, survey.title, wanted)
    try:
        answers = await extract_answers(session, survey.id, wave=wanted)
    except SurveyNotLaunched:
        return not_launched(role, survey.title)
    return (answers, survey) if answers.n_respondents else no_answers(role, survey.title)


def _segmented(answers: AnswerTable, segments: Sequence[str] | None) -> AnswerTable:
    known = answers.attributes
    wanted = [name for name in known if name not in FIELDWORK_ATTRIBUTES] if segments is None else list(segments)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise RequestInvalid(
            Problem(f'The responses have no attribute "{name}".', f"They have: {', '.join(known)}.") for name in unknown
        )
    kept = dict.fromkeys((*wanted, *_roles(answers.instrument, known)))
    return replace(answers, attributes={name: known[name] for name in kept})


def _roles(instrument: Instrument, names: Iterable[str]) -> tuple[str, ...]:
    """Attributes that say who assessed what; a checklist needs them for the agreement, asked for or not."""
    is_checklist = any(isinstance(score, ChecklistScore) for score in instrument.definition.scores)
    return tuple(role for role in ASSESSMENT_ATTRIBUTES if role in set(names)) if is_checklist else ()


def _report(answers: AnswerTable, options: AnalysisOptions | None, previous: AnswerTable | None) -> Findings:
    if options is not None and options.locale:
        _refuse_unknown_locale(options.locale, answers.instrument)
    return Findings(**vars(analyse(answers, options, previous=previous)))


def _refuse_unknown_placeholders(options: AnalysisOptions, instrument: Instrument) -> None:
    known = ", ".join(sorted(instrument.placeholders)) or "none"
    unknown = [name for name in options.placeholders if name not in instrument.placeholders]
    if unknown:
        raise RequestInvalid(
            Problem(f"The wording of {instrument.id} has no {{{name}}}.", f"It has: {known}.") for name in unknown
        )


def _refuse_unknown_locale(locale: str, instrument: Instrument) -> None:
    wanted = locale.replace("_", "-")
    if wanted not in instrument.texts and wanted.split("-")[0] not in instrument.texts:
        known = ", ".join(instrument.texts)
        raise RequestInvalid(Problem(f'{instrument.id} has no texts in "{locale}".', f"It has: {known}."))
