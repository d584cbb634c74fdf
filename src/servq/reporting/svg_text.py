"""Text of drawings in joined scripts: the PDF renderer sets it letter by letter, which takes Arabic apart."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from servq.translation import is_right_to_left


class _Line(str):
    """A line that the renderer, which goes through it letter by letter, gets in one piece."""

    __slots__ = ()

    def __iter__(self) -> Iterator[str]:
        yield str(self)


@cache
def keep_letters_joined() -> None:
    """Let the renderer shape a line from right to left as a whole; every other line stays as it was."""
    from weasyprint import svg

    letter_by_letter = svg.text

    def text(image: Any, node: Any, font_size: float) -> None:
        if is_right_to_left(node.text or ""):
            node._etree_node.text = _Line(node.text)  # noqa: SLF001 - the node itself hands its text out only
        letter_by_letter(image, node, font_size)

    # Both names: the renderer draws by the one and aligns by the other.
    svg.text = svg.TAGS["text"] = text
