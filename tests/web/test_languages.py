from __future__ import annotations

import pytest

from servq.web.answer.languages import choose_locale


@pytest.mark.parametrize(
    ("asked", "stored", "accepted", "chosen"),
    [
        ("", None, "", "en"),
        ("de", "fr", "fr", "de"),
        ("DE_at", None, "", "de"),
        ("", "fr", "de", "fr"),
        ("", None, "de-CH,de;q=0.9,en;q=0.1", "de"),
        ("", None, "en;q=0.1,fr;q=0.5", "fr"),
        ("", None, "de;q=0,fr", "fr"),
        ("", None, "pt", "pt-BR"),
        ("", None, "pt-PT", "pt-BR"),
        ("xx", None, "*", "en"),
        ("", None, "de;q=much", "en"),
        ("<script>", None, ";;;,,,q=", "en"),
    ],
)
def test_the_language_is_chosen_from_the_address_the_stored_answers_and_the_browser_in_this_order(
    asked: str, stored: str | None, accepted: str, chosen: str
) -> None:
    assert choose_locale(("en", "de", "fr", "pt-BR"), asked=asked, stored=stored, accepted=accepted) == chosen
