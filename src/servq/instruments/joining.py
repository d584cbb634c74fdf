"""Put the batteries of one instrument behind those of another, so that both are asked in one questionnaire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from servq.instruments.model import Definition
from servq.instruments.parts import ids_of_parts


def collisions(first: Definition, second: Definition) -> Iterator[tuple[str, str]]:
    """Parts that both have under the same id, as part and id; comments apart, which are asked once."""
    ids = ids_of_parts(first) | {"scores": [score.id for score in first.scores]}
    others = ids_of_parts(second) | {"scores": [score.id for score in second.scores]}
    for part, known in ids.items():
        if part != "comments":
            yield from ((part, other) for other in others[part] if other in known)


def join(first: Definition, second: Definition) -> Definition:
    """Append every part of the second definition; both have their defaults made explicit and share no id.

    Numbers of items go on from the last. A comment that both have is asked once.
    """
    last = max(item.number for item in first.items)
    known = {comment.id for comment in first.comments}
    return replace(
        first,
        scales=first.scales | second.scales,
        batteries=first.batteries | second.batteries,
        dimensions=first.dimensions + second.dimensions,
        items=first.items + tuple(replace(item, number=last + item.number) for item in second.items),
        comments=first.comments + tuple(comment for comment in second.comments if comment.id not in known),
        scores=first.scores + second.scores,
        breakdowns=first.breakdowns + second.breakdowns,
        pages=first.pages + second.pages,
        citation=first.citation + tuple(one for one in second.citation if one not in first.citation),
    )


def join_texts(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Texts (as plain dicts) of both; title, introduction, thanks and every text that both have are the first's."""
    return {key: {**second[key], **value} if isinstance(value, dict) else value for key, value in first.items()}
