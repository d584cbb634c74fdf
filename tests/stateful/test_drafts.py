"""Drafts of instruments: written together without loss, published for good, found by surveys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from servq.accounts.models import Account, AuditEntry, Role
from servq.accounts.viewer import Viewer
from servq.drafts import editing, parts, service
from servq.drafts.content import Content, Value, copied, ids_in, values_of
from servq.drafts.models import PublishedInstrument
from servq.drafts.starting import blank_content, copied_content
from servq.errors import AlreadyExists, InstrumentInvalid, InstrumentUnknown, PayloadTooLarge, RequestInvalid
from servq.instruments import load_instrument, revision_of
from servq.surveys.service import NewSurvey, create_survey, launch_survey

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
ITEM = "definition/items/tan_1"
WORDING = "texts/en/items/tan_1/perception"


@pytest.fixture
async def session(sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[AsyncSession]:
    async with sessions() as opened, opened.begin():
        yield opened


async def viewer(session: AsyncSession, name: str) -> Viewer:
    account = Account(email=f"{name}@example.org", name=name.title(), role=Role.RESEARCHER, created_at=NOW)
    session.add(account)
    await session.flush()
    return Viewer(account.id, account.email, account.name, Role.RESEARCHER, "en", "UTC", None, frozenset())


async def copy_of_servqual(session: AsyncSession, by: Viewer, instrument_id: str = "hotel") -> int:
    origin = load_instrument("servqual")
    content = copied_content(origin, instrument_id, f"Guests of {instrument_id}")
    return await editing.create_draft(session, by, content, origin=origin, now=NOW)


async def save(
    session: AsyncSession, by: Viewer, draft: int, values: dict[str, Value], *, opened: int, sheet: str
) -> editing.Saved:
    return await editing.save_values(session, by, draft, lambda _: values, opened=opened, sheet=sheet, now=NOW)


async def value(session: AsyncSession, draft: int, path: str) -> Value:
    return values_of((await editing.get_draft(session, draft)).content).get(path)


async def test_two_people_change_different_values_and_both_stay(session: AsyncSession) -> None:
    ada, ben = await viewer(session, "ada"), await viewer(session, "ben")
    draft = await copy_of_servqual(session, ada)
    await save(session, ada, draft, {WORDING: "A", f"{ITEM}/reversed": None}, opened=1, sheet="sheet-of-ada")
    saved = await save(
        session,
        ben,
        draft,
        {WORDING: "The equipment of {organisation} looks modern.", f"{ITEM}/reversed": True},
        opened=1,
        sheet="sheet-of-ben",
    )
    assert saved.clashes == ()
    assert await value(session, draft, WORDING) == "A"
    assert await value(session, draft, f"{ITEM}/reversed") is True


async def test_the_same_value_changed_by_two_people_waits_for_a_decision(session: AsyncSession) -> None:
    ada, ben = await viewer(session, "ada"), await viewer(session, "ben")
    draft = await copy_of_servqual(session, ada)
    await save(session, ada, draft, {WORDING: "Ada's words."}, opened=1, sheet="sheet-of-ada")
    saved = await save(session, ben, draft, {WORDING: "Ben's words."}, opened=1, sheet="sheet-of-ben")
    assert [clash.path for clash in saved.clashes] == [WORDING]
    assert await value(session, draft, WORDING) == "Ada's words."
    (undecided,) = await editing.list_undecided(session, ben, draft)
    assert (undecided.clash.mine, undecided.clash.theirs, undecided.other) == ("Ben's words.", "Ada's words.", "Ada")
    assert undecided.clash.base == "The equipment of {organisation} looks modern."
    assert await editing.list_undecided(session, ada, draft) == []
    await editing.settle(session, ben, draft, mine={WORDING: "Words of both."}, theirs=[], sheet="deciding", now=NOW)
    assert await value(session, draft, WORDING) == "Words of both."
    assert await editing.list_undecided(session, ben, draft) == []


async def test_a_page_that_saves_again_and_again_clashes_with_nobody(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    for text in ("T", "Th", "The", "The equipment of {organisation} looks modern."):
        saved = await save(session, ada, draft, {WORDING: text}, opened=1, sheet="sheet-of-ada")
        assert saved.clashes == ()
        assert await value(session, draft, WORDING) == text


async def test_what_somebody_else_wrote_after_this_page_saved_is_not_overwritten(session: AsyncSession) -> None:
    ada, ben = await viewer(session, "ada"), await viewer(session, "ben")
    draft = await copy_of_servqual(session, ada)
    first = await save(session, ada, draft, {WORDING: "One."}, opened=1, sheet="sheet-of-ada")
    await save(session, ben, draft, {WORDING: "Two."}, opened=first.number, sheet="sheet-of-ben")
    unchanged = await save(session, ada, draft, {WORDING: "One."}, opened=1, sheet="sheet-of-ada")
    assert unchanged.clashes == ()
    assert await value(session, draft, WORDING) == "Two."
    changed = await save(session, ada, draft, {WORDING: "Three."}, opened=1, sheet="sheet-of-ada")
    assert [clash.theirs for clash in changed.clashes] == ["Two."]


async def test_writing_into_an_item_that_was_removed_can_bring_it_back(session: AsyncSession) -> None:
    ada, ben = await viewer(session, "ada"), await viewer(session, "ben")
    draft = await copy_of_servqual(session, ada)
    await editing.remove(session, ada, draft, ITEM, opened=1, sheet="sheet-of-ada", now=NOW)
    await save(session, ben, draft, {WORDING: "Still here."}, opened=1, sheet="sheet-of-ben")
    (undecided,) = await editing.list_undecided(session, ben, draft)
    assert undecided.is_gone
    assert await value(session, draft, WORDING) is None
    await editing.settle(session, ben, draft, mine={WORDING: "Still here."}, theirs=[], sheet="deciding", now=NOW)
    content = (await editing.get_draft(session, draft)).content
    assert ids_in(content["definition"], "items")[0] == "tan_1"
    assert values_of(content)[WORDING] == "Still here."
    assert values_of(content)["texts/de/items/tan_1/perception"]


async def test_what_another_person_just_changed_is_not_removed(session: AsyncSession) -> None:
    ada, ben = await viewer(session, "ada"), await viewer(session, "ben")
    draft = await copy_of_servqual(session, ada)
    await save(session, ada, draft, {WORDING: "New words."}, opened=1, sheet="sheet-of-ada")
    assert await editing.remove(session, ben, draft, ITEM, opened=1, sheet="sheet-of-ben", now=NOW) is None
    assert await value(session, draft, WORDING) == "New words."
    removed = await editing.remove(session, ben, draft, ITEM, opened=2, sheet="sheet-of-ben", now=NOW)
    assert removed is not None


async def test_a_removal_is_taken_back_whole(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    before = (await editing.get_draft(session, draft)).content
    removed = await editing.remove(session, ada, draft, "definition/batteries/ranking", opened=1, sheet="s", now=NOW)
    assert removed is not None
    assert await editing.undo(session, ada, draft, removed.number, sheet="undoing", now=NOW)
    assert values_of((await editing.get_draft(session, draft)).content) == values_of(before)
    assert not await editing.undo(session, ada, draft, removed.number, sheet="undoing", now=NOW)


async def test_saving_what_is_there_changes_neither_number_nor_log(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    saved = await save(session, ada, draft, {f"{ITEM}/number": 1}, opened=1, sheet="sheet-of-ada")
    assert (saved.number, saved.n_changed) == (1, 0)
    actions = (await session.scalars(select(AuditEntry.action).where(AuditEntry.kind == "draft"))).all()
    assert list(actions) == ["created"]


async def test_a_draft_takes_no_more_than_it_can_hold(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)

    def flood(content: Content) -> Content:
        new = copied(content)
        new["texts"]["en"]["introduction"] = "x" * editing.MOST_BYTES
        return new

    with pytest.raises(PayloadTooLarge):
        await editing.change_parts(session, ada, draft, flood, sheet="sheet-of-ada", now=NOW)


async def test_a_published_version_says_what_it_adapts_and_never_changes(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    await editing.remove(session, ada, draft, "definition/items/tan_4", opened=1, sheet="sheet-of-ada", now=NOW)
    await save(session, ada, draft, {"texts/de/items/tan_1/perception": "Neue Wörter."}, opened=2, sheet="s")
    published = await service.publish(session, ada, draft, version="1.0", note="First.", now=NOW)
    found = await service.find_instrument(session, "hotel")
    adaptation = found.definition.adaptation
    assert adaptation is not None
    assert (adaptation.of, adaptation.dropped, adaptation.reworded) == ("servqual", ("tan_4",), ("de",))
    assert published.revision == revision_of(found)
    with pytest.raises(DBAPIError):
        async with session.begin_nested():
            await session.execute(update(PublishedInstrument).values(content=b"{}"))


async def test_versions_rise_and_say_whether_scores_stay_comparable(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    with pytest.raises(RequestInvalid, match="Nothing has changed"):
        await service.publish(session, ada, draft, version="1.1", note="", now=NOW)
    await save(session, ada, draft, {"texts/en/thanks": "Thank you very much."}, opened=1, sheet="sheet-of-ada")
    assert await service.suggest_version(session, (await editing.get_draft(session, draft)).draft) == "1.1"
    with pytest.raises(RequestInvalid, match=r"does not come after 1\.0"):
        await service.publish(session, ada, draft, version="0.9", note="", now=NOW)
    await save(session, ada, draft, {f"{ITEM}/reversed": True}, opened=2, sheet="sheet-of-ada")
    assert await service.suggest_version(session, (await editing.get_draft(session, draft)).draft) == "2.0"
    await service.publish(session, ada, draft, version="2.0", note="", now=NOW)
    assert (await service.find_instrument(session, "hotel")).definition.version == "2.0"
    assert (await service.find_instrument(session, "hotel", "1.0")).definition.version == "1.0"


async def test_a_draft_with_problems_is_not_published(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    content = blank_content("clinic", "Clinic", ["en", "de"], year=2026)
    draft = await editing.create_draft(session, ada, content, now=NOW)
    with pytest.raises(InstrumentInvalid) as invalid:
        await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    assert len(invalid.value.problems) > 10
    with pytest.raises(InstrumentUnknown):
        await service.find_instrument(session, "clinic")


async def test_a_version_that_fails_to_be_published_leaves_the_draft_as_it_was(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    content = copied_content(load_instrument("nps"), "nps", "Ours")
    draft = await editing.create_draft(session, ada, content, now=NOW)
    with pytest.raises(AlreadyExists):
        await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    assert (await editing.get_draft(session, draft)).draft.number == 1


async def test_a_survey_keeps_the_version_that_it_was_launched_with(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    instrument = await service.find_instrument(session, "hotel")
    new = NewSurvey(
        instrument="hotel", title="Guests", organisation="Example Hotels", placeholders={"providers": "hotels"}
    )
    survey = await create_survey(session, new, instrument, now=NOW)
    launched = await launch_survey(session, survey.id, instrument, now=NOW)
    await save(session, ada, draft, {"texts/en/thanks": "Thanks."}, opened=1, sheet="sheet-of-ada")
    await service.publish(session, ada, draft, version="1.1", note="", now=NOW + timedelta(days=1))
    assert launched.revision == revision_of(instrument)
    assert launched.revision != revision_of(await service.find_instrument(session, "hotel"))


async def test_the_library_holds_shipped_and_own_instruments_until_they_are_withdrawn(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    n_shipped = len(await service.list_instruments(session))
    draft = await copy_of_servqual(session, ada)
    assert len(await service.list_instruments(session)) == n_shipped
    await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    assert (await service.list_instruments(session))[0].id == "hotel"
    await service.withdraw(session, ada, "hotel", offer_again=False, now=NOW)
    assert len(await service.list_instruments(session)) == n_shipped
    assert (await service.find_instrument(session, "hotel")).id == "hotel"
    await service.withdraw(session, ada, "hotel", offer_again=True, now=NOW)
    assert len(await service.list_instruments(session)) == n_shipped + 1


async def test_a_deleted_draft_leaves_what_was_published(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    await editing.delete_draft(session, ada, draft, now=NOW)
    assert (await service.find_instrument(session, "hotel")).definition.version == "1.0"
    assert "hotel" in await service.list_taken(session)


async def test_an_open_structure_is_assigned_by_whoever_copies_it(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    origin = load_instrument("hedperf")
    content = copied_content(origin, "campus", "Campus")
    draft = await editing.create_draft(session, ada, content, origin=origin, now=NOW)
    dimension = ids_in(content["definition"], "dimensions")[0]
    items = ids_in(content["definition"], "items")
    values = {f"definition/items/{item}/dimension": dimension for item in items}
    await save(session, ada, draft, values, opened=1, sheet="sheet-of-ada")
    await service.publish(session, ada, draft, version="1.0", note="", now=NOW)
    adaptation = (await service.find_instrument(session, "campus")).definition.adaptation
    assert adaptation is not None
    assert adaptation.mapped


async def test_parts_are_added_and_moved_in_order(session: AsyncSession) -> None:
    ada = await viewer(session, "ada")
    draft = await copy_of_servqual(session, ada)
    await editing.change_parts(session, ada, draft, lambda c: parts.add_item(c, "tangibles"), sheet="s", now=NOW)
    content = (await editing.get_draft(session, draft)).content
    items = ids_in(content["definition"], "items")
    added = items[4]
    assert added not in ids_in(copied_content(load_instrument("servqual"), "x", "x")["definition"], "items")
    numbers = [item["number"] for item in content["definition"]["items"]]
    assert numbers == sorted(set(numbers))
    move = f"definition/items/{added}"
    await editing.change_parts(session, ada, draft, lambda c: parts.move_part(c, move, -1), sheet="s", now=NOW)
    content = (await editing.get_draft(session, draft)).content
    assert ids_in(content["definition"], "items")[3] == added
    numbers = [item["number"] for item in content["definition"]["items"]]
    assert numbers == sorted(set(numbers))


async def test_people_who_save_at_the_same_moment_lose_nothing(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions.begin() as session:
        people = [await viewer(session, name) for name in ("ada", "ben", "cleo", "dan")]
        draft = await copy_of_servqual(session, people[0])

    async def write(person: Viewer, item: int) -> None:
        path = f"texts/en/items/tan_{item}/perception"
        for text in ("One.", "Two.", f"Words of {person.name}."):
            async with sessions.begin() as session:
                await save(session, person, draft, {path: text}, opened=1, sheet=f"sheet-of-{person.name}")

    await asyncio.gather(*(write(person, number) for number, person in enumerate(people, start=1)))
    async with sessions.begin() as session:
        opened = await editing.get_draft(session, draft)
        assert opened.draft.number == 1 + 3 * len(people)
        found = values_of(opened.content)
    assert [found[f"texts/en/items/tan_{number}/perception"] for number in (1, 2, 3, 4)] == [
        f"Words of {person.name}." for person in people
    ]
