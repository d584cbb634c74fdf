"""A survey as one respondent reads it: its texts in one language and what every page shares; pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from servq.instruments.model import Texts
from servq.surveys.launched import LaunchedSurvey
from servq.surveys.places import PLACE
from servq.translation import Translator, translator
from servq.web.answer.views import Frame, Language
from servq.web.assets import STYLESHEET


@dataclass(frozen=True)
class Edition:
    """One survey in one language, at one site if the link names one; `place` is the signed text that does, if any.

    `is_trial` for whoever only tries it out.
    """

    survey: LaunchedSurvey
    locale: str
    site: str = ""
    is_open: bool = False
    place: str = ""
    is_trial: bool = False

    @cached_property
    def key(self) -> tuple[object, ...]:
        """What pages kept for everybody depend on besides their own content."""
        return self.carried, self.survey.key, self.is_trial

    @cached_property
    def texts(self) -> Texts:
        """Texts of the instrument in this language."""
        return self.survey.instrument.texts_in(self.locale)

    @cached_property
    def say(self) -> Translator:
        """Texts of the interface in this language."""
        return translator(self.locale, "web")

    @cached_property
    def consent(self) -> str:
        """What must be agreed to before the first item, in this language or in the survey's own; "" for nothing."""
        own = self.survey.instrument.texts_in(self.survey.locale)
        return self.fill(self.texts.consent) or own.fill(own.consent, self.survey.placeholders)

    @cached_property
    def carried(self) -> str:
        """What every address within the sitting carries on."""
        return f"&lang={quote(self.locale)}{self._where}"

    @cached_property
    def _where(self) -> str:
        if self.place:
            return f"&{PLACE}={quote(self.place)}"
        return f"&site={quote(self.site)}" if self.site else ""

    @cached_property
    def frame(self) -> Frame:
        """What every page of this edition shares."""
        return Frame(
            title=self.fill(self.texts.title),
            organisation=self.survey.organisation,
            language=language(self.locale),
            languages=tuple(language(locale) for locale in self.survey.locales),
            stylesheet=STYLESHEET.path,
            carried=self.carried,
            site=self._where,
            site_name=self.site,
            is_trial=self.is_trial,
        )

    def fill(self, template: str) -> str:
        """Fill the placeholders of a text."""
        return self.texts.fill(template, self.survey.placeholders)


def language(locale: str) -> Language:
    """Describe a language by its own name and direction of writing."""
    from babel import Locale

    name = Locale.parse(locale.replace("-", "_")).get_display_name(locale.replace("-", "_")) or locale
    return Language(code=locale, name=name[:1].upper() + name[1:], direction=translator(locale, "web").direction)
