"""The body of a posted page, read as it arrives: fields as text, and files up to the size that their answers allow.

What is beyond a limit is read to its end and thrown away, so that the page can come back and say so; only a body that
is too large altogether is cut off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from servq.errors import AnswersInvalid, PayloadTooLarge, Problem

LARGEST_FORM = 64 * 1024
"""Bytes of a posted page without files: far above 22 ratings and the longest comment in any script."""

LARGEST_UPLOAD = 64 * 1024 * 1024
"""Bytes of a posted page with files."""

MOST_FIELDS = 300
_KEPT_IN_MEMORY = 1024 * 1024


@dataclass(frozen=True)
class SentPage:
    """A posted page as it comes over the wire."""

    content_type: str
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True)
class Form:
    """What a posted page holds: pairs of field and text, and the files that are not empty, by field.

    Of a file that is too large only the part up to one byte beyond the limit is kept.
    """

    pairs: list[tuple[str, str]]
    files: dict[str, bytes] = field(default_factory=dict)


async def read_sent(sent: SentPage, limits: Mapping[str, int]) -> Form:
    """Read a posted page.

    Parameters
    ----------
    limits
        Largest file by the field that takes it, in bytes; a page without such fields takes no files.

    Raises
    ------
    AnswersInvalid
        No browser showing the page could have sent it.
    PayloadTooLarge
        It is larger than any page.
    """
    kind, options = parse_options_header(sent.content_type)
    if limits and kind == "multipart/form-data" and options.get("boundary"):
        return await _read_multipart(sent.chunks, options["boundary"], limits)
    body = bytearray()
    async for chunk in sent.chunks:
        body += chunk
        if len(body) > LARGEST_FORM:
            raise PayloadTooLarge("The page is larger than any form of this survey.")
    return Form(_read_urlencoded(bytes(body)))


def _read_urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise _unreadable() from error


async def _read_multipart(chunks: AsyncIterator[bytes], boundary: str, limits: Mapping[str, int]) -> Form:
    reader = _MultipartReader(limits)
    n_bytes = 0
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_FIELDS) as parser:
            async for chunk in chunks:
                n_bytes += len(chunk)
                if n_bytes > LARGEST_UPLOAD:
                    raise PayloadTooLarge("The files of this page are too large altogether.")
                for event in parser.parse(chunk) if chunk else ():
                    reader.take(event)
        return reader.form()
    except (MultipartError, UnicodeDecodeError) as error:
        raise _unreadable() from error
    finally:
        reader.close()


class _MultipartReader:
    """Collects what the parser tells: a segment, then its data, then None at its end."""

    def __init__(self, limits: Mapping[str, int]) -> None:
        self._limits = limits
        self._name = ""
        self._is_file = False
        self._data: IO[bytes] | None = None
        self._left = 0
        self._pairs: list[tuple[str, str]] = []
        self._files: dict[str, IO[bytes]] = {}

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is not None:
            self._write(bytes(event))
        else:
            self._end()

    def _begin(self, segment: MultipartSegment) -> None:
        self._name, self._is_file = segment.name or "", segment.filename is not None
        if self._is_file and self._name not in self._limits:
            raise AnswersInvalid(Problem("The page takes no file here.", fix="Open the page again."))
        self._left = self._limits[self._name] + 1 if self._is_file else LARGEST_FORM
        self._data = SpooledTemporaryFile(_KEPT_IN_MEMORY)  # noqa: SIM115 (closed by `close` or `_end`)

    def _write(self, data: bytes) -> None:
        if self._data is None:
            raise _unreadable()
        if len(data) > self._left and not self._is_file:
            raise PayloadTooLarge("A field holds more text than any form of this survey.")
        self._data.write(data[: self._left])
        self._left -= min(len(data), self._left)

    def _end(self) -> None:
        if self._data is None:
            raise _unreadable()
        if self._is_file and self._data.tell():
            if self._name in self._files:
                raise AnswersInvalid(Problem("A file was sent twice in one form.", fix="Send one for each answer."))
            self._files[self._name] = self._data
        else:
            self._data.seek(0)
            if not self._is_file:
                self._pairs.append((self._name, self._data.read().decode("utf-8")))
            self._data.close()
        self._data = None

    def form(self) -> Form:
        return Form(self._pairs, {name: _content(data) for name, data in self._files.items()})

    def close(self) -> None:
        for data in (self._data, *self._files.values()):
            if data is not None:
                data.close()


def _content(data: IO[bytes]) -> bytes:
    data.seek(0)
    return data.read()


def _unreadable() -> AnswersInvalid:
    return AnswersInvalid(
        Problem("The form could not be read.", fix="Open the page again and send it from your browser.")
    )
