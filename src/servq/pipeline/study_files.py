"""A study file and the files that it names, to the findings of the five gaps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from servq.analysis import AnalysisOptions
from servq.analysis.options import MINIMUM_GROUP_SIZE
from servq.analysis.study_analyse import analyse_study
from servq.analysis.study_answers import (
    ASSESSORS_ELSEWHERE,
    OPERATIONS_ELSEWHERE,
    ROLES,
    Role,
    StudyAnswers,
    no_answers,
)
from servq.answerfiles import load_column_map, load_table, make_answer_table
from servq.answerfiles.study_file import AudienceFile, StudyFile, load_study_file
from servq.errors import (
    AnswersAbsent,
    BadInput,
    DataInvalid,
    InstrumentUnknown,
    Problem,
)
from servq.instruments import load_instrument
from servq.messages import Message
from servq.pipeline.answers import refuse_unknown_locale
from servq.pipeline.results import StudyFindings
from servq.scoring import AnswerTable


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
    return report_study_answers(
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
        refuse_unknown_locale(options.locale, instrument)
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


def report_study_answers(answers: StudyAnswers, options: AnalysisOptions) -> StudyFindings:
    """Analyse the answers of the audiences of a study."""
    return StudyFindings(**vars(analyse_study(answers, options)))
