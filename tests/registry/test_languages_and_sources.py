"""Languages of the shipped instruments, and what their source notes tell."""

from __future__ import annotations

import re

import pytest

from servq.instruments import instrument_ids, load_instrument
from servq.instruments.sources import SOURCE_FILE
from servq.locations import instruments_folder

SIX_LANGUAGES = {"servqual", "servperf", "nps", "nps-transactional", "csat", "csat-transactional", "ces"}
OTHERS = [each for each in instrument_ids() if not each.startswith("gaps-")]
"""Every instrument that is not part of the gaps study, whose notes have an order of their own."""

SCRIPTS = {"hi": "[\u0900-\u097f]", "ar": "[\u0600-\u06ff]"}


def source_of(instrument_id: str) -> str:
    return (instruments_folder() / instrument_id / SOURCE_FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize("instrument_id", sorted(instrument_ids()))
def test_every_instrument_speaks_english_and_german_and_five_of_them_six_languages(instrument_id: str) -> None:
    locales = load_instrument(instrument_id).definition.locales
    assert locales[:2] == ("en", "de")
    if instrument_id in SIX_LANGUAGES:
        assert locales == ("en", "de", "es", "fr", "hi", "ar")


@pytest.mark.parametrize("instrument_id", sorted(SIX_LANGUAGES))
def test_translations_are_marked_as_unvalidated_and_are_written_in_their_script(instrument_id: str) -> None:
    instrument = load_instrument(instrument_id)
    english = instrument.texts["en"]
    for locale in ("es", "fr", "hi", "ar"):
        texts = instrument.texts[locale]
        assert texts.validated is False
        written = (instruments_folder() / instrument_id / f"text.{locale}.yaml").read_text(encoding="utf-8")
        assert "validated: false" in written
        for item_id, by_battery in texts.items.items():
            for battery, wording in by_battery.items():
                assert wording != english.items[item_id][battery]
                assert re.search(SCRIPTS.get(locale, "[a-zñáéíóúçèêàû]"), wording)


@pytest.mark.parametrize("instrument_id", OTHERS)
def test_source_note_cites_tells_of_rights_and_wording_and_says_what_was_read(instrument_id: str) -> None:
    note = source_of(instrument_id)
    for heading in ("Citation", "Rights", "Wording", "What servq follows", "Evidence"):
        assert f"\n## {heading}\n" in note, heading


@pytest.mark.parametrize("instrument_id", OTHERS)
def test_source_note_says_what_each_item_measures(instrument_id: str) -> None:
    note = source_of(instrument_id)
    for item in load_instrument(instrument_id).definition.items:
        assert re.search(rf"^\| {item.number} \| `{item.id}` \|", note, re.MULTILINE), item.id


@pytest.mark.parametrize(
    ("instrument_id", "told"),
    [
        ("servperf", "four dimensions"),
        ("e-s-qual", "Textbooks that list five or"),
        ("hedperf", "list seven"),
        ("ces", '"a low CES is good"'),
        ("rater", "Not SERVQUAL"),
        ("servqual-1994", "Many books keep printing 22 items"),
    ],
)
def test_source_note_tells_where_textbooks_differ(instrument_id: str, told: str) -> None:
    assert told in " ".join(source_of(instrument_id).split())
