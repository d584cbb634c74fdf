from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servq.contacts.models import Reason, SuppressionReason
from servq.contacts.policy import Rules, Standing, draw, is_in_sample, refusal, reminder_refusal
from servq.surveys.models import Channel

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
moments = st.integers(-3_000_000, 3_000_000).map(lambda minutes: NOW + timedelta(minutes=minutes))
rules = st.builds(
    Rules,
    rest_days=st.integers(0, 60),
    most_invitations=st.integers(1, 5),
    within_days=st.integers(1, 400),
    reminders_count=st.booleans(),
)


def why(rules: Rules, standing: Standing, **given: object) -> Reason | None:
    usual = {"channel": Channel.EMAIL, "due_at": NOW, "in_sample": True, "quota_full": False}
    return refusal(rules, standing, **{**usual, **given})


def standing(**given: object) -> Standing:
    return Standing(**{"has_address": True, **given})


@given(rules, st.lists(moments, max_size=40))
def test_whatever_is_asked_in_whatever_order_nobody_is_asked_too_often(rules: Rules, asked: list[datetime]) -> None:
    invited: list[datetime] = []
    for moment in asked:
        if why(rules, standing(invited_at=tuple(invited)), due_at=moment) is None:
            invited.append(moment)
    invited.sort()
    rest, within = timedelta(days=rules.rest_days), timedelta(days=rules.within_days)
    assert all(second - first >= rest for first, second in pairwise(invited))
    for first in invited:
        assert sum(first <= moment < first + within for moment in invited) <= rules.most_invitations


@given(rules, st.lists(st.tuples(moments, st.booleans()), max_size=40))
def test_reminders_count_only_where_the_policy_says_so(rules: Rules, asked: list[tuple[datetime, bool]]) -> None:
    invited: list[datetime] = []
    reminded: list[datetime] = []
    for moment, is_reminder in asked:
        known = standing(invited_at=tuple(invited), reminded_at=tuple(reminded))
        if is_reminder:
            if reminder_refusal(rules, known, due_at=moment) is None:
                reminded.append(moment)
        elif why(rules, known, due_at=moment) is None:
            invited.append(moment)
    within = timedelta(days=rules.within_days)
    counted = sorted([*invited, *(reminded if rules.reminders_count else ())])
    for first in counted:
        assert sum(first <= moment < first + within for moment in counted) <= rules.most_invitations
    if not rules.reminders_count:
        assert len(reminded) == sum(is_reminder for _, is_reminder in asked)


def test_the_rest_ends_on_the_minute() -> None:
    known = standing(invited_at=(NOW - 30 * DAY,))
    assert why(Rules(rest_days=30), known) is None
    assert why(Rules(rest_days=30), known, due_at=NOW - timedelta(minutes=1)) is Reason.RESTING
    assert why(Rules(rest_days=30), standing(invited_at=(NOW + 29 * DAY,))) is Reason.RESTING  # planned before


def test_a_crowded_past_that_is_out_of_reach_does_not_count() -> None:
    crowd = tuple(NOW - 400 * DAY + hour * timedelta(hours=1) for hour in range(10))
    assert why(Rules(rest_days=0, most_invitations=2, within_days=365), standing(invited_at=crowd)) is None


@pytest.mark.parametrize(
    ("given", "channel", "expected"),
    [
        ({"invited_in_wave": True}, Channel.EMAIL, Reason.ALREADY_INVITED),
        ({"suppressed": SuppressionReason.OPT_OUT}, Channel.IN_APP, Reason.SUPPRESSED),
        ({"suppressed": SuppressionReason.COMPLAINT}, Channel.EMAIL, Reason.SUPPRESSED),
        ({"suppressed": SuppressionReason.HARD_BOUNCE}, Channel.EMAIL, Reason.SUPPRESSED),
        ({"suppressed": SuppressionReason.HARD_BOUNCE}, Channel.IN_APP, None),
        ({"consent": False}, Channel.EMAIL, Reason.NO_CONSENT),
        ({"consent": None}, Channel.EMAIL, None),
        ({"has_address": False}, Channel.EMAIL, Reason.NO_ADDRESS),
        ({"has_address": False}, Channel.IN_APP, None),
    ],
)
def test_each_thing_that_is_known_of_a_contact_has_its_reason(
    given: dict[str, object], channel: Channel, expected: Reason | None
) -> None:
    assert why(Rules(), standing(**given), channel=channel) is expected


def test_of_several_reasons_the_first_in_the_list_is_told() -> None:
    worst = standing(
        invited_in_wave=True,
        suppressed=SuppressionReason.OPT_OUT,
        consent=False,
        has_address=False,
        invited_at=(NOW,),
    )
    found = []
    for better in (
        {"invited_in_wave": False},
        {"suppressed": None},
        {"consent": True},
        {"has_address": True},
    ):
        found.append(why(Rules(), worst, in_sample=False, quota_full=True))
        worst = Standing(**{name: better.get(name, getattr(worst, name)) for name in Standing.__slots__})
    found.append(why(Rules(), worst, in_sample=False, quota_full=True))
    found.append(why(Rules(), worst, quota_full=True))
    found.append(why(Rules(rest_days=0, most_invitations=1), worst, quota_full=True))
    found.append(why(Rules(), standing(), quota_full=True))
    in_order = [reason for reason in Reason if reason not in (Reason.CLOSED, Reason.CHANNEL_OFF)]
    assert found == in_order


def test_consent_is_needed_where_the_policy_says_so() -> None:
    assert why(Rules(needs_consent=True), standing()) is Reason.NO_CONSENT
    assert why(Rules(needs_consent=True), standing(consent=True)) is None


def test_the_sample_has_its_share_and_is_the_same_each_time() -> None:
    n = 40_000
    for share in (0.0, 0.1, 0.5, 0.9, 1.0):
        members = {number for number in range(n) if is_in_sample(share, survey_id=7, contact_id=number)}
        # within five standard errors; a fair draw is outside once in two million times, and this draw never changes
        assert abs(len(members) - share * n) <= 5 * (n * share * (1 - share)) ** 0.5
    smaller = {number for number in range(n) if is_in_sample(0.1, survey_id=7, contact_id=number)}
    larger = {number for number in range(n) if is_in_sample(0.3, survey_id=7, contact_id=number)}
    assert smaller < larger


def test_the_samples_of_two_surveys_have_nothing_to_do_with_each_other() -> None:
    n = 40_000
    both = sum(
        is_in_sample(0.5, survey_id=1, contact_id=number) and is_in_sample(0.5, survey_id=2, contact_id=number)
        for number in range(n)
    )
    assert abs(both - n / 4) < 5 * (n * 3 / 16) ** 0.5


def test_neighbours_in_the_numbering_are_drawn_evenly() -> None:
    # chi square of 20 bins over consecutive numbers; 43.8 is its 99.9 % point with 19 degrees of freedom
    n, bins = 20_000, [0] * 20
    for number in range(n):
        bins[int(draw("sample", 3, number) * 20)] += 1
    assert sum((count - n / 20) ** 2 / (n / 20) for count in bins) < 43.8


@given(st.integers(1, 2**31 - 1), st.integers(1, 2**31 - 1))
def test_a_draw_is_at_least_nothing_and_less_than_one(survey_id: int, contact_id: int) -> None:
    assert 0 <= draw("sample", survey_id, contact_id) < 1
