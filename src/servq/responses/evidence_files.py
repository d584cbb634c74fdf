"""Is a file what it says it is, and safe to keep? Photos and documents that assessors add to answers; pure.

The content decides, never the name or the type that the browser claims. A picture is decoded and written anew: what a
camera notes beside it (place, time, owner, thumbnail) and anything hidden behind its end is gone afterwards. A PDF is
kept as it is; it is handed out for saving only, never shown in place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from servq.errors import AnswersInvalid, Problem
from servq.instruments.model import Evidence
from servq.messages import Message
from servq.pictures import whole_pictures_only

MOST_PIXELS = 50_000_000
"""Far above any phone's usual photo; decoding one takes 150 MB at most."""

_SIGNATURES = {
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "application/pdf": re.compile(rb"%PDF-\d\.\d"),
}
_CODECS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
KINDS = {
    "image/jpeg": Message("JPEG picture"),
    "image/png": Message("PNG picture"),
    "image/webp": Message("WebP picture"),
    "application/pdf": Message("PDF document"),
}
_QUALITY = 90
_ZIP_END = b"PK\x05\x06"
_LONGEST_ZIP_END = 66_000
_PDF_END = re.compile(rb"%%EOF\s{0,1024}\Z")


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file as it is kept; `received_sha256` is that of the file as it was sent."""

    media_type: str
    content: bytes
    sha256: str
    received_sha256: str


def check_file(content: bytes, wanted: Evidence, field: str) -> EvidenceFile:
    """Check a file that was sent for an answer.

    Parameters
    ----------
    content
        The file; when it is larger than `Evidence.most_bytes`, any part of it that is too.
    field
        Form field of the file, for the problem.

    Raises
    ------
    AnswersInvalid
        It is empty, too large, of another kind, damaged, or more than one kind at once.
    """

    def refuse(message: Message, fix: Message) -> AnswersInvalid:
        return AnswersInvalid(Problem(message, fix=fix, column=field))

    if not content:
        raise refuse(Message("The file is empty."), Message("Choose another file."))
    if len(content) > wanted.most_bytes:
        most = Message("At most {megabytes:.1f} MB are taken.", megabytes=wanted.most_bytes / 1e6)
        raise refuse(Message("The file is too large."), most)
    media_type = next((kind for kind in wanted.types if _SIGNATURES[kind].match(content)), None)
    if media_type is None:
        kinds = tuple(KINDS[kind] for kind in wanted.types)
        raise refuse(Message("This kind of file is not taken."), Message("What can be sent: {kinds}.", kinds=kinds))
    kept = _clean_pdf(content) if media_type == "application/pdf" else _clean_picture(content, _CODECS[media_type])
    if kept is None:
        raise refuse(Message("The file is damaged or contains something else."), Message("Choose another file."))
    return EvidenceFile(media_type, kept, sha256(kept).hexdigest(), sha256(content).hexdigest())


def _clean_pdf(content: bytes) -> bytes | None:
    """Return a PDF that ends as one, and is no archive as well."""
    if _ZIP_END in content[-_LONGEST_ZIP_END:] or not _PDF_END.search(content[-2048:]):
        return None
    return content


def _clean_picture(content: bytes, codec: str) -> bytes | None:
    """Decode a picture that is not too large for it, turn it upright and write it without anything else."""
    import warnings

    from PIL import Image, ImageOps

    cleaned = BytesIO()
    try:
        with whole_pictures_only(), warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of a picture that is a bomb
            with Image.open(BytesIO(content), formats=[codec]) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return None
                picture.load()
                upright = ImageOps.exif_transpose(picture)
            plain = upright.convert(_plain_mode(upright.mode, codec))
            plain.info = {}
            options = {} if codec == "PNG" else {"quality": _QUALITY}
            plain.save(cleaned, codec, **options)
    # Pillow's decoders raise almost anything on damaged input.
    except Exception:  # noqa: BLE001
        return None
    return cleaned.getvalue()


def _plain_mode(mode: str, codec: str) -> str:
    """Return the mode in which a picture is written: colours, grey, and transparency where the format has it."""
    if codec == "JPEG":
        return "L" if mode in {"1", "L"} else "RGB"
    if mode in {"1", "L"}:
        return "L" if codec == "PNG" else "RGB"
    return "RGBA" if mode in {"RGBA", "LA", "PA", "P"} else "RGB"
