from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from servq.responses.answers import blank, decode, encode, merge, read_page
from servq.scoring.routing import SkipRules
from servq.surveys.models import SittingMode
from servq.surveys.pages import pages_of
from servq.surveys.routes import open_route
from stateful.factories import STORED, make_instrument

PAGES = pages_of(make_instrument(), SittingMode.ONE_SITTING, comments=True)
ROUTE = open_route(PAGES, SkipRules.of(make_instrument()))
TABLES = arrays(np.int16, st.tuples(st.integers(0, 20), st.integers(1, 60)), elements=st.integers(-3, 1000))


@given(TABLES)
def test_codes_are_read_as_they_were_written(codes: np.ndarray) -> None:
    stored = [encode(row) for row in codes]
    assert all(len(row) == 2 * codes.shape[1] for row in stored)
    np.testing.assert_array_equal(decode(stored, codes.shape[1]), codes)


@given(st.permutations(PAGES), st.integers(0, 2**32 - 1))
def test_the_order_in_which_pages_are_saved_does_not_matter(order: list, seed: int) -> None:
    codes = np.random.default_rng(seed).integers(-3, 101, size=10)
    stored = blank(10)
    for page in order:
        stored = merge(stored, page, encode(codes[page.first : page.first + len(page.columns)]))
    np.testing.assert_array_equal(decode([stored], 10)[0], codes)


def test_the_stored_form_is_two_little_endian_bytes_a_column() -> None:
    assert encode([7, -1, 300]) == b"\x07\x00\xff\xff\x2c\x01"
    assert blank(2) == b"\xfd\xff\xfd\xff"


@given(st.lists(st.sampled_from(["", " ", "1", "7", " 3 ", "+4"]), min_size=4, max_size=4))
def test_every_page_of_points_on_the_scale_is_accepted_unless_it_is_blank(texts: list[str]) -> None:
    page = PAGES[0]
    expected = tuple(int(text) if text.strip() else -1 for text in texts)
    form = dict(zip(page.fields, texts, strict=True))
    if set(expected) != {-1}:
        assert read_page(page, form, ROUTE).codes == expected


def test_fields_of_other_pages_are_not_looked_at() -> None:
    answers = read_page(PAGES[0], {"e01": "7", "p01": "not looked at", "csrf": "x"}, ROUTE)
    assert answers.codes == (7, -1, -1, -1)
    assert len(STORED) == sum(len(page.columns) for page in PAGES)
