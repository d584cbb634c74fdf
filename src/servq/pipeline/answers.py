"""One table of answers to findings, and what may not be asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from servq.analysis import AnalysisOptions, analyse
from servq.analysis.agreement import ASSESSMENT_ATTRIBUTES
from servq.analysis.comments import CommentMaterial
from servq.errors import (
    Problem,
    RequestInvalid,
)
from servq.instruments import Instrument
from servq.instruments.model import ChecklistScore
from servq.pipeline.results import Findings
from servq.scoring import AnswerTable
from servq.translation import languages_of


def report_answers(
    answers: AnswerTable,
    options: AnalysisOptions | None,
    previous: AnswerTable | None = None,
    *,
    earlier: Sequence[AnswerTable] = (),
    comments: CommentMaterial | None = None,
) -> Findings:
    """Analyse one table of answers, with the waves before and the comments where there are any."""
    if options is not None and options.locale:
        refuse_unknown_locale(options.locale, answers.instrument)
    return Findings(**vars(analyse(answers, options, previous=previous, earlier=earlier, comments=comments)))


def refuse_unknown_locale(locale: str, instrument: Instrument) -> None:
    """Raise `RequestInvalid` when the instrument does not speak the language asked for."""
    wanted = locale.replace("_", "-")
    if wanted not in instrument.texts and wanted.split("-")[0] not in instrument.texts:
        known = ", ".join(instrument.texts)
        raise RequestInvalid(Problem(f'{instrument.id} has no texts in "{locale}".', f"It has: {known}."))
    if wanted.split("-")[0] not in languages_of("report"):
        known = ", ".join(languages_of("report"))
        raise RequestInvalid(Problem(f'Reports are not written in "{locale}".', f"They are written in: {known}."))


def refuse_unknown_placeholders(options: AnalysisOptions, instrument: Instrument) -> None:
    """Raise `RequestInvalid` when the wording has no place for what shall be put into it."""
    known = ", ".join(sorted(instrument.placeholders)) or "none"
    unknown = [name for name in options.placeholders if name not in instrument.placeholders]
    if unknown:
        raise RequestInvalid(
            Problem(f"The wording of {instrument.id} has no {{{name}}}.", f"It has: {known}.") for name in unknown
        )


def assessment_roles(instrument: Instrument, names: Iterable[str]) -> tuple[str, ...]:
    """Attributes that say who assessed what; a checklist needs them for the agreement, asked for or not."""
    is_checklist = any(isinstance(score, ChecklistScore) for score in instrument.definition.scores)
    return tuple(role for role in ASSESSMENT_ATTRIBUTES if role in set(names)) if is_checklist else ()
