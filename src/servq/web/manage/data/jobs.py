"""``/manage/jobs/<id>``: how far long work is, and what it made, for whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from litestar import Response, get, post
from litestar.response import Stream

from servq.accounts import audit
from servq.accounts.audit import AuditAction
from servq.errors import Conflict, RecordUnknown
from servq.jobs import service
from servq.jobs.files import get_file, read_file
from servq.jobs.models import JobStatus, LongJob
from servq.messages import Message
from servq.web.manage.access import FOR_EVERYBODY, PageRequest
from servq.web.manage.data.words import DOMAIN
from servq.web.manage.pages import HEADERS, page, redirect, say_in
from servq.web.manage.places import Now, RecordId, Session, SignedInViewer

STATUSES = {
    JobStatus.WAITING: Message("Waiting for its turn"),
    JobStatus.RUNNING: Message("Under way"),
    JobStatus.DONE: Message("Done"),
    JobStatus.FAILED: Message("Not done"),
    JobStatus.CANCELLED: Message("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class JobPage:
    """Where a piece of long work stands; `done` is a share, None where that is not known yet."""

    job: LongJob
    heading: str
    status: str
    is_going_on: bool
    done: float | None
    reasons: tuple[str, ...]
    file_name: str
    megabytes: float
    forget_at: datetime | None
    lines: tuple[str, ...] = ()


@get("/manage/jobs/{job_id:int}", opt=FOR_EVERYBODY)
async def show_job(request: PageRequest, viewer: SignedInViewer, session: Session, job_id: RecordId) -> Response[bytes]:
    """Show how far it is; asked again and again while it goes on."""
    job = await service.get_job(session, job_id, account_id=viewer.account_id)
    say = say_in(viewer, DOMAIN)
    file = None if job.file_id is None else await get_file(session, job.file_id, account_id=viewer.account_id)
    n_rows = job.facts.get("n_rows")
    shown = JobPage(
        job=job,
        heading=job.title or say("Long work"),
        status=say.say(STATUSES[job.status]),
        is_going_on=job.status in {JobStatus.WAITING, JobStatus.RUNNING},
        done=job.n_done / job.n_total if job.n_total else None,
        reasons=tuple(map(say.say, service.reasons_of(job))),
        file_name="" if file is None else file.name,
        megabytes=0.0 if file is None else file.n_bytes / 1e6,
        forget_at=None if file is None else file.forget_at,
        lines=() if n_rows is None else (say.counted("{n} response", "{n} responses", int(n_rows)),),
    )
    fragment = "standing" if request.headers.get("hx-target") == "standing" else None
    return page(request, viewer, "data/job.html.j2", shown, fragment=fragment)


@get("/manage/jobs/{job_id:int}/file", opt=FOR_EVERYBODY)
async def send_result(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, job_id: RecordId
) -> Stream:
    """Send what the work made, piece by piece."""
    job = await service.get_job(session, job_id, account_id=viewer.account_id)
    if job.file_id is None:
        raise RecordUnknown("This file is not kept any more.")
    file = await get_file(session, job.file_id, account_id=viewer.account_id)
    await audit.record(session, viewer, AuditAction.EXPORTED, kind="file", target=file.name, now=now)
    headers = {
        **HEADERS,
        "Content-Disposition": f'attachment; filename="{_plain(file.name)}"',
        "Content-Length": str(file.n_bytes),
    }
    return Stream(read_file(request.app.state.sessions, file.id), headers=headers, media_type=file.media_type)


@post("/manage/jobs/{job_id:int}/cancel", opt=FOR_EVERYBODY)
async def cancel_job(
    request: PageRequest, viewer: SignedInViewer, session: Session, now: Now, job_id: RecordId
) -> Response[bytes]:
    """Cancel it; what has ended stays as it is."""
    job = await service.get_job(session, job_id, account_id=viewer.account_id)
    say = say_in(viewer, DOMAIN)
    try:
        await service.cancel(session, job_id, account_id=viewer.account_id, now=now)
    except Conflict:
        return redirect(request, f"/manage/jobs/{job_id}")
    return redirect(request, job.back, notice=say("Cancelled."), kind="info")


def _plain(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_. ") else "-" for sign in name)


HANDLERS = (show_job, send_result, cancel_job)
