"""Identity, patterns, shares, texts and the size of the script: what needs no database."""

from __future__ import annotations

import ast
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import servq
from servq.errors import SignatureInvalid
from servq.translation import LOCALES_FOLDER, translator
from servq.web.widget.script import WIDGET_SCRIPT
from servq.widgets.identity import check_signature, signature_of
from servq.widgets.matching import fits_page, is_lot_chosen, is_person_chosen

PACKAGE = Path(servq.__file__).parent
LANGUAGES = ("ar", "de", "es", "fr", "hi")
MOST_BYTES = 6 * 1000


def test_the_script_is_at_most_6_kb_compressed_however_it_is_asked_for() -> None:
    assert len(WIDGET_SCRIPT.brotli) <= MOST_BYTES
    assert len(WIDGET_SCRIPT.gzip) <= MOST_BYTES


def test_the_script_uses_no_cookie_no_frame_and_no_markup_in_texts() -> None:
    text = WIDGET_SCRIPT.plain.decode()
    for word in ("cookie", "iframe", "innerHTML", "eval(", "document.write", 'setAttribute("style"', "sessionStorage"):
        assert word not in text


def test_a_signature_is_a_plain_hmac_over_lines_that_any_language_can_write() -> None:
    lines = "C-1\nname=Zoë\nplan=pro"
    expected = hmac.new(b"secret", lines.encode(), hashlib.sha256).hexdigest()
    assert signature_of("secret", "C-1", {"plan": "pro", "name": "Zoë"}) == expected
    check_signature("secret", "C-1", {"plan": "pro", "name": "Zoë"}, expected.upper())


@pytest.mark.parametrize(
    ("user", "attributes"),
    [("C-1\nplan=pro", {}), ("C-1", {"plan=pro\nx": "y"}), ("C-1", {"a": "b\nplan=pro"}), ("C-1", {"a=b": "c"})],
)
def test_what_could_be_read_in_two_ways_is_never_signed(user: str, attributes: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        signature_of("secret", user, attributes)


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ([], "/anything", True),
        (["/"], "/", True),
        (["/"], "/a", False),
        (["/orders/*"], "/orders/", True),
        (["/orders/*"], "/orders", False),
        (["*/done"], "/a/b/done", True),
        (["/a/*/c"], "/a/b/c", True),
        (["/a/*/c"], "/a/c", False),
        (["/a*a"], "/a", False),
        (["/x", "/y*"], "/yes", True),
        (["/a.b"], "/axb", False),
    ],
)
def test_a_star_stands_for_any_text(patterns: list[str], path: str, expected: bool) -> None:  # noqa: FBT001 (a case)
    assert fits_page(patterns, path) is expected


@given(st.lists(st.sampled_from("ab*"), max_size=12), st.text("ab", max_size=12))
def test_patterns_agree_with_fnmatch(pattern: list[str], path: str) -> None:
    from fnmatch import fnmatchcase

    assert fits_page(["".join(pattern) or "x"], path) is fnmatchcase(path, "".join(pattern) or "x")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.999, 1.0])
def test_a_share_of_browsers_is_that_share_of_all_lots_to_one_in_a_thousand(share: float) -> None:
    for rule in (1, 2, 77):
        chosen = sum(is_lot_chosen(share, rule_id=rule, lot=lot) for lot in range(1000))
        assert abs(chosen - 1000 * share) <= 1


def test_a_larger_share_keeps_everybody_whom_a_smaller_one_had() -> None:
    people = [f"C-{number}" for number in range(2000)]
    few = {user for user in people if is_person_chosen(0.1, rule_id=3, user=user)}
    many = {user for user in people if is_person_chosen(0.4, rule_id=3, user=user)}
    assert few < many
    assert 140 < len(few) < 260


def said() -> Iterator[str]:
    paths = [*(PACKAGE / "web" / "widget").glob("*.py"), *(PACKAGE / "web" / "kiosk").glob("*.py")]
    for path in (*paths, PACKAGE / "reporting" / "posters.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                yield ast.literal_eval(node.args[0])


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_widget_kiosk_and_poster_say_is_translated_and_nothing_else(language: str) -> None:
    entries = translator(language, "widget").entries
    assert set(said()) == set(entries)
    assert len(entries) > 25
    assert [text for text, told in entries.items() if text.count("{") != told.count("{")] == []


def test_every_language_of_the_pages_has_the_texts_of_the_widget() -> None:
    pages = {path.parent.parent.name for path in LOCALES_FOLDER.glob("*/LC_MESSAGES/web.po")}
    assert pages == set(LANGUAGES)
