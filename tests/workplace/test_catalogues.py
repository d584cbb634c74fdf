"""Every sentence of the workplace is there in every language in which it is written."""

from __future__ import annotations

import string

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from servq.translation import LOCALES_FOLDER, translator
from servq.web.manage.languages import WORKPLACE_LOCALES
from workplace.wording import domains, said_in

LANGUAGES = tuple(locale for locale in WORKPLACE_LOCALES if locale != "en")
CLOSED = ("people", "workplace")
"""Catalogues that hold nothing but what is said by the pages of their own folder."""


def names_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_the_pages_say_something_in_every_catalogue() -> None:
    assert {"people", "workplace"} <= set(domains())
    assert len(said_in("people")[0]) > 100


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", domains())
def test_every_sentence_is_translated_with_the_same_names_in_it(domain: str, language: str) -> None:
    plain, counted = said_in(domain)
    known = translator(language, domain)
    missing = sorted(plain - known.entries.keys()) + sorted(counted - known.plurals.keys())
    assert missing == [], f"add to locales/{language}/LC_MESSAGES/{domain}.po"
    for english in plain:
        assert names_of(english) == names_of(known.entries[english]), english
    n_forms = {"de": 2, "ar": 6}[language]
    for english in counted:
        assert len(known.plurals[english]) == n_forms, english


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", CLOSED)
def test_a_catalogue_holds_nothing_that_nobody_says(domain: str, language: str) -> None:
    plain, counted = said_in(domain)
    with (LOCALES_FOLDER / language / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        ids = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in read_po(file) if entry.id}
    assert sorted(ids - plain - counted) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_languages_are_known_to_babel(language: str) -> None:
    assert Locale.parse(language).language == language
