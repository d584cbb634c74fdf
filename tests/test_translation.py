"""Messages in the reader's language, numbers as that language writes them."""

from __future__ import annotations

import pytest

from servq.messages import Message
from servq.translation import Translator, translator


def test_a_sentence_without_a_translation_stays_english() -> None:
    assert translator("de").say(Message("Nobody ever says this {n}.", n=3)) == "Nobody ever says this 3."


def test_a_translated_sentence_takes_its_numbers_from_the_message_unrounded() -> None:
    german = Translator("de", {"Gap of {gap:+.2f}.": "Lücke von {gap:+.3f}."})
    assert german.say(Message("Gap of {gap:+.2f}.", gap=-1.23456)) == "Lücke von −1,235."


def test_a_message_inside_a_message_is_translated_too() -> None:
    german = Translator("de", {"{name}: {reading}": "{name} – {reading}", "Rated {x:.1f}.": "Bewertet mit {x:.1f}."})
    said = german.say(Message("{name}: {reading}", name="Empathy", reading=Message("Rated {x:.1f}.", x=5.25)))
    assert said == "Empathy – Bewertet mit 5,2."


def test_plain_text_comes_from_the_data_and_is_left_alone() -> None:
    assert Translator("de", {"Gap": "Lücke"}).say("Gap") == "Gap"


def test_a_language_without_a_catalogue_reads_english_throughout() -> None:
    unknown = translator("tlh")
    assert unknown.locale == "en"
    assert unknown.number(1234.5, 1) == "1,234.5"


@pytest.mark.parametrize(
    ("locale", "number", "share", "count"),
    [
        ("en", "−1,234.50", "46%", "12,345"),
        ("de", "−1.234,50", "46\u00a0%", "12.345"),
        ("de-CH", "−1’234.50", "46%", "12’345"),
    ],
)
def test_numbers_are_written_as_the_language_does(locale: str, number: str, share: str, count: str) -> None:
    t = translator(locale)
    assert (t.number(-1234.5), t.percent(0.456), t.count(12345)) == (number, share, count)


@pytest.mark.parametrize("value", [-0.004, 0.004, 0.0])
def test_a_difference_that_rounds_to_nothing_claims_no_direction(value: float) -> None:
    assert translator("en").number(value, signed=True) == "0.00"
    assert translator("de").percent(value) == "0\u00a0%"


def test_small_p_values_are_bounded_and_not_zero() -> None:
    assert translator("en").p_value(1e-9) == "<\u00a00.001"
    assert translator("de").p_value(0.0234) == "0,023"


def test_words_are_listed_as_the_language_does() -> None:
    assert translator("de").listing(["a", Message("b"), "c"]) == "a, b und c"


def test_a_sequence_inside_a_message_is_listed() -> None:
    assert translator("de")("{names} fehlen.", names=("a", "b")) == "a und b fehlen."


def test_arabic_is_written_from_right_to_left() -> None:
    assert Translator("ar", {}).direction == "rtl"
    assert translator("de").direction == "ltr"
