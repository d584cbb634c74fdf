"""A draft, its trial, a planned wave and a study in the seeded installation, with script in what people name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.queries import find_account
from servq.contacts.uploads import keep_upload
from servq.instruments import load_instrument
from servq.responses import setting_up
from servq.studies.models import StudyAudience
from servq.studies.service import NewBinding, NewStudy, bind_survey, create_study
from servq.surveys.own_questions import OwnChoice, OwnComment, OwnOption, OwnQuestions
from servq.surveys.schedule import plan_wave
from servq.surveys.service import NewSurvey, create_survey

DRAFT_TITLE = "Lobby pulse <script>alert(1)</script>"
OWN = OwnQuestions(
    wording={"en": {"items/rel_1/rating": "How well does <b>{organisation}</b> keep its word?"}},
    choices=(
        OwnChoice(
            id="own_choice_visits",
            wording={"en": "How often do you stay with us?", "ar": "كم مرة تقيم عندنا؟"},
            options=(
                OwnOption(id="option_1", label={"en": "For the first time"}),
                OwnOption(id="option_2", label={"en": "More often"}),
            ),
        ),
    ),
    comments=(OwnComment(id="own_comment_wish", wording={"en": "What do you wish for?"}),),
)
FILE = b"reference,email,name,region,email2\n1,one@example.org,Ada Example,North,x\n2,no address,Bo Example,South,y\n"


async def seed_setting_up(session: AsyncSession, places: Mapping[str, str], now: datetime) -> Mapping[str, str]:
    """Set up a draft, plan a wave of the survey of all sites, bind it in a study, and leave a file of contacts."""
    base = load_instrument("rater")
    new = NewSurvey(
        instrument="rater", title=DRAFT_TITLE, organisation="Example Hotels", slug="lobby", sites=("Harbour", "Castle")
    )
    survey = await create_survey(session, new, base, now=now)
    await setting_up.change_questions(session, survey.id, OWN, base, version=0, by="admin@example.org", now=now)
    await plan_wave(session, int(places["survey"]), now + timedelta(days=30), "Winter", now=now)
    study = await create_study(session, NewStudy(title="Where we fall short", organisation="Example Hotels"), now=now)
    binding = NewBinding(audience=StudyAudience.CUSTOMERS, survey=int(places["survey"]))
    await bind_survey(session, study.id, binding)
    admin = await find_account(session, "admin@example.org")
    assert admin is not None
    upload = await keep_upload(session, admin.id, "guests.csv", FILE, now=now)
    return {"draft_survey": str(survey.id), "study": str(study.id), "upload": str(upload)}
