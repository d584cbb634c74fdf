"""Logos: pictures from outside that become part of every report, so they are judged by their content.

A name or a media type proves nothing. Bitmaps must decode; drawings may hold shapes, text and gradients, but nothing
that runs, asks for something from elsewhere, hides another document, or draws itself again and again.
"""

from __future__ import annotations

import io
import re
import warnings
from base64 import b64encode
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from servq.errors import Problem, RequestInvalid
from servq.messages import Message
from servq.pictures import whole_pictures_only

LARGEST_LOGO = 512 * 1024
"""Bytes; every report carries the logo."""

LARGEST_SIDE = 4_000
"""Pixels of a bitmap; more is finer than print."""

SMALLEST_SIDE = 8

DEEPEST_DRAWING = 64
"""Levels of elements within elements; drawings of logos have a handful."""

SVG = "{http://www.w3.org/2000/svg}"
_ASKS_ELSEWHERE = (
    Message("The style of the drawing asks for something from elsewhere."),
    Message("Remove imports and addresses."),
)
LogoType = Literal["image/png", "image/jpeg", "image/svg+xml"]

_BITMAPS: dict[str, LogoType] = {"PNG": "image/png", "JPEG": "image/jpeg"}
_ELEMENTS = frozenset(
    {"svg", "g", "defs", "title", "desc", "metadata", "style", "path", "rect", "circle", "ellipse", "line", "polyline"}
    | {"polygon", "text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask"}
)
_ELSEWHERE = re.compile(r"@import|url\s*\(\s*['\"]?\s*(?!#)|expression\s*\(|\\", re.IGNORECASE)
"""What a style may not hold: anything fetched, and the escapes by which it could be spelt otherwise."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture that was checked; `alt` replaces it for who cannot see it."""

    content: bytes
    media_type: LogoType
    alt: str

    @property
    def uri(self) -> str:
        """The picture as an address that needs no fetching."""
        return f"data:{self.media_type};base64,{b64encode(self.content).decode()}"


def checked_logo(content: bytes, *, alt: str, file: str | None = None) -> Logo:
    """Return a logo that can be printed.

    Parameters
    ----------
    content
        A PNG, JPEG or SVG file, whatever it is called.
    alt
        What the picture shows, in words; usually the name of the organisation.
    file
        Name to tell in problems.

    Raises
    ------
    RequestInvalid
        It is too large, no such picture, or a drawing that needs or does more than draw.
    """
    if len(content) > LARGEST_LOGO:
        raise _refused(
            Message("The logo has more than {most} kB.", most=LARGEST_LOGO // 1024),
            Message("Choose a smaller file."),
            file,
        )
    if not content.strip():
        raise _refused(Message("The logo is empty."), Message("Choose a PNG, JPEG or SVG file."), file)
    # bitmaps are told by their first bytes; whatever begins like a text can only be a drawing
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _check_drawing(content, file)
        return Logo(content, "image/svg+xml", alt)
    return Logo(content, _bitmap_type(content, file), alt)


def _bitmap_type(content: bytes, file: str | None) -> LogoType:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings(), whole_pictures_only():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=list(_BITMAPS)) as picture:
                if max(picture.size) > LARGEST_SIDE or min(picture.size) < SMALLEST_SIDE:
                    raise _refused(
                        Message("The logo has {width} × {height} pixels.", width=picture.width, height=picture.height),
                        Message("Choose one with {low} to {high} pixels a side.", low=SMALLEST_SIDE, high=LARGEST_SIDE),
                        file,
                    )
                picture.load()
                return _BITMAPS[str(picture.format)]
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refused(
            Message("The logo is no PNG, JPEG or SVG picture."), Message("Choose another file."), file
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _refused(Message("The logo is damaged or cut off."), Message("Export it again."), file) from error


def _check_drawing(content: bytes, file: str | None) -> None:
    problems = [Problem(message, fix, file=file) for message, fix in _troubles(_parsed(content, file))]
    if problems:
        raise RequestInvalid(problems)


def _parsed(content: bytes, file: str | None) -> Element:
    if re.search(rb"<!(DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise _refused(
            Message("The drawing declares entities."), Message("Export it as plain SVG, without a document type."), file
        )
    try:
        parser = XMLParser(target=TreeBuilder())  # noqa: S314 (without a document type there are no entities to expand)
        parser.feed(content)
        root: Element = parser.close()
    except (ParseError, ValueError, LookupError) as error:
        raise _refused(
            Message("The drawing cannot be read ({error}).", error=str(error)),
            Message("Export it again as plain SVG."),
            file,
        ) from error
    if root.tag != f"{SVG}svg":
        raise _refused(Message("The logo is no PNG, JPEG or SVG picture."), Message("Choose another file."), file)
    return root


def _troubles(root: Element) -> list[tuple[Message, Message]]:
    """What the drawing holds that a logo may not, each thing once."""
    found: dict[tuple[Message, Message], None] = {}
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > DEEPEST_DRAWING:
            found[(Message("The drawing is nested too deeply."), Message("Flatten its groups."))] = None
            continue
        name = element.tag.removeprefix(SVG)
        if element.tag.startswith(SVG) and name not in _ELEMENTS:
            found[
                Message("The drawing has an element <{name}>.", name=name),
                Message("Keep shapes, text and gradients; turn the rest to paths."),
            ] = None
        for attribute, value in element.attrib.items():
            found |= dict.fromkeys(_attribute_troubles(attribute.split("}")[-1].lower(), value))
        if name == "style" and _ELSEWHERE.search(element.text or ""):
            found[_ASKS_ELSEWHERE] = None
        waiting += [(child, depth + 1) for child in element]
    return list(found)


def _attribute_troubles(name: str, value: str) -> list[tuple[Message, Message]]:
    if name.startswith("on"):
        return [(Message("The drawing has a script in “{name}”.", name=name), Message("Remove it."))]
    if name in {"href", "src"} and not value.strip().startswith("#"):
        return [(Message("The drawing refers to something outside itself."), Message("Embed what it needs as shapes."))]
    if _ELSEWHERE.search(value):
        return [_ASKS_ELSEWHERE]
    return []


def _refused(message: Message, fix: Message, file: str | None) -> RequestInvalid:
    return RequestInvalid(Problem(message, fix, file=file))
