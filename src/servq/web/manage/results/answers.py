"""The three questions of a manager, answered by the sentences of the report's summary. Pure.

No rule of its own: what may be said, and how surely, is decided in ``servq.analysis``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servq.analysis.absence import Unavailable
from servq.analysis.findings import Findings
from servq.analysis.readings import direction_of
from servq.reporting.formats import score_kind
from servq.statistics.estimate import Estimate
from servq.web.manage.results.drawing import Drawer
from servq.web.manage.results.pictures import Picture

Tone = Literal["", "good", "bad", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One question with its answer at a glance and in sentences."""

    question: str
    glance: str
    label: str
    sentences: tuple[str, ...]
    tone: Tone = ""
    link: tuple[str, str] | None = None


def three_answers(picture: Picture, findings: Findings, drawer: Drawer, address: str) -> tuple[Answer, ...]:
    """How are we doing, what changed, what to do first."""
    return (
        _how_we_do(findings, drawer, address),
        _what_changed(picture, findings, drawer, address),
        _what_first(findings, drawer, address),
    )


def _how_we_do(findings: Findings, drawer: Drawer, address: str) -> Answer:
    t = drawer.t
    headline = findings.scores[0] if findings.scores else None
    glance, label = "", ""
    if headline is not None and isinstance(headline.estimate, Estimate):
        glance = drawer.formats.value(headline.estimate.value, score_kind(headline))
        label = drawer.say(headline.label)
    summary = findings.summary
    return Answer(
        question=t("How are we doing?"),
        glance=glance,
        label=label,
        sentences=tuple(map(drawer.say, (summary.headline, *summary.strengths))),
        link=(t("All gaps and scores"), f"{address}/gaps"),
    )


def _what_changed(picture: Picture, findings: Findings, drawer: Drawer, address: str) -> Answer:
    t = drawer.t
    change = findings.change
    link = (t("The trend"), f"{address}/trend")
    question = t("What changed?")
    if picture.previous is None or isinstance(change, Unavailable):
        first = t("This is the first wave that can be shown, so there is nothing to compare it with yet.")
        said = (
            first if picture.previous is None else drawer.say(change.reason if isinstance(change, Unavailable) else "")
        )
        return Answer(question=question, glance=t("Nothing to compare"), label="", sentences=(said,), tone="open")
    glance, tone = _direction(findings, drawer)
    sentences = [drawer.say(one) for one in findings.summary.change]
    before = next(wave for wave in picture.waves if wave.number == picture.previous)
    return Answer(
        question=question,
        glance=glance,
        label=t("since {wave}", wave=drawer.wave(before.name)),
        sentences=tuple(sentences),
        tone=tone,
        link=link,
    )


def _direction(findings: Findings, drawer: Drawer) -> tuple[str, Tone]:
    t = drawer.t
    change = findings.change
    difference = None if isinstance(change, Unavailable) else change.rows[0].difference
    if not isinstance(difference, Estimate):
        return t("Not known"), "open"
    direction = direction_of(difference)
    if direction == "open":
        return t("No clear change"), "open"
    is_better = (direction == "above") == (findings.scores[0].better == "high")
    return (t("Better"), "good") if is_better else (t("Worse"), "bad")


def _what_first(findings: Findings, drawer: Drawer, address: str) -> Answer:
    t = drawer.t
    steps = [drawer.say(one) for one in findings.summary.first_steps]
    glance = steps[0] if steps else t("The answers name nothing to improve first.")
    return Answer(
        question=t("What to do first?"),
        glance=glance,
        label="",
        sentences=(*steps[1:], *(drawer.say(one) for one in findings.summary.shortfalls[:1])),
        link=(t("Priorities"), f"{address}/priorities"),
    )
