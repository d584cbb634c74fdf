"""``/manage/reports/style``: name, logo and accent colour of the organisation's reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts.audit import AuditAction, record
from servq.accounts.viewer import Viewer
from servq.errors import BadInput
from servq.report_style.service import NewStyle, get_style, save_style
from servq.reporting.accent import READABLE, ContrastCheck, check_contrast, parse_colour
from servq.reporting.logo import LARGEST_LOGO
from servq.reporting.style import OWN_PANEL, ReportStyle
from servq.translation import translator
from servq.web.manage.access import FOR_ADMINS, PageRequest
from servq.web.manage.forms import errors_of, text_of
from servq.web.manage.pages import page, redirect, say_in
from servq.web.manage.places import Now, Session, SignedInViewer

DOMAIN = "reports"
PATH = "/manage/reports/style"


@dataclass(frozen=True, slots=True, kw_only=True)
class StylePage:
    """The form, the look there is, and how readable the colour in the form is."""

    style: ReportStyle
    given: Mapping[str, str]
    errors: Mapping[str, str]
    contrast: ContrastCheck | None
    sample: str
    needed: float
    largest_kb: int


@get(PATH, opt=FOR_ADMINS)
async def show_style(request: PageRequest, viewer: SignedInViewer, session: Session) -> Response[bytes]:
    """Show the look of the reports; with ``?accent=`` how readable another colour is."""
    style = await get_style(session)
    asked = request.query_params.get("accent")
    given = {
        "organisation": style.organisation,
        "accent": (style.accent or "") if asked is None else asked,
        "logo_text": style.logo.alt if style.logo else "",
    }
    fragment = "contrast" if request.headers.get("hx-request") == "true" else None
    return page(request, viewer, "reports/style.html.j2", _context(style, given), fragment=fragment)


@post(PATH, opt=FOR_ADMINS)
async def change_style(request: PageRequest, viewer: SignedInViewer, session: Session, now: Now) -> Response[bytes]:
    """Store another look."""
    form = await request.form()
    given = {name: text_of(form, name) for name in ("organisation", "accent", "logo_text")}
    t = say_in(viewer, DOMAIN)
    upload = form.get("logo")
    logo = await upload.read(LARGEST_LOGO + 1) if isinstance(upload, UploadFile) and upload.filename else None
    new = NewStyle(**given, logo=logo, without_logo=bool(text_of(form, "without_logo")))
    try:
        await save_style(session, new, now=now)
    except BadInput as invalid:
        shown = _context(await get_style(session), given, errors_of(invalid, translator(viewer.locale)))
        return page(request, viewer, "reports/style.html.j2", shown, status=422)
    await _note(session, viewer, new, now)
    return redirect(request, PATH, notice=t("Saved. The next report looks like this."))


HANDLERS = (show_style, change_style)


async def _note(session: AsyncSession, viewer: Viewer, new: NewStyle, now: Now) -> None:
    changed = {"accent": new.accent, "logo": "new" if new.logo else "removed" if new.without_logo else "kept"}
    await record(session, viewer, AuditAction.CHANGED, kind="report style", target="reports", detail=changed, now=now)


def _context(style: ReportStyle, given: Mapping[str, str], errors: Mapping[str, str] | None = None) -> StylePage:
    colour = parse_colour(given["accent"]) if given["accent"].strip() else OWN_PANEL
    return StylePage(
        style=style,
        given=given,
        errors=errors or {},
        contrast=None if colour is None else check_contrast(colour),
        sample=_sample(colour or OWN_PANEL),
        needed=READABLE,
        largest_kb=LARGEST_LOGO // 1024,
    )


def _sample(colour: str) -> str:
    """A picture of words on the colour and of the colour on white; pages carry no style of their own."""
    from servq.reporting.charts import data_uri

    words = 'font-family="Noto Sans, DejaVu Sans, sans-serif" font-size="15"'
    return data_uri(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 72" width="320" height="72">'
        f'<rect width="160" height="72" fill="{colour}"/><rect x="160" width="160" height="72" fill="#fff"/>'
        f'<text x="20" y="42" fill="#fff" {words}>4.86 · 95 %</text>'
        f'<text x="180" y="42" fill="{colour}" {words}>4.86 · 95 %</text></svg>'
    )
