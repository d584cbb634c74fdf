"""The way of one respondent through the pages agrees with the rules over many, and never promises too few pages."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from branching import make_branching
from servq.instruments import load_instrument
from servq.scoring import Missing
from servq.scoring.routing import SkipRules
from servq.surveys.models import SittingMode
from servq.surveys.pages import pages_of
from servq.surveys.routes import open_route, whole_route

BRANCHING = make_branching()
RULES = SkipRules.of(BRANCHING)
PAGES = pages_of(BRANCHING, SittingMode.ONE_SITTING, comments=True)
codes_given = st.tuples(
    *(st.sampled_from([*list(BRANCHING.points_of(column))[:3], *map(int, Missing)]) for column in BRANCHING.columns)
)


@given(codes_given)
def test_what_one_respondent_is_asked_agrees_with_the_rules_over_many(codes: tuple[int, ...]) -> None:
    route = whole_route(PAGES, RULES, codes)
    table = np.array([codes], dtype=np.int16)
    asked = RULES.shown(table)[0].tolist()
    assert [route.asks_at(position) for position in range(RULES.n_columns)] == asked
    comments = dict(zip(RULES.comments, RULES.comments_shown(table)[0].tolist(), strict=True))
    assert {comment.id for page in PAGES for comment in route.comments(page)} == {
        comment for comment, is_asked in comments.items() if is_asked
    }


@given(codes_given)
def test_progress_is_exact_or_at_most_and_ends_where_it_said(codes: tuple[int, ...]) -> None:
    route = whole_route(PAGES, RULES, codes)
    last = len(route.asked)
    for number, page in enumerate(route.asked, start=1):
        progress = route.progress(page)
        assert progress.number == number
        assert progress.total == last if progress.is_exact else progress.total >= last
    assert route.progress(route.asked[-1]) == (last, last, True)


@given(codes_given)
def test_pages_behind_and_in_front_are_each_others_neighbours(codes: tuple[int, ...]) -> None:
    route = whole_route(PAGES, RULES, codes)
    for page in route.asked:
        following = route.after(page)
        assert following is None or route.before(following) is page


def test_everything_may_be_asked_of_somebody_who_has_answered_nothing() -> None:
    route = open_route(PAGES, RULES)
    assert route.asked == PAGES
    assert route.count_columns(PAGES) == (len(BRANCHING.columns), len(BRANCHING.columns) - 2)


def test_batteries_of_one_page_stand_on_it_and_every_other_has_its_own() -> None:
    on_pages = [[block.battery_id for block in page.blocks] for page in PAGES]
    assert on_pages == [
        ["profile"],
        ["minimum", "perceived"],
        ["recovery"],
        ["importance", "ranking"],
        ["checked"],
        [],
    ]
    assert [comment.id for comment in PAGES[4].comments] == ["when", "at", "minutes"]
    assert [comment.id for comment in PAGES[5].comments] == ["what_failed", "anything"]


def test_comments_leave_a_last_page_that_is_not_asked_of_everybody() -> None:
    instrument = load_instrument("e-recs-qual")
    pages = pages_of(instrument, SittingMode.ONE_SITTING, comments=True)
    assert pages[-1].blocks == ()
    assert [comment.id for comment in pages[-1].comments] == [comment.id for comment in instrument.definition.comments]


def test_a_survey_without_comments_still_asks_for_what_is_required() -> None:
    pages = pages_of(BRANCHING, SittingMode.ONE_SITTING, comments=False)
    assert [comment.id for page in pages for comment in page.comments] == ["when", "what_failed"]
