"""Words a letter: the shipped text of its kind or the survey's own, in the sandbox, strict about what is undefined.

A text is a few paragraphs. The frame around it, which a survey does not change, holds what every mail must have: the
link, the question where there is one, who writes and why, and how to end it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import cache
from traceback import walk_tb
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from markupsafe import Markup

from servq.errors import MailTextInvalid, Problem
from servq.mail.letters import Kind, Letter
from servq.mail.sandbox import own_template, sentences
from servq.translation import Translator, translator

LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
PARTS = ("subject", "text", "html")

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Templates that take the place of the shipped ones; None keeps a part as shipped.

    `html` is what stands between greeting and link; without it the paragraphs of `text` stand there.
    """

    subject: str | None = None
    text: str | None = None
    html: str | None = None


SHIPPED = Wording()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedLetter:
    """A letter in words: one line of subject, plain text complete on its own, and HTML."""

    subject: str
    text: str
    html: str


def word(letter: Letter, wording: Wording = SHIPPED) -> WordedLetter:
    """Word a letter.

    Raises
    ------
    MailTextInvalid
        A template of the survey cannot be rendered; names kind, language, part and line.
    """
    language = translator(letter.locale, "mail")
    said = {**_context(letter), "_": language}
    subject = _render(letter, "subject", wording.subject, said)
    text = _render(letter, "text", wording.text, said).strip()
    paragraphs = [" ".join(part.split()) for part in _BLANK_LINES.split(text) if part.strip()]
    # The survey's own text may be in a language that the shipped sentences are not in.
    own = wording.text is not None
    direction = translator_direction(letter.locale) if own else language.direction
    html = None
    if wording.html is not None:
        html = Markup(_render(letter, "html", wording.html, said))  # noqa: S704 (autoescaped where rendered)
    frame = {
        **said,
        "text": text,
        "subject": one_line(subject),
        "paragraphs": paragraphs,
        "html": html,
        "direction": direction,
        "language_tag": letter.locale if own or language.language == letter.locale.split("-")[0] else "en",
    }
    return WordedLetter(
        subject=one_line(subject)[:LONGEST_SUBJECT],
        text=_shipped(html=False).get_template("frame.txt.j2").render(frame).strip() + "\n",
        html=_shipped(html=True).get_template("frame.html.j2").render(frame),
    )


def check_wording(letter: Letter, wording: Wording) -> None:
    """Raise `MailTextInvalid` with every problem of a wording before anything is sent by it.

    It is rendered as `letter` is, and once more for somebody of whom neither name nor attributes are known.
    """
    problems: list[Problem] = []
    for part, template in (("subject", wording.subject), ("text", wording.text), ("html", wording.html)):
        longest = LONGEST_SUBJECT if part == "subject" else LONGEST_TEXT
        if template is not None and not template.strip():
            problems.append(
                _problem(letter, part, 1, "It is empty.", "Write it, or leave it out to keep the shipped one.")
            )
        elif template is not None and len(template) > longest:
            problems.append(_problem(letter, part, 1, f"It has {len(template)} characters.", f"Keep to {longest:,}."))
        elif template is not None:
            problems += _trial(letter, part, template)
    if problems:
        raise MailTextInvalid(problems)


def one_line(text: str) -> str:
    """Return text for a header: nothing in it can begin another line, or be decoded into something that does."""
    return " ".join(_CONTROL.sub(" ", text).replace("=?", "= ?").split())


def translator_direction(locale: str) -> str:
    """Return the direction of writing of a language, whether it has a catalogue or not."""
    return Translator(locale, {}).direction


def _trial(letter: Letter, part: str, template: str) -> list[Problem]:
    language = translator(letter.locale, "mail")
    for trial in (letter, replace(letter, name="", attributes={})):
        try:
            _render(trial, part, template, {**_context(trial), "_": language})
        except MailTextInvalid as invalid:
            return list(invalid.problems)
    return []


def _context(letter: Letter) -> dict[str, Any]:
    return {name: getattr(letter, name) for name in _SAID}


_SAID = tuple(field.name for field in fields(Letter))


def _render(letter: Letter, part: str, template: str | None, said: dict[str, Any]) -> str:
    if template is None:
        return _shipped(html=False).get_template(f"{letter.kind}/{part}.txt.j2").render(said)
    try:
        return own_template(template, html=part == "html").render({**said, "_": sentences(said["_"])})
    except TemplateSyntaxError as error:
        reason = error.message or "It cannot be read."
        raise MailTextInvalid(
            _problem(letter, part, error.lineno, _sentence(reason), "Correct the template there.")
        ) from error
    except SecurityError as error:
        raise MailTextInvalid(
            _problem(letter, part, _line(error), _sentence(str(error)), "Use only names, filters and conditions.")
        ) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        known = ", ".join(sorted(said.keys() - {"_", "kind", "locale"}))
        raise MailTextInvalid(
            _problem(
                letter,
                part,
                _line(error),
                _sentence(str(error)),
                f"It may say: {known}; write {{{{ attributes.site|default('') }}}} for what not everybody has.",
            )
        ) from error


def _problem(letter: Letter, part: str, line: int, message: str, fix: str) -> Problem:
    return Problem(message, fix, file=f"{letter.kind}, {letter.locale}, {part}", line=line)


def _line(error: BaseException) -> int:
    """Return the line of the template in which rendering failed."""
    lines = [number for frame, number in walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return lines[-1] if lines else 1


def _sentence(text: str) -> str:
    text = one_line(text)
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


@cache
def _shipped(*, html: bool) -> Environment:
    # Its templates are ours; what a survey writes itself is rendered in the sandbox before it gets here.
    return Environment(
        loader=PackageLoader("servq.mail", "templates"),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 (off for plain text alone)
        trim_blocks=True,
        lstrip_blocks=True,
    )


def starting_wording(letter: Letter) -> Wording:
    """Return the shipped text of a kind in its language, with names to be filled in: to begin one's own from."""
    pattern = replace(
        letter,
        name="{{ name }}",
        organisation="{{ organisation }}",
        title="{{ title }}",
        headline="{{ headline }}",
        detail="{{ detail }}",
    )
    said = {**_context(pattern), "_": translator(letter.locale, "mail")}
    subject, text = (_render(pattern, part, None, said) for part in ("subject", "text"))
    return Wording(subject=one_line(subject), text=text.strip())


def shipped_parts(kind: Kind) -> Wording:
    """Return the shipped templates of a kind, to begin one's own from."""
    loader = PackageLoader("servq.mail", "templates")
    environment = _shipped(html=False)
    subject, text = (loader.get_source(environment, f"{kind}/{part}.txt.j2")[0] for part in ("subject", "text"))
    return Wording(subject=subject.strip(), text=text.strip())
