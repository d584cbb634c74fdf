"""What is taken as evidence, and what becomes of it.

1. The content decides on the kind of a file, never its name.
2. Pictures are written anew: camera notes, and whatever hides behind their end, are gone; they stand upright.
3. Nothing makes the check itself expensive or fail.
"""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from pictures import PDF, PLACE, archive, bomb, photo, picture
from servq.errors import AnswersInvalid
from servq.instruments.model import Evidence
from servq.responses.evidence_files import EvidenceFile, check_file

ANY = Evidence(most_bytes=100_000, types=("image/jpeg", "image/png", "image/webp", "application/pdf"))


def check(content: bytes, wanted: Evidence = ANY) -> EvidenceFile:
    return check_file(content, wanted, "evidence_c4")


def refusal(content: bytes, wanted: Evidence = ANY) -> str:
    with pytest.raises(AnswersInvalid) as refused:
        check(content, wanted)
    (problem,) = refused.value.problems
    assert problem.column == "evidence_c4"
    assert problem.fix
    return str(problem.message)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_of_each_kind_is_taken(kind: str) -> None:
    content = picture(kind)
    kept = check(content)
    assert kept.media_type == f"image/{kind.lower()}"
    assert kept.sha256 == sha256(kept.content).hexdigest()
    assert kept.received_sha256 == sha256(content).hexdigest()
    with Image.open(BytesIO(kept.content)) as image:
        assert (image.format, image.size) == (kind, (40, 30))


def test_notes_of_the_camera_are_removed_and_the_picture_stands_upright() -> None:
    content = photo()
    assert PLACE in content
    kept = check(content).content
    assert PLACE not in kept
    assert b"Somebody" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert image.size == (30, 40)
        assert not image.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_of_every_mode_are_taken_or_refused_but_never_fail(mode: str, kind: str) -> None:
    content = BytesIO()
    try:
        Image.new(mode, (8, 8)).save(content, kind)
    except (OSError, KeyError):
        pytest.skip("there is no such picture")
    if kind == "TIFF":
        assert refusal(content.getvalue()) == "This kind of file is not taken."
    else:
        assert check(content.getvalue()).content


def test_a_transparent_picture_stays_transparent() -> None:
    content = BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(content, "PNG")
    with Image.open(BytesIO(check(content.getvalue()).content)) as image:
        assert image.getpixel((0, 0))[3] == 0


def test_a_picture_with_an_archive_behind_it_loses_the_archive() -> None:
    kept = check(picture() + archive()).content
    assert b"PK" not in kept
    assert b"hidden.html" not in kept


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty."),
        (b"GIF89a" + b"\0" * 50, "This kind of file is not taken."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This kind of file is not taken."),
        (archive(), "This kind of file is not taken."),
        (archive() + PDF, "This kind of file is not taken."),
        (b"MZ\x90\0", "This kind of file is not taken."),
        (picture()[:60], "The file is damaged or contains something else."),
        (picture("JPEG")[:200], "The file is damaged or contains something else."),
        (bomb(), "The file is damaged or contains something else."),
        (PDF + archive(), "The file is damaged or contains something else."),
        (PDF + b"<html>" + b"x" * 3000, "The file is damaged or contains something else."),
        (b"x" * 100_001, "The file is too large."),
    ],
)
def test_what_is_none_of_the_kinds_or_more_than_one_is_refused(content: bytes, said: str) -> None:
    assert refusal(content) == said


def test_a_picture_that_is_cut_off_is_refused_also_where_a_library_lets_such_pictures_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint does when it is imported
    assert refusal(picture()[:70]) == "The file is damaged or contains something else."
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_an_archive_whose_comment_ends_like_a_document_is_refused() -> None:
    disguised = PDF + archive()[:-2] + (len(PDF)).to_bytes(2, "little") + PDF
    assert refusal(disguised) == "The file is damaged or contains something else."


def test_a_document_is_kept_as_it_is() -> None:
    assert check(PDF).content == PDF


def test_only_the_kinds_that_the_item_names_are_taken() -> None:
    only_png = Evidence(types=("image/png",))
    assert refusal(picture("JPEG"), only_png) == "This kind of file is not taken."
    assert check(picture(), only_png).media_type == "image/png"


@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"%PDF-1.7"]), st.binary(max_size=300)
)
def test_rubbish_behind_any_signature_is_refused_or_taken_but_never_fails(signature: bytes, rubbish: bytes) -> None:
    try:
        kept = check(signature + rubbish)
    except AnswersInvalid:
        return
    assert kept.content
