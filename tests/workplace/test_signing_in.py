"""Signing in: throttled, with a second factor, over sessions that end, with no hint of who has an account."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import queries
from servq.accounts.links import link_path
from servq.accounts.models import Account, AccountLink, AuditEntry, Purpose, Role, SignInFailure, SignInSession
from servq.accounts.passwords import hash_password
from servq.accounts.service import add_account
from servq.accounts.sessions import LONGEST_IDLE, LONGEST_SESSION
from servq.mail.models import StaffMail
from servq.security_tokens import SecurityTokens
from servq.web.manage.csrf import token_for
from workplace.installation import PASSWORD, SECRET, Visitor, Workplace

NEW_PASSWORD = "another password for the tests"


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest) -> Workplace:
    """An installation on each kind of database, for what they might do differently."""
    name = "workplace" if request.param == "sqlite" else "workplace_on_postgres"
    found: Workplace = request.getfixturevalue(name)
    return found


def somebody(workplace: Workplace, email: str, role: Role = Role.RESEARCHER) -> int:
    async def work(session: AsyncSession) -> int:
        account = await add_account(session, email, role, password=PASSWORD, now=datetime.now(UTC))
        return account.id

    return workplace.run(work)


def try_in(visitor: Visitor, email: str, password: str = PASSWORD) -> httpx.Response:
    return visitor.post("/sign-in", data={"email": email, "password": password, "next": "/manage/account"})


def forget_failures(workplace: Workplace) -> None:
    async def work(session: AsyncSession) -> None:
        for row in await session.scalars(select(SignInFailure)):
            await session.delete(row)

    workplace.run(work)


def mailed(workplace: Workplace, email: str, purpose: Purpose) -> str:
    """The path of the newest link that was mailed to somebody."""

    async def work(session: AsyncSession) -> int:
        found = select(StaffMail).where(StaffMail.recipient == email).order_by(StaffMail.id.desc())
        mail = (await session.scalars(found)).first()
        assert mail is not None
        assert mail.values["purpose"] == purpose.value
        return int(str(mail.values["link"]))

    return link_path(SecurityTokens(SECRET.encode()), purpose, workplace.run(work))


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(anywhere: Workplace) -> None:
    somebody(anywhere, "same@example.org")
    answers = [
        try_in(anywhere.browser(), email, "not the password at all")
        for email in ("same@example.org", "none@example.org")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    bodies = [answer.text.replace("same@", "").replace("none@", "") for answer in answers]
    assert bodies[0] == bodies[1]
    assert "servq=" not in str(answers[0].headers.get_list("set-cookie"))
    forget_failures(anywhere)


def test_somebody_who_mistypes_waits_and_gets_in_afterwards(anywhere: Workplace) -> None:
    somebody(anywhere, "slow@example.org")
    visitor = anywhere.browser()
    for _ in range(5):
        assert try_in(visitor, "slow@example.org", "not the password at all").status_code == 422
    for password in ("not the password at all", PASSWORD):  # the right one waits as well
        refused = try_in(visitor, "slow@example.org", password)
        assert refused.status_code == 429
        assert "Wait a minute" in refused.text
        assert 0 < int(refused.headers["retry-after"]) <= 60

    async def later(session: AsyncSession) -> None:
        await session.execute(update(SignInFailure).values(last_at=datetime.now(UTC) - timedelta(minutes=2)))

    anywhere.run(later)
    assert try_in(visitor, "slow@example.org").status_code == 303
    assert try_in(anywhere.browser(), "slow@example.org", "wrong once more").status_code == 422, "the count began anew"
    forget_failures(anywhere)


def test_others_cannot_lock_somebody_out(workplace: Workplace) -> None:
    somebody(workplace, "target@example.org")
    own = workplace.browser()
    assert try_in(own, "target@example.org").status_code == 303
    own.cookies.delete("servq")

    async def attack(session: AsyncSession) -> None:
        from servq.accounts.throttle import Attempt, count_attempt

        for n in range(200):
            await count_attempt(session, Attempt("target@example.org", f"203.0.113.{n}"), now=datetime.now(UTC))

    workplace.run(attack)
    assert try_in(workplace.browser(), "target@example.org").status_code == 429
    assert try_in(own, "target@example.org").status_code == 303, "a browser that was signed in before does not wait"

    # and a link by mail opens the account in any browser
    fresh = workplace.browser()
    assert fresh.post("/reset", data={"email": "target@example.org"}).status_code == 200
    path = mailed(workplace, "target@example.org", Purpose.RESET)
    assert fresh.post(path, data={"password": NEW_PASSWORD, "repeated": NEW_PASSWORD}).status_code == 303
    assert fresh.get("/manage/account").status_code == 200
    forget_failures(workplace)


def test_an_address_of_version_six_counts_by_its_network_and_codes_by_account_too() -> None:
    from servq.accounts.throttle import Attempt

    one, other = Attempt("a@example.org", "2001:db8:1:2::1"), Attempt("a@example.org", "2001:db8:1:2:ffff::9")
    assert one.limits == other.limits
    assert one.machine != Attempt("a@example.org", "2001:db8:1:3::1").machine
    assert Attempt("", "::ffff:203.0.113.7").machine == Attempt("", "203.0.113.7").machine
    assert Attempt("", "203.0.113.7").machine != Attempt("", "203.0.113.8").machine
    code = Attempt("a@example.org", "203.0.113.7", gives_code=True)
    assert code.account in code.limits
    assert code.account != one.account, "whoever guesses passwords does not make the code wait"


def test_a_second_factor_is_asked_for_and_no_code_works_twice(anywhere: Workplace) -> None:
    somebody(anywhere, "two@example.org")
    visitor = anywhere.browser()
    try_in(visitor, "two@example.org")
    shown = visitor.get("/manage/account/second-factor").text
    secret = "".join(re.search(r'id="key">([A-Z2-7 ]+)<', shown)[1].split())  # type: ignore[index]  # it is there
    assert "data:image/svg+xml" in shown
    app = pyotp.TOTP(secret)
    wrong = visitor.send_form("/manage/account/second-factor", data={"code": "000000"})
    assert wrong.status_code == 422
    code = app.now()
    done = visitor.send_form("/manage/account/second-factor", data={"code": code})
    assert done.status_code == 200
    recovery = re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)
    assert len(recovery) == 10
    assert recovery[0] not in visitor.get("/manage/account/second-factor").text, "shown once"

    again = anywhere.browser()
    first = try_in(again, "two@example.org")
    assert first.headers["location"] == "/sign-in/code"
    assert again.get("/manage/account").status_code == 303, "the password alone opens nothing"
    assert again.post("/sign-in/code", data={"code": code}).status_code == 422, "the code was used before"
    for used_before, status in ((False, 303), (True, 422)):
        if used_before:
            again = anywhere.browser()
            try_in(again, "two@example.org")
        assert again.post("/sign-in/code", data={"code": recovery[0].upper()}).status_code == status
    later = app.at(datetime.now(UTC) + timedelta(seconds=30))
    assert again.post("/sign-in/code", data={"code": later}).headers["location"] == "/manage/account"
    assert again.get("/manage/account").status_code == 200

    async def stored(session: AsyncSession) -> bytes:
        account = await queries.find_account(session, "two@example.org")
        assert account is not None
        assert account.totp_secret is not None
        return account.totp_secret

    assert secret.encode() not in anywhere.run(stored)
    forget_failures(anywhere)


def test_sessions_are_listed_and_ended_one_by_one_all_at_once_and_by_a_new_password(workplace: Workplace) -> None:
    somebody(workplace, "many@example.org")
    first, second, third = (workplace.browser() for _ in range(3))
    for visitor, agent in ((first, "Firefox Windows"), (second, "Chrome Android"), (third, "Safari iPhone")):
        visitor.headers["user-agent"] = agent
        try_in(visitor, "many@example.org")
    shown = first.get("/manage/account").text
    assert "Firefox · Windows" in shown
    assert "Safari · iPhone" in shown
    numbers = re.findall(r"/manage/account/sessions/(\d+)/end", shown)
    assert len(numbers) == 2
    assert first.send_form(f"/manage/account/sessions/{numbers[0]}/end").status_code == 303
    assert sorted(visitor.get("/manage/account").status_code for visitor in (second, third)) == [200, 303]
    assert first.send_form("/manage/account/sessions/end").status_code == 303
    assert {visitor.get("/manage/account").status_code for visitor in (second, third)} == {303}
    assert first.get("/manage/account").status_code == 200

    try_in(second, "many@example.org")
    (number,) = re.findall(r"/manage/account/sessions/(\d+)/end", first.get("/manage/account").text)
    stranger = workplace.visitor("researcher")
    assert stranger.send_form(f"/manage/account/sessions/{number}/end").status_code == 404
    assert second.get("/manage/account").status_code == 200
    form = {"present": PASSWORD, "password": NEW_PASSWORD, "repeated": NEW_PASSWORD}
    assert first.send_form("/manage/account/password", data=form).status_code == 303
    assert first.get("/manage/account").status_code == 200
    assert second.get("/manage/account").status_code == 303
    forget_failures(workplace)


@pytest.mark.parametrize("end", ["idle", "absolute", "disabled"])
def test_a_session_ends_by_itself(workplace: Workplace, end: str) -> None:
    number = somebody(workplace, f"{end}@example.org")
    visitor = workplace.browser()
    try_in(visitor, f"{end}@example.org")
    assert visitor.get("/manage/account").status_code == 200
    now = datetime.now(UTC)

    async def work(session: AsyncSession) -> None:
        changed = update(SignInSession).where(SignInSession.account_id == number)
        if end == "idle":
            await session.execute(changed.values(seen_at=now - LONGEST_IDLE - timedelta(minutes=1)))
        elif end == "absolute":
            await session.execute(changed.values(created_at=now - LONGEST_SESSION - timedelta(minutes=1)))
        else:
            await session.execute(update(Account).where(Account.id == number).values(disabled_at=now))

    workplace.run(work)
    assert visitor.get("/manage/account").status_code == 303


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "too short"),
        ("x" * 300, "too long"),
        ("weak@example.org", "name or address"),
        ("aaaaaaaaaaaaaaaa", "one sign repeated"),
    ],
)
def test_a_password_is_refused_for_its_length_or_for_being_obvious(
    workplace: Workplace, password: str, said: str
) -> None:
    visitor = workplace.visitor("researcher")
    if password.startswith("weak"):
        password = "researcher@example.org"
    form = {"present": PASSWORD, "password": password, "repeated": password}
    answer = visitor.send_form("/manage/account/password", data=form)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_an_invitation_works_once_and_a_reset_says_nothing_of_who_has_an_account(anywhere: Workplace) -> None:
    admin = anywhere.visitor("admin")
    form = {"email": "New.Person@example.org", "name": "", "role": "researcher", "locale": "de"}
    assert admin.send_form("/manage/people/new", data=form).status_code == 303
    path = mailed(anywhere, "new.person@example.org", Purpose.INVITATION)
    invited = anywhere.browser()
    assert "new.person@example.org" in invited.get(path).text
    wrong = {"name": "New Person", "password": "a good long password", "repeated": "another long password"}
    refused = invited.post(path, data=wrong)
    assert refused.status_code == 422
    assert 'value="New Person"' in refused.text, "nothing typed is lost"
    taken = {**wrong, "repeated": wrong["password"]}
    assert invited.post(path, data=taken).status_code == 303
    assert "New Person" in invited.get("/manage/account").text
    assert anywhere.browser().get(path).status_code == 404
    assert anywhere.browser().post(path, data=taken).status_code == 404
    for changed in (path[:-2] + "xx", path.replace("/invited/", "/reset/"), "/invited/nothing"):
        assert anywhere.browser().get(changed).status_code == 404

    answers = [
        anywhere.browser().post("/reset", data={"email": email}).text.replace(email, "")
        for email in ("new.person@example.org", "unknown@example.org")
    ]
    assert answers[0] == answers[1]
    forget_failures(anywhere)


def test_a_link_ends_by_its_time(workplace: Workplace) -> None:
    somebody(workplace, "late@example.org")
    assert workplace.browser().post("/reset", data={"email": "late@example.org"}).status_code == 200
    path = mailed(workplace, "late@example.org", Purpose.RESET)
    assert workplace.browser().get(path).status_code == 200

    async def later(session: AsyncSession) -> None:
        await session.execute(update(AccountLink).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))

    workplace.run(later)
    assert workplace.browser().get(path).status_code == 404


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "/a\nb"]
)
def test_the_sign_in_leads_nowhere_else(workplace: Workplace, wanted: str) -> None:
    visitor = workplace.browser()
    answer = visitor.post("/sign-in", data={"email": "south@example.org", "password": PASSWORD, "next": wanted})
    assert answer.headers["location"] == "/manage"


def test_a_form_of_another_site_or_another_session_is_refused(workplace: Workplace) -> None:
    visitor = workplace.browser()
    visitor.sign_in("south")
    form = {"name": "Changed", "locale": "", "time_zone": "", "theme": "system"}
    assert visitor.post("/manage/account", data=form).status_code == 403, "no token"
    assert visitor.post("/manage/account", data={**form, "csrf": token_for("another")}).status_code == 403
    good = visitor.with_token(form)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert visitor.post("/manage/account", data=good, headers=headers).status_code == 403, headers
    assert "Changed" not in visitor.get("/manage/account").text
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": workplace.address}
    assert visitor.post("/manage/account", data=good, headers=headers).status_code == 303
    assert "Changed" in visitor.get("/manage/account").text
    foreign = {"Sec-Fetch-Site": "cross-site"}
    answer = visitor.post("/sign-in", data={"email": "south@example.org", "password": PASSWORD}, headers=foreign)
    assert answer.status_code == 403, "nobody is signed in to an account of somebody else"


def test_what_happened_at_the_sign_in_is_in_the_audit_log_and_stays_as_it_is(anywhere: Workplace) -> None:
    visitor = anywhere.browser()
    try_in(visitor, "south@example.org", "not the password at all")
    visitor.sign_in("south")
    assert visitor.send_form("/sign-out").status_code == 303
    assert visitor.get("/manage/account").status_code == 303

    async def entries(session: AsyncSession) -> list[str]:
        found = select(AuditEntry.action).where(AuditEntry.target == "south@example.org").order_by(AuditEntry.id.desc())
        return list((await session.scalars(found.limit(3))).all())

    assert anywhere.run(entries) == ["signed_out", "signed_in", "sign_in_failed"]

    async def forge(session: AsyncSession) -> None:
        await session.execute(update(AuditEntry).values(email="somebody.else@example.org"))

    with pytest.raises(Exception, match="entries of the audit log are"):
        anywhere.run(forge)

    async def erase(session: AsyncSession) -> None:
        for entry in (await session.scalars(select(AuditEntry).limit(1))).all():
            await session.delete(entry)

    with pytest.raises(Exception, match="entries of the audit log are"):
        anywhere.run(erase)
    forget_failures(anywhere)


@pytest.mark.anyio
async def test_passwords_are_kept_as_argon2_hashes() -> None:
    assert (await hash_password(PASSWORD)).startswith("$argon2id$")
