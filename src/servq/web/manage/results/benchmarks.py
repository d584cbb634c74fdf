"""``/manage/benchmarks``: published scores beside one's own, and the sets they come from."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from pathlib import Path

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.accounts.viewer import Viewer
from servq.analysis.absence import Unavailable
from servq.analysis.benchmark_findings import BenchmarkRow, PublishedValue, Standing, make_benchmark
from servq.analysis.findings import Findings
from servq.analysis.target_findings import OVERALL, Metric
from servq.errors import AlreadyExists, BadInput, Problem, RequestInvalid
from servq.instruments.yaml_reading import MAX_BYTES
from servq.messages import Message
from servq.reporting.figures import headline_of
from servq.reporting.formats import change_kind, kind_of
from servq.statistics.estimate import CONFIDENCE_LEVEL, Estimate
from servq.surveys.models import Survey
from servq.targets.benchmark_files import NewBenchmark, load_benchmark
from servq.targets.benchmarks import drop_benchmark, keep_benchmark, list_benchmarks, published
from servq.targets.models import BenchmarkSet
from servq.web.manage.access import FOR_EVERYBODY, FOR_RESEARCHERS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer
from servq.web.manage.results.drawing import Drawer
from servq.web.manage.results.metrics import survey_metrics
from servq.web.manage.results.reading import find_chosen, list_surveys_with_results, read_picture, remember

ADDRESS = "/manage/benchmarks"
STANDING_TONES: Mapping[Standing, str] = {"better": "good", "worse": "bad", "open": "neutral", "unknown": "neutral"}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One score beside its published counterpart, written out."""

    label: str
    own: str
    published: str
    known: str
    difference: str
    said: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownSet:
    """One benchmark set with its source and its comparison."""

    id: int
    name: str
    source: str
    measured_on: date
    n: int | None
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True, slots=True)
class BenchmarksPage:
    """The benchmark sets of the instrument of a survey."""

    surveys: tuple[tuple[int, str], ...]
    survey: Survey | None = None
    wave_name: str = ""
    has_scores: bool = False
    sets: tuple[ShownSet, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@get(ADDRESS, opt=FOR_EVERYBODY)
async def show_benchmarks(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the benchmark sets for the survey that was looked at last."""
    return await _show(request, viewer, session)


@post(ADDRESS, opt=FOR_RESEARCHERS)
async def add_benchmark(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Keep a benchmark set, from a file or as typed."""
    form = await request.form()
    survey = await find_chosen(request, session, viewer)
    drawer = Drawer(viewer.locale)
    try:
        if survey is None:
            raise RequestInvalid(Problem(Message("There is no survey."), Message("Launch one first.")))
        metrics = await survey_metrics(session, survey, viewer)
        upload = form.get("file")
        if isinstance(upload, UploadFile) and upload.filename:
            new = await _read_file(upload, survey)
        else:
            new = _read_form(form, survey, metrics)
        kept = await keep_benchmark(session, new, metrics, account_id=viewer.account_id, now=now)
    except BadInput as invalid:
        errors = _errors(invalid, drawer)
        return await _show(request, viewer, session, form=form, errors=errors)
    except AlreadyExists as exists:
        return await _show(request, viewer, session, form=form, errors={"name": drawer.t.say(exists.args[0])})
    detail = {"name": kept.name, "instrument": kept.instrument_id}
    await audit.record(
        session, viewer, AuditAction.CREATED, kind="benchmark", target=str(kept.id), detail=detail, now=now
    )
    return redirect(request, ADDRESS, notice=drawer.t("The benchmark set is kept."))


@post(f"{ADDRESS}/{{set_id:int}}/drop", opt=FOR_RESEARCHERS)
async def remove_benchmark(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, set_id: RecordId
) -> Response[bytes]:
    """Delete a benchmark set."""
    dropped = await drop_benchmark(session, set_id)
    detail = {"name": dropped.name, "instrument": dropped.instrument_id}
    await audit.record(
        session, viewer, AuditAction.DELETED, kind="benchmark", target=str(set_id), detail=detail, now=now
    )
    return redirect(request, ADDRESS, notice=Drawer(viewer.locale).t("The benchmark set is deleted."))


async def _show(
    request: PageRequest,
    viewer: Viewer,
    session: AsyncSession,
    *,
    form: FormMultiDict | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[bytes]:
    surveys = tuple((one.id, one.title) for one in await list_surveys_with_results(session, viewer))
    survey = await find_chosen(request, session, viewer)
    if survey is None or survey.revision is None:
        return page(request, viewer, "results/benchmarks.html.j2", BenchmarksPage(surveys))
    drawer = Drawer(viewer.locale)
    metrics = await survey_metrics(session, survey, viewer)
    picture = await read_picture(session, viewer, survey)
    own = _own(picture.findings, metrics)
    typed = [f"{one.id}_{part}" for one in metrics for part in ("value", "sd")]
    shown = BenchmarksPage(
        surveys=surveys,
        survey=survey,
        wave_name=drawer.wave(picture.wave.name) if picture.wave else "",
        has_scores=bool(own),
        sets=tuple(_shown(one, own, metrics, drawer) for one in await list_benchmarks(session, survey.instrument_id)),
        metrics=tuple((one.id, drawer.say(one.label)) for one in metrics),
        values={}
        if form is None
        else {name: text_of(form, name) for name in ("name", "source", "measured_on", "n", *typed)},
        errors=errors or {},
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    response = page(request, viewer, "results/benchmarks.html.j2", shown, status=status)
    response.set_cookie(remember(request, survey.id))
    return response


def _own(findings: Findings | None, metrics: tuple[Metric, ...]) -> Mapping[str, Estimate | Unavailable]:
    if findings is None or not findings.scores:
        return {}
    dimensions = {one.id: headline_of(findings, one) for one in findings.dimensions}
    found = {OVERALL: findings.scores[0].estimate, **dimensions}
    return {metric.id: found[metric.id] for metric in metrics if metric.id in found}


def _shown(
    stored: BenchmarkSet, own: Mapping[str, Estimate | Unavailable], metrics: tuple[Metric, ...], drawer: Drawer
) -> ShownSet:
    rows = make_benchmark(published(stored), own, metrics, confidence_level=CONFIDENCE_LEVEL)
    return ShownSet(
        id=stored.id,
        name=stored.name,
        source=stored.source,
        measured_on=stored.measured_on,
        n=stored.n,
        rows=tuple(_row(row, drawer) for row in rows),
    )


def _row(row: BenchmarkRow, drawer: Drawer) -> ShownRow:
    kind = kind_of(row.kind)
    given = row.published
    known = [
        *([drawer.t("n = {n:,}", n=given.n)] if given.n is not None else []),
        *([drawer.t("sd {sd}", sd=drawer.words.number(given.sd, 2))] if given.sd is not None else []),
    ]
    return ShownRow(
        label=drawer.say(row.label),
        own=drawer.number(row.own, kind),
        published=drawer.formats.value(given.value, kind),
        known=" · ".join(known),
        difference=drawer.number(row.difference, change_kind(kind)),
        said=drawer.say(row.reading),
        tone=STANDING_TONES[row.standing],
    )


async def _read_file(upload: UploadFile, survey: Survey) -> NewBenchmark:
    content = await upload.read(MAX_BYTES + 1)
    new = await asyncio.to_thread(_load, content, upload.filename)
    if new.instrument != survey.instrument_id:
        message = Message(
            "The file is about “{one}”, this survey about “{other}”.", one=new.instrument, other=survey.instrument_id
        )
        raise RequestInvalid(Problem(message, Message("Choose a survey with that instrument."), column="file"))
    return new


def _load(content: bytes, name: str) -> NewBenchmark:
    with tempfile.TemporaryDirectory(prefix="servq-") as folder:
        path = Path(folder) / "benchmark.yaml"
        path.write_bytes(content)
        return load_benchmark(path, Path(name).name[:100])


def _read_form(form: FormMultiDict, survey: Survey, metrics: tuple[Metric, ...]) -> NewBenchmark:
    problems: list[Problem] = []
    try:
        measured_on = date.fromisoformat(text_of(form, "measured_on").strip())
    except ValueError:
        measured_on = date.min
        problems.append(Problem(Message("This is no day."), Message("Write it as 2027-06-30."), column="measured_on"))
    n = _number(form, "n", "n", problems)
    if n is not None and (n < 1 or not n.is_integer()):
        message = Message("`{key}` is not a whole number of at least 1.", key="n")
        problems.append(Problem(message, Message("Leave it out where the source does not give it."), column="n"))
    scores = {}
    for metric in metrics:
        unit = 100 if kind_of(metric.kind) == "share" else 1  # people write shares in per cent
        value, sd = (_number(form, f"{metric.id}_{part}", metric.id, problems) for part in ("value", "sd"))
        if sd is not None and sd <= 0:
            fix = Message("Leave it out where the source does not give it.")
            problems.append(Problem(Message("A standard deviation is greater than 0."), fix, column=metric.id))
        if value is not None:
            scores[metric.id] = PublishedValue(
                value=value / unit, n=None if n is None else int(n), sd=None if sd is None else sd / unit
            )
    if problems:
        raise RequestInvalid(problems)
    return NewBenchmark(
        name=text_of(form, "name").strip(),
        instrument=survey.instrument_id,
        source=text_of(form, "source").strip(),
        measured_on=measured_on,
        n=None if n is None else int(n),
        scores=scores,
    )


def _number(form: FormMultiDict, name: str, column: str, problems: list[Problem]) -> float | None:
    written = text_of(form, name).strip().replace("−", "-").replace(",", ".")
    if not written:
        return None
    try:
        return float(written)
    except ValueError:
        problems.append(Problem(Message("This is no number."), Message("Write it as −0.5 or 5.2."), column=column))
        return None


def _errors(invalid: BadInput, drawer: Drawer) -> Mapping[str, str]:
    """What is wrong by field; what is wrong in a file stands at the file, with its line."""
    in_file = [problem for problem in invalid.problems if problem.file]
    if not in_file:
        return errors_of(invalid, drawer.t)
    said = (
        f"{problem.where}: {drawer.t.say(problem.message)} {drawer.t.say(problem.fix)}".strip() for problem in in_file
    )
    return {"file": " ".join(said)}


HANDLERS = (show_benchmarks, add_benchmark, remove_benchmark)
