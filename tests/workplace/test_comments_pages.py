"""Comments and follow-ups in the workplace: coded, released and cared for by form, each by those whom it concerns."""

from __future__ import annotations

import re

import httpx

from workplace.installation import Visitor, Workplace
from workplace.voice import CASTLE


def first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, pattern
    return found[1]


def follow(visitor: Visitor, answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return visitor.get(answer.headers["location"]).text


def test_a_manager_reads_what_is_released_and_nothing_else(workplace: Workplace) -> None:
    page = workplace.visitor("north").get(f"/manage/comments?survey={workplace.places['survey']}").text
    assert "The lifts at the pier […] were slow, […]" in page
    assert "Ms Example" not in page
    assert CASTLE not in page
    assert "Save codes" not in page


def test_a_researcher_codes_releases_and_takes_back(workplace: Workplace) -> None:
    visitor = workplace.visitor("admin")
    address = f"/manage/comments?survey={workplace.places['survey']}"
    page = visitor.get(address).text
    assert "&lt;script&gt;" in page
    assert "Another person has coded this" in page
    assert "Another coder" not in page
    place = first(r'action="(/manage/surveys/[^"]+)/codes"', page)
    code = workplace.places["comment_code"]
    saved = follow(visitor, visitor.send_form(f"{place}/codes", data={"codes": [code], "back": address}))
    assert "Codes saved." in saved
    assert "Another coder: &lt;b&gt;Waiting&lt;/b&gt;" in saved
    wrong = follow(visitor, visitor.send_form(f"{place}/release", data={"quotation": "Never said", "back": address}))
    assert "is not what the respondent wrote" in wrong
    words = first(r"<textarea[^>]*>([^<]+)</textarea>", page).split()[0]
    assert "Released: managers" in follow(visitor, visitor.send_form(f"{place}/release", data={"quotation": words}))
    assert "Taken back" in follow(visitor, visitor.send_form(f"{place}/withdraw", data={"back": "https://example.org"}))


def test_a_codebook_says_what_is_wrong_at_the_field_and_keeps_what_was_typed(workplace: Workplace) -> None:
    visitor = workplace.visitor("researcher")
    address = f"/manage/surveys/{workplace.places['survey']}/codebook"
    twice = visitor.send_form(address, data={"label": "<B>waiting</B>", "description": "kept while mended"})
    assert twice.status_code == 422
    assert "already" in twice.text
    assert "kept while mended" in twice.text
    assert "Noise" in follow(visitor, visitor.send_form(address, data={"label": "Noise", "dimension": "tangibles"}))
    code = first(r'\?edit=(\d+)#code-form"[^>]*aria-label="Change Noise"', visitor.get(address).text)
    changed = follow(visitor, visitor.send_form(address, data={"label": "Loud rooms", "code": code}))
    assert "Loud rooms" in changed
    assert "Noise" not in changed
    assert "Loud rooms" not in follow(visitor, visitor.send_form(f"{address}/{code}/delete"))


def test_a_manager_takes_a_follow_up_of_their_site_and_ends_it(workplace: Workplace) -> None:
    visitor, address = workplace.visitor("north"), f"/manage/follow-ups/{workplace.places['follow_up']}"
    before = visitor.get(address).text
    assert "Ms Example" not in before
    assert "south@example.org" not in before
    own = first(r'<option value="(\d+)">north@example.org', before)
    taken = follow(visitor, visitor.send_form(address, data={"version": "1", "owner": own, "status": "in_progress"}))
    assert "Ms Example" not in taken, "who takes it by themselves does not read what they may not"
    late = visitor.send_form(address, data={"version": "1", "owner": own, "status": "resolved", "note": "Called her."})
    assert late.status_code == 409
    assert "Somebody changed this in the meantime" in late.text
    assert "Called her." in late.text
    silent = visitor.send_form(address, data={"version": "2", "owner": own, "status": "resolved"})
    assert silent.status_code == 422
    assert "Say what came of it." in silent.text
    done = follow(
        visitor,
        visitor.send_form(address, data={"version": "2", "owner": own, "status": "resolved", "note": "Called her."}),
    )
    assert "Resolved" in done
    assert "Nothing waits" in visitor.get("/manage/follow-ups").text
    assert f'href="{address}"' in visitor.get("/manage/follow-ups?show=ended").text
    other = f"/manage/follow-ups/{workplace.places['south_follow_up']}"
    assert visitor.send_form(other, data={"version": "1", "note": "mine now"}).status_code == 404


def test_whom_a_researcher_makes_the_owner_reads_what_the_respondent_wrote(workplace: Workplace) -> None:
    researcher, address = workplace.visitor("researcher"), f"/manage/follow-ups/{workplace.places['follow_up']}"
    page = researcher.get(address).text
    version = first(r'name="version" value="(\d+)"', page)
    north = first(r'<option value="(\d+)"[^>]*>north@example.org', page)
    nobody = {"version": version, "owner": "", "status": "open", "note": "Opened again."}
    follow(researcher, researcher.send_form(address, data=nobody))
    given = {"version": str(int(version) + 1), "owner": north, "status": "open", "note": "Please call."}
    follow(researcher, researcher.send_form(address, data=given))
    assert "Ms Example" in workplace.visitor("north").get(address).text
