"""Decoding pictures that strangers sent. Pure, but for a switch of Pillow that holds for the whole process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_DECODING = Lock()


@contextmanager
def whole_pictures_only() -> Iterator[None]:
    """Let Pillow refuse a picture that is cut off, whatever a library (such as WeasyPrint) has told it."""
    from PIL import ImageFile

    with _DECODING:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
