"""Says a `Message` again in the reader's language, with numbers as that language writes them.

Catalogues are gettext files under ``locales/<language>/LC_MESSAGES/<domain>.po``, keyed by the English template. A
sentence without a translation stays English. Numbers inside a sentence follow the format specification of its
template and come from the unrounded parameters; only the signs that separate digits differ between languages. In a
language written from right to left, numbers with signs and words in Latin letters stand in directional isolates: a
renderer would otherwise put the sign behind its number, and the full stop of a name in front of it.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from gettext import c2py
from numbers import Integral, Real
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from servq.messages import Message

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LOCALES_FOLDER = Path(__file__).resolve().parent / "locales"
MINUS = "−"
NO_BREAK_SPACE = "\u00a0"
SMALLEST_P = 0.001
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_ISOLATE_LEFT_TO_RIGHT, _ISOLATE_RIGHT_TO_LEFT, _ISOLATE_BY_FIRST_LETTER = "\u2066", "\u2067", "\u2068"
_END_OF_ISOLATE = "\u2069"


class _Symbols(NamedTuple):
    """How a language writes numbers."""

    decimal: str
    group: str
    percent: str  # what follows the digits, with its space if there is one


def is_right_to_left(text: str) -> bool:
    """Whether a text holds letters that are written from right to left."""
    return any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in text)


def _needs_no_isolate(written: str) -> bool:
    return written[:1].isdigit() and written[-1:].isdigit() and written.replace(",", "").replace(".", "").isdigit()


def _is_latin_or_digit(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def line_isolated(text: str) -> str:
    """Make a line that holds letters from right to left run that way wherever it stands."""
    return f"{_ISOLATE_RIGHT_TO_LEFT}{text}{_END_OF_ISOLATE}" if is_right_to_left(text) else text


class Translator:
    """One language and one catalogue.

    Parameters
    ----------
    locale
        As written by the caller: ``de``, ``de-AT``, ``de_AT``.
    entries
        English template → translated template.
    plurals
        English template for one → translated templates, one for each plural form.
    plural_form
        Which of these a number takes.
    """

    def __init__(
        self,
        locale: str,
        entries: Mapping[str, str],
        plurals: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        plural_form: Callable[[int], int] = lambda n: int(n != 1),
    ) -> None:
        self.locale = locale.replace("_", "-")
        self.language = self.locale.split("-")[0].lower()
        self.entries = entries
        self.plurals = plurals
        self.plural_form = plural_form
        self._symbols = _symbols(self.locale)
        self._formatter = _SentenceFormatter(self)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Direction of writing, for the ``dir`` attribute of a page."""
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"

    def __call__(self, template: str, /, **params: object) -> str:
        """Translate a template and fill it in; for sentences that a page writes itself."""
        return self._formatter.vformat(self.entries.get(template, template), (), params)

    def counted(self, one: str, other: str, n: int, /, **params: object) -> str:
        """Translate what is said of a number of things, in the form that the number takes, and fill it in."""
        forms = self.plurals.get(one, (one, other))
        form = self.plural_form(n) if one in self.plurals else int(n != 1)
        return self._formatter.vformat(forms[form], (), {"n": n, **params})

    def say(self, text: str) -> str:
        """Translate a `Message`; any other text is already in the reader's language and stays as it is."""
        if not isinstance(text, Message):
            return text
        template = self.entries.get(text.template, text.template)
        return self._formatter.vformat(template, (), text.params) if text.params else template

    def formatted(self, value: Real | float, spec: str) -> str:
        """Format a number by a format specification and write it as this language does."""
        return self.number_isolated(self._written(value, spec))

    def _written(self, value: Real | float, spec: str) -> str:
        digits = format(value, spec)
        symbols = self._symbols
        marks = {".": symbols.decimal, ",": symbols.group, "-": MINUS, "%": symbols.percent}
        return "".join(marks.get(sign, sign) for sign in digits)

    def number_isolated(self, written: str) -> str:
        """Keep a number and its signs, as in ``−0.4``, ``95%`` or ``< 0.001``, whole inside text from right to left."""
        if self.direction == "ltr" or _needs_no_isolate(written):
            return written
        # unbroken: in a new line the sign would have lost its isolate
        return f"{_ISOLATE_LEFT_TO_RIGHT}{written.replace(' ', NO_BREAK_SPACE)}{_END_OF_ISOLATE}"

    def words_isolated(self, words: str) -> str:
        """Keep names in Latin letters, dates and the signs at their ends together inside text from right to left."""
        if self.direction == "ltr" or _needs_no_isolate(words) or not any(map(_is_latin_or_digit, words)):
            return words
        return f"{_ISOLATE_BY_FIRST_LETTER}{words}{_END_OF_ISOLATE}"

    def number(self, value: float, decimals: int = 2, *, signed: bool = False) -> str:
        """Write a number with fixed decimals; `signed` puts a plus before positive ones."""
        written = self._written(value, f"{'+' if signed else ''},.{decimals}f")
        zero = self._written(0.0, f".{decimals}f")
        # A tiny difference must not read as "−0.00" or "+0.00": the sign would claim a direction.
        return self.number_isolated(zero if written[1:] == zero and written[0] in "+" + MINUS else written)

    def count(self, value: int) -> str:
        """Write a count with its thousands separated."""
        return self.formatted(value, ",d")

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share of 1 as per cent."""
        return self.formatted(0.0 if abs(share) * 100 < 0.5 * 10**-decimals else share, f".{decimals}%")

    def p_value(self, p: float) -> str:
        """Write a p-value with three decimals, or as below the smallest of them."""
        if p < SMALLEST_P:
            return self.number_isolated(f"<{NO_BREAK_SPACE}{self._written(SMALLEST_P, '.3f')}")
        return self.formatted(p, ".3f")

    def listing(self, parts: Sequence[str]) -> str:
        """Join words as the language does: ``a, b and c``."""
        from babel.lists import format_list

        return format_list([self.say(part) for part in parts], style="standard", locale=_babel_locale(self.locale))

    def period(self, first: date, last: date, *, in_months: bool = False) -> str:
        """Write a time from its first to its last day (or month), with what both share said once."""
        from babel.dates import format_interval

        skeleton = "yMMMM" if in_months else "yMMMd"
        return str(format_interval(first, last, skeleton, locale=_babel_locale(self.locale)))


class _SentenceFormatter(string.Formatter):
    """``str.format`` with numbers in the reader's format and nested messages translated."""

    def __init__(self, translator: Translator) -> None:
        self._translator = translator

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            said = self._translator.say(value)
            return format(said if isinstance(value, Message) else self._translator.words_isolated(said), format_spec)
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, Real):
            default = "d" if isinstance(value, Integral) else ".2f"
            return self._translator.formatted(value, format_spec or default)
        if isinstance(value, tuple | list):
            return self._translator.listing(value)
        return format(value, format_spec)


@cache
def languages_of(domain: str) -> tuple[str, ...]:
    """Languages that have a catalogue of a domain, English included."""
    found = {path.parents[1].name for path in LOCALES_FOLDER.glob(f"*/LC_MESSAGES/{domain}.po")}
    return tuple(sorted({"en", *found}))


def translator(locale: str, domain: str = "report") -> Translator:
    """Return the translator for a locale; a language without a catalogue reads English.

    Parameters
    ----------
    locale
        Language tag, ``de`` or ``de-AT``.
    domain
        Name of the catalogue: ``report`` or ``web``.
    """
    language = locale.replace("_", "-").split("-")[0].lower()
    path = LOCALES_FOLDER / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.is_file():
        return Translator(locale if language == "en" else "en", MappingProxyType({}))
    catalogue = _catalogue(path)
    entries: dict[str, str] = {}
    plurals: dict[str, tuple[str, ...]] = {}
    for entry in catalogue:
        if entry.fuzzy or not entry.id or not entry.string:
            continue
        if isinstance(entry.id, str):
            entries[entry.id] = str(entry.string)
        elif all(entry.string):
            plurals[entry.id[0]] = tuple(entry.string)
    return Translator(locale, MappingProxyType(entries), MappingProxyType(plurals), c2py(catalogue.plural_expr))


def _catalogue(path: Path) -> Catalog:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return read_po(file)


@cache
def _symbols(locale: str) -> _Symbols:
    from babel import Locale

    data = Locale.parse(_babel_locale(locale))
    signs = data.number_symbols["latn"]
    pattern = data.percent_formats[None].pattern
    return _Symbols(
        decimal=signs["decimal"],
        group=signs["group"],
        percent=pattern[pattern.rindex("0") + 1 :] if pattern.rstrip("\u200e\u200f").endswith("%") else "%",
    )


def _babel_locale(locale: str) -> str:
    from babel import Locale
    from babel.core import UnknownLocaleError

    language = locale.split("-", maxsplit=1)[0]
    for candidate in (locale.replace("-", "_"), language):
        try:
            return str(Locale.parse(candidate))
        except (UnknownLocaleError, ValueError):
            continue
    return "en"
