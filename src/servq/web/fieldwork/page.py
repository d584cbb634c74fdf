"""From the numbers of a wave to what its page shows, in one language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from servq.analysis.options import MINIMUM_GROUP_SIZE
from servq.contacts.models import Reason
from servq.fieldwork.numbers import (
    CaseKind,
    Fieldwork,
    Measure,
    Progress,
    Rate,
    ReasonCount,
    disposition_counts,
)
from servq.fieldwork.showing import Step, n_people, over_time, sites_shown, summed
from servq.fieldwork.words import CASES, CHANNELS, MEANINGS, MEASURES, RATES, REASONS
from servq.statistics.response_rates import estimated_eligibility
from servq.surveys.models import Channel, Survey
from servq.translation import Translator, translator
from servq.web.answer.notices import INTERFACE_LOCALES
from servq.web.answer.views import Language

_FUNNEL = (Measure.INVITED, Measure.DELIVERED, Measure.OPENED, Measure.STARTED, Measure.COMPLETED)
_LOSSES = (Measure.BOUNCED, Measure.OPTED_OUT)
_CHARTED = (Measure.INVITED, Measure.OPENED, Measure.STARTED, Measure.COMPLETED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A named count with its share, and how much of the bar is filled (0–100)."""

    name: str
    count: str
    share: str
    filled: float
    meaning: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a time chart: its height (0–100) and what it says when pointed at."""

    height: float
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How often one thing happened over time."""

    kind: str
    name: str
    total: str
    highest: str
    said: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a table of progress: name, the measures in order, and the share of completed among invited."""

    name: str
    counts: tuple[str, ...]
    share: str
    filled: float
    muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """A response rate with its definition."""

    name: str
    value: str
    filled: float
    meaning: str
    formula: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldworkPage:
    """Everything that the page of a wave shows."""

    language: Language
    languages: tuple[Language, ...]
    stylesheet: str
    title: str
    organisation: str
    wave: str
    is_open: bool
    as_of: str
    expires: str
    headlines: tuple[tuple[str, str, str], ...]
    funnel: tuple[Bar, ...]
    losses: tuple[Bar, ...]
    elsewhere: str
    step: str
    charts: tuple[Chart, ...]
    ends: tuple[str, ...]
    measures: tuple[str, ...]
    by_time: tuple[Line, ...]
    by_channel: tuple[Line, ...]
    by_site: tuple[Line, ...]
    smallest: int
    n_not_invited: str
    not_invited: tuple[Bar, ...]
    not_reminded: tuple[Bar, ...]
    cases: tuple[tuple[str, str, str], ...]
    rates: tuple[RateRow, ...]
    eligibility: str
    eligibility_known: str


def make_page(
    survey: Survey,
    found: Fieldwork,
    *,
    language: Language,
    languages: Iterable[Language],
    stylesheet: str,
    expires_at: datetime,
) -> FieldworkPage:
    """Put the page of a wave together."""
    say = translator(language.code, "fieldwork")
    asked = _asked(found)
    step, periods = over_time(found.by_day)
    counts = disposition_counts({CaseKind(name): n for name, n in found.dispositions.items()})
    eligibility = estimated_eligibility(counts)
    return FieldworkPage(
        language=language,
        languages=tuple(languages),
        stylesheet=stylesheet,
        title=survey.title,
        organisation=survey.organisation,
        wave=_wave(say, found),
        is_open=found.is_open,
        as_of=_moment(found.at, language.code),
        expires=_moment(expires_at, language.code),
        headlines=_headlines(say, found, asked),
        funnel=tuple(_bar(say, measure, asked, found) for measure in _FUNNEL),
        losses=tuple(_bar(say, measure, asked, found) for measure in _LOSSES),
        elsewhere=_elsewhere(say, found),
        step=step.value,
        charts=tuple(_chart(say, measure, periods, step) for measure in _CHARTED),
        ends=_ends(say, periods, step),
        measures=tuple(say(name) for name in MEASURES.values()),
        by_time=tuple(
            _line(say, _period(begin, step, say), progress)
            for begin, progress in reversed(periods.items())
            if progress != Progress()
        ),
        by_channel=tuple(
            _line(say, say(CHANNELS[Channel(name)]), progress, of=progress, is_mail=name == Channel.EMAIL.value)
            for name, progress in sorted(found.by_channel.items(), key=lambda item: -n_people(item[1]))
        ),
        by_site=_site_lines(say, found),
        smallest=MINIMUM_GROUP_SIZE,
        n_not_invited=say.count(sum(reason.n for reason in found.not_invited)),
        not_invited=_reasons(say, found.not_invited),
        not_reminded=_reasons(say, found.not_reminded),
        cases=tuple(
            (say(CASES[CaseKind(name)][0]), CASES[CaseKind(name)][1], say.count(n))
            for name, n in found.dispositions.items()
            if n
        ),
        rates=tuple(_rate(say, rate) for rate in found.response_rates),
        eligibility=say.number(eligibility.value, 2),
        eligibility_known=say.count(eligibility.n) if eligibility.n else "",
    )


def languages_of(locales: Iterable[str] = INTERFACE_LOCALES) -> tuple[Language, ...]:
    """Return the languages in which the page is written."""
    from servq.web.answer.editions import language

    return tuple(map(language, locales))


def _wave(say: Translator, found: Fieldwork) -> str:
    number = say("Wave {number}", number=found.wave)
    return number if found.wave_name == str(found.wave) else f"{number} · {found.wave_name}"


def _asked(found: Fieldwork) -> Progress:
    """Return the progress of the channels by which somebody was invited: the others have nobody to be a share of."""
    return summed(progress for progress in found.by_channel.values() if progress.invited)


def _headlines(say: Translator, found: Fieldwork, asked: Progress) -> tuple[tuple[str, str, str], ...]:
    rates = {rate.definition: rate for rate in found.response_rates}
    rate = rates["RR2"].value
    opened = _share(say, asked.opened, asked.invited)
    return (
        (say("Invited"), say.count(found.total.invited), say("personal links")),
        (say("Completed"), say.count(found.total.completed), say("responses, by all channels")),
        (say("Opened"), opened or "–", say("of those invited")),
        (say("Response rate"), "–" if rate is None else say.percent(rate, 1), say("RR2: complete and partial")),
    )


def _bar(say: Translator, measure: Measure, asked: Progress, found: Fieldwork) -> Bar:
    whole = asked
    if measure in (Measure.DELIVERED, Measure.BOUNCED):
        whole = found.by_channel.get(Channel.EMAIL.value, Progress())
    n = getattr(asked, measure.value)
    return Bar(
        name=say(MEASURES[measure]),
        count=say.count(n),
        share=_share(say, n, whole.invited),
        filled=_filled(n, asked.invited),
        meaning=say(MEANINGS[measure]),
        kind=measure.value.replace("_", "-"),
    )


def _elsewhere(say: Translator, found: Fieldwork) -> str:
    others = summed(progress for progress in found.by_channel.values() if not progress.invited)
    if not others.started:
        return ""
    return say(
        "Besides, where nobody is invited, such as at open links and kiosks: {started} started, {completed} completed.",
        started=say.count(others.started),
        completed=say.count(others.completed),
    )


def _chart(say: Translator, measure: Measure, periods: Mapping[date, Progress], step: Step) -> Chart:
    counts = {begin: getattr(progress, measure.value) for begin, progress in periods.items()}
    highest, total = max(counts.values(), default=0), sum(counts.values())
    name = say(MEASURES[measure])
    peak = next((begin for begin, n in counts.items() if n == highest), None)
    said = say("{name}: {total} in all", name=name, total=say.count(total))
    if peak is not None and highest:
        said = say(
            "{name}: {total} in all, most in one column: {highest} ({period})",
            name=name,
            total=say.count(total),
            highest=say.count(highest),
            period=_period(peak, step, say),
        )
    return Chart(
        kind=measure.value,
        name=name,
        total=say.count(total),
        highest=say.count(highest),
        said=said,
        columns=tuple(
            Column(height=_filled(n, highest), said=f"{_period(begin, step, say)}: {say.count(n)}")
            for begin, n in counts.items()
        ),
    )


def _ends(say: Translator, periods: Mapping[date, Progress], step: Step) -> tuple[str, ...]:
    """Return the names of the first and the last column, and of the one in the middle where there is room."""
    begins = list(periods)
    few = 2
    if len(begins) > few:
        begins = [begins[0], begins[len(begins) // 2], begins[-1]] if len(begins) % 2 else [begins[0], begins[-1]]
    return tuple(_period(begin, step, say) for begin in begins)


def _line(
    say: Translator,
    name: str,
    progress: Progress,
    *,
    of: Progress | None = None,
    muted: bool = False,
    is_mail: bool = True,
) -> Line:
    """Return a row of a table; the share is that of `of`, which leaves out channels by which nobody is invited."""
    counts = {measure: say.count(getattr(progress, measure.value)) for measure in MEASURES}
    if not is_mail:  # nobody knows whether a link that was handed over arrived
        counts |= dict.fromkeys((Measure.DELIVERED, Measure.BOUNCED), "–")
    of = of or Progress()
    return Line(
        name=name,
        counts=tuple(counts.values()),
        share=_share(say, of.completed, of.invited),
        filled=_filled(of.completed, of.invited),
        muted=muted,
    )


def _site_lines(say: Translator, found: Fieldwork) -> tuple[Line, ...]:
    """Return the lines of the sites; none where all of them would stand together and only repeat the total."""
    sites = sites_shown(found.by_site, smallest=MINIMUM_GROUP_SIZE)
    if not sites.shown:
        return ()
    asked = found.invited_by_site
    lines = [
        _line(say, name or say("No site"), progress, of=asked.get(name, Progress()), muted=not name)
        for name, progress in sites.shown.items()
    ]
    if sites.together is not None:
        name = say("Other sites together ({n})", n=sites.n_together)
        others = summed(progress for site, progress in asked.items() if site not in sites.shown)
        lines.append(_line(say, name, sites.together, of=others, muted=True))
    return tuple(lines)


def _reasons(say: Translator, reasons: Sequence[ReasonCount]) -> tuple[Bar, ...]:
    total = sum(reason.n for reason in reasons)
    most = max((reason.n for reason in reasons), default=0)
    return tuple(
        Bar(
            name=say(REASONS[Reason(reason.reason)]),
            count=say.count(reason.n),
            share=_share(say, reason.n, total),
            filled=_filled(reason.n, most),
        )
        for reason in reasons
    )


def _rate(say: Translator, rate: Rate) -> RateRow:
    meaning, formula = next(words for name, words in RATES.items() if name == rate.definition)
    return RateRow(
        name=rate.definition,
        value="–" if rate.value is None else say.percent(rate.value, 1),
        filled=_filled(rate.value or 0.0, 1),
        meaning=say(meaning),
        formula=formula,
        note="" if rate.value is None else say("of {n}", n=say.count(rate.n)),
    )


def _share(say: Translator, part: int, whole: int) -> str:
    return say.percent(part / whole, 1) if whole else ""


def _filled(part: float, whole: float) -> float:
    return round(min(part / whole, 1.0) * 100, 2) if whole else 0.0


def _period(begin: date, step: Step, say: Translator) -> str:
    from babel.dates import format_skeleton

    text = format_skeleton("yMMM" if step is Step.MONTH else "MMMd", begin, locale=say.language)
    return say("week of {day}", day=text) if step is Step.WEEK else text


def _moment(moment: datetime, locale: str) -> str:
    from babel.dates import format_datetime

    return format_datetime(moment.astimezone(UTC), "d MMM y, HH:mm", locale=locale.replace("-", "_")) + " UTC"
