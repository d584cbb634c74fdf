"""Taking a person's own marks out of texts that stay. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

REDACTED = "[…]"
SHORTEST = 3
"""Letters of a mark that is looked for in texts: a reference such as "7" would be found where nobody is meant."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a person is recognised by: reference, address and whole name, whatever their case."""

    pattern: re.Pattern[str] | None

    @classmethod
    def of(cls, *marks: str | None) -> Marks:
        """Return the marks that can be looked for; longer ones are found first."""
        wanted = {" ".join(mark.split()) for mark in marks if mark}
        found = sorted((mark for mark in wanted if len(mark) >= SHORTEST), key=len, reverse=True)
        if not found:
            return cls(None)
        words = "|".join(r"\s+".join(map(re.escape, mark.split())) for mark in found)
        return cls(re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE))

    def are_in(self, text: str) -> bool:
        """Whether a text names the person."""
        return self.pattern is not None and self.pattern.search(text) is not None

    def out_of(self, text: str) -> str:
        """Return a text without them."""
        return text if self.pattern is None else self.pattern.sub(REDACTED, text)

    def out_of_values(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return texts without them, under the same names."""
        return {name: self.out_of(text) for name, text in texts.items()}

    def out_of_key(self, key: str) -> str:
        """Return a key that is unique as it is, or another one in its place that names nobody."""
        return f"erased-{blake2b(key.encode(), digest_size=16).hexdigest()}" if self.are_in(key) else key


def only_site(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return the site alone: where somebody was served stays, so that the counts do not change."""
    return {name: value for name, value in attributes.items() if name == "site"}


def without_person(data: Mapping[str, object], marks: Marks) -> dict[str, object]:
    """Return what another system was told of a response, without whose it was."""
    kept = dict(data)
    if "contact" in kept:
        kept["contact"] = None
    attributes, texts = kept.get("attributes"), kept.get("texts")
    if isinstance(attributes, Mapping):
        kept["attributes"] = only_site(_texts(attributes.items()))
    if isinstance(texts, Mapping):
        kept["texts"] = marks.out_of_values(_texts(texts.items()))
    return kept


def _texts(pairs: Iterable[tuple[object, object]]) -> dict[str, str]:
    return {str(name): str(value) for name, value in pairs}
