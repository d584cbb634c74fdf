"""Addresses of evidence: photos and documents beside the answers of assessors, for keys that may read responses."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from litestar import Response, delete, get
from litestar.params import PathParameter
from msgspec import Struct

from servq.accounts.models import Scope
from servq.responses.evidence import EvidenceRow, erase_evidence, get_evidence, list_evidence
from servq.surveys.service import get_survey
from servq.web.api.access import SCOPE
from servq.web.api.places import Session, SurveyId
from servq.web.security import PRIVATE_HEADERS

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "application/pdf": "pdf"}

EvidenceId = Annotated[
    str, PathParameter(description="Id of the file, 32 hexadecimal digits.", pattern="^[0-9a-f]{32}$")
]


class EvidenceShown(Struct, frozen=True, kw_only=True):
    """A stored file without its content; `response` is the same for all files of one response."""

    id: str
    response: str
    battery: str
    item: str
    media_type: str
    n_bytes: int
    sha256: str
    received_sha256: str
    received_at: datetime

    @classmethod
    def of(cls, row: EvidenceRow) -> EvidenceShown:
        """Show a stored file."""
        stored = {name: value for name, value in row._asdict().items() if name != "response_id"}
        return cls(**{**stored, "id": row.id.hex(), "response": row.response_id.hex()})


@get("/surveys/{survey_id:int}/evidence", opt={SCOPE: Scope.RESPONSES_READ})
async def show_evidence(survey_id: SurveyId, session: Session) -> list[EvidenceShown]:
    """List the photos and documents that assessors added to their answers.

    `sha256` is of the file as it is stored and sent; `received_sha256` of the file as the assessor sent it, before
    notes of the camera were removed from it.
    """
    await get_survey(session, survey_id)
    return [EvidenceShown.of(row) for row in await list_evidence(session, survey_id)]


@get(
    "/surveys/{survey_id:int}/evidence/{evidence_id:str}",
    opt={SCOPE: Scope.RESPONSES_READ},
    media_type="application/octet-stream",
)
async def send_evidence(survey_id: SurveyId, evidence_id: EvidenceId, session: Session) -> Response[bytes]:
    """Send a file, to be saved; a browser does not show it in place."""
    media_type, content = await get_evidence(session, survey_id, bytes.fromhex(evidence_id))
    name = f"evidence-{evidence_id[:12]}.{SUFFIXES[media_type]}"
    headers = {
        **PRIVATE_HEADERS,
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(content, headers=headers, media_type=media_type)


@delete(
    "/surveys/{survey_id:int}/evidence/{evidence_id:str}",
    opt={SCOPE: Scope.SURVEYS_WRITE},
    status_code=HTTPStatus.NO_CONTENT,
)
async def remove_evidence(survey_id: SurveyId, evidence_id: EvidenceId, session: Session) -> None:
    """Erase a file; the answer that it belongs to stays."""
    await get_survey(session, survey_id)
    await erase_evidence(session, survey_id, bytes.fromhex(evidence_id))


HANDLERS = (show_evidence, send_evidence, remove_evidence)
