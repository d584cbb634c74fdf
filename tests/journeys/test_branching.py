"""Respondents whose pages hang on what they answer.

1. A page on which nothing is asked is passed over; progress says how many pages there are at most.
2. Who goes back and answers differently hides answers, which come back when the answer comes back.
3. Fields that must be filled in are asked for kindly; nobody is kept from going back.
4. Without consent nothing is stored.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from branching import make_branching
from journeys.bot import Bot
from servq.responses.extraction import extract_answers
from servq.scoring import Missing
from servq.surveys.models import Survey
from stateful.factories import make_open_link, make_personal_link, make_survey, stored

pytestmark = pytest.mark.anyio

MakeBot = Callable[..., Bot]
Sessions = async_sessionmaker[AsyncSession]

PROBLEM = {"problem": "1", "told": "1"}
NO_PROBLEM = {"problem": "2", "told": "2"}
COLUMNS = {"m1": "2", "p1": "4", "m2": "3", "p2": "5"}
SHARES = {"w_fast": "60", "w_kind": "40", "most": "1", "least": "2"}
HIDDEN = int(Missing.NOT_SHOWN)


async def codes(sessions: Sessions, survey: Survey) -> dict[str, int]:
    async with sessions() as session:
        answers = await extract_answers(session, survey.id)
    (row,) = answers.codes.tolist()
    return dict(zip(map(survey_name(answers), answers.columns), row, strict=True))


def survey_name(answers: object) -> Callable[..., str]:
    return answers.instrument.column_name


@pytest.fixture
async def survey(sessions: Sessions) -> Survey:
    return await make_survey(sessions, instrument=make_branching())


LAST = {"comment_when": "2026-02-28"}


async def test_who_had_no_problem_is_not_asked_about_it(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = bot(await make_personal_link(sessions, survey))
    assert "up to 14 questions" in (await person.open()).text
    assert "Page 1 of up to 6" in (await person.follow("Start")).text
    columns = await person.send(NO_PROBLEM)
    assert "Page 2 of up to 5" in columns.text
    assert set(columns.offered) == {"m1", "m2", "p1", "p2"}
    shares = await person.send(COLUMNS)
    assert "Page 3 of 4" in shares.text
    assert "why_told" not in shares.offered
    last = await person.send(SHARES)
    assert {"comment_when", "comment_at", "comment_minutes"} <= last.fields.keys()
    assert "Send my answers" in last.text
    end = await person.send({**LAST, "comment_at": "09:05", "comment_minutes": "3,5"})
    assert "Your answers are saved" in end.text
    (response,) = await stored(sessions)
    assert response.texts == {"when": "2026-02-28", "at": "09:05", "minutes": "3.5"}
    assert response.submitted_at is not None
    found = await codes(sessions, survey)
    assert (found["r3"], found["why_told"]) == (HIDDEN, HIDDEN)


async def test_who_had_a_problem_is_asked_about_it(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    assert "Page 2 of 6" in (await person.send(PROBLEM)).text
    recovery = await person.send({**COLUMNS, "p1": "1"})
    assert recovery.offered.keys() == {"r3"}
    shares = await person.send({"r3": "2"})
    assert "why_told" in shares.offered
    await person.send({**SHARES, "most": "1", "least": "", "why_told": "2"})
    last = await person.send(LAST)
    assert "A few last questions" in last.text
    assert {"comment_what_failed", "comment_anything"} <= last.fields.keys()
    lacking = await person.send({"comment_anything": "All well now."})
    assert lacking.status == 422
    assert "Question what_failed: This is needed. Please fill it in." in lacking.text
    end = await person.send({"comment_what_failed": "The wait."})
    assert "Your answers are saved" in end.text
    (response,) = await stored(sessions)
    assert response.texts == {"when": "2026-02-28", "what_failed": "The wait.", "anything": "All well now."}


async def test_a_date_a_time_and_a_number_must_be_ones(survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=5")
    faulty = await person.send({"comment_when": "28.2.2026", "comment_at": "25:00", "comment_minutes": "few"})
    assert faulty.status == 422
    for said in ("Enter a date such as", "Enter a time such as", "Enter a number such as"):
        assert said in faulty.text
    assert (await person.send({"comment_when": "2026-02-30", "comment_at": "", "comment_minutes": ""})).status == 422


async def test_answers_that_are_hidden_later_are_kept_until_they_are_asked_again(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(PROBLEM)
    await person.send(COLUMNS)
    await person.send({"r3": "4"})
    await person.send({"w_fast": "60", "w_kind": "40", "most": "1", "why_told": "2"})
    assert (await codes(sessions, survey))["r3"] == 4
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    found = await codes(sessions, survey)
    assert (found["r3"], found["why_told"]) == (HIDDEN, HIDDEN)
    await person.open("?page=4")
    assert "why_told" not in person.page.offered
    await person.send({"most": "2"})
    await person.open("?page=1")
    await person.send(PROBLEM)
    found = await codes(sessions, survey)
    assert (found["r3"], found["why_told"], found["most"]) == (4, 2, 2)


async def test_a_page_that_is_not_asked_cannot_be_opened_by_its_address(survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    shown = await person.open("?page=3")
    assert "r3" not in shown.offered


async def test_an_answer_to_what_is_not_asked_is_not_taken(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    await person.post(f"{person.url.split('?')[0]}?page=4", {**SHARES, "why_told": "1", "do": "next"})
    (response,) = await stored(sessions)
    assert (await codes(sessions, survey))["why_told"] == HIDDEN
    assert response.answers[22:24] == HIDDEN.to_bytes(2, "little", signed=True)


async def test_a_dimension_cannot_be_both_the_most_and_the_least_important(survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    await person.send(COLUMNS)
    twice = await person.send({**SHARES, "least": "1"})
    assert twice.status == 422
    assert "What matters least? You have chosen this above already." in twice.text
    assert twice.fields["w_fast"] == "60"
    assert "Page 4 of 4" in (await person.send({"least": "2"})).text


async def test_an_option_that_is_not_offered_is_refused(survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    refused = await person.post(f"{person.url.split('?')[0]}?page=1", {"problem": "3", "told": "1", "do": "next"})
    assert refused.status == 422
    assert "This form could not be read" in refused.text


async def test_blank_choices_of_a_required_page_are_asked_for_and_may_stay_blank(survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    asked = await person.send({"problem": "2"})
    assert asked.status == 422
    assert "Did you tell us? No answer yet." in asked.text
    assert "Page 2 of up to 5" in (await person.send(do="skip")).text


async def test_points_typed_with_arabic_digits_are_understood(sessions: Sessions, survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    await person.send(COLUMNS)
    await person.send({**SHARES, "w_fast": "٧٠", "w_kind": "३०"})
    found = await codes(sessions, survey)
    assert (found["w_fast"], found["w_kind"]) == (70, 30)


async def test_going_back_is_not_held_up_by_what_is_needed_but_the_page_is_not_done(
    sessions: Sessions, survey: Survey, bot: MakeBot
) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    await person.send(COLUMNS)
    await person.send(SHARES)
    back = await person.send({"comment_minutes": "4"}, do="back")
    assert "Title of importance" in back.text
    (response,) = await stored(sessions)
    assert response.texts == {"minutes": "4"}
    assert response.pages_done == 0b001011
    last = await person.send()
    assert last.fields["comment_minutes"] == "4"
    assert (await person.send({"comment_when": ""})).status == 422


async def test_items_of_several_batteries_stand_together_with_the_name_of_each(survey: Survey, bot: MakeBot) -> None:
    person = bot(make_open_link(survey))
    await person.open("?page=1")
    await person.send(NO_PROBLEM)
    page = person.page
    assert list(page.offered) == ["m1", "p1", "m2", "p2"]
    assert page.offered["p1"] == ["1", "2", "3", "4", "5", "na"]
    assert page.text.count("Wording of fast_1.") == 1
    missing = await person.send({"m1": "1", "m2": "1", "p2": "2"})
    assert "Statement 1, perceived: No answer yet." in missing.text


class TestWithConsent:
    @pytest.fixture
    async def survey(self, sessions: Sessions) -> Survey:
        return await make_survey(sessions, instrument=make_branching(consent="I agree to take part."))

    async def test_nothing_is_shown_or_stored_before_the_box_is_ticked(
        self, sessions: Sessions, survey: Survey, bot: MakeBot
    ) -> None:
        person = bot(await make_personal_link(sessions, survey))
        welcome = await person.open()
        assert "I agree to take part." in welcome.text
        again = await person.open("?page=1&lang=en")
        assert "Without your agreement nothing is stored." in again.text
        assert not again.offered.get("problem")
        refused = await person.post(f"{person.url.split('?')[0]}?page=1", {**NO_PROBLEM, "do": "next"})
        assert refused.status == 422
        assert "Without your agreement nothing is stored." in refused.text
        assert await stored(sessions) == []

    async def test_who_ticks_the_box_goes_on_and_is_not_asked_again(
        self, sessions: Sessions, survey: Survey, bot: MakeBot
    ) -> None:
        person = bot(await make_personal_link(sessions, survey))
        await person.open("?page=1&lang=en&consent=1")
        assert person.page.offered.keys() == {"problem", "told"}
        faulty = await person.send({"problem": "1"})
        assert faulty.status == 422
        assert "Page 2 of 6" in (await person.send({"told": "1"})).text
        assert len(await stored(sessions)) == 1
        resumed = await person.open(person.url.split("?")[0])
        assert "Welcome back" in resumed.text
        assert "I agree" not in resumed.text
