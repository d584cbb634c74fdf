"""Which display rules fit what happens in a page, and who is within a rule's share. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Protocol

from servq.contacts.policy import draw

N_LOTS = 1000
"""A browser draws one of so many lots and keeps it: enough to divide visitors, far too few to know one again."""

_NOBODY = 0


class Conditions(Protocol):
    """What a display rule asks of an occasion; what is empty asks for nothing."""

    event: str
    pages: list[str]
    conditions: dict[str, list[str]]


def fits_page(patterns: Sequence[str], path: str) -> bool:
    """Whether a path fits one of the patterns, in which ``*`` stands for any text; every path when there are none."""
    return not patterns or any(_fits(pattern.split("*"), path) for pattern in patterns)


def _fits(parts: Sequence[str], path: str) -> bool:
    """Look for the parts one behind the other; linear, however many stars there are."""
    if len(parts) == 1:
        return path == parts[0]
    first, *middle, last = parts
    if not path.startswith(first) or not path.endswith(last) or len(path) < len(first) + len(last):
        return False
    place, end = len(first), len(path) - len(last)
    for part in middle:
        found = path.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True


def fits(rule: Conditions, *, event: str, page: str, attributes: Mapping[str, str]) -> bool:
    """Whether an occasion is one of the rule's."""
    return (
        rule.event == event
        and fits_page(rule.pages, page)
        and all(attributes.get(name) in values for name, values in rule.conditions.items())
    )


def is_person_chosen(share: float, *, rule_id: int, user: str) -> bool:
    """Whether a known person is within the share of a rule; the same answer every time."""
    number = int.from_bytes(blake2b(user.encode(), digest_size=8).digest(), "big")
    return draw("display rule", rule_id, number) < share


def is_lot_chosen(share: float, *, rule_id: int, lot: int) -> bool:
    """Whether a browser that drew `lot` is within the share of a rule; every rule begins to count at another lot."""
    return (lot / N_LOTS + draw("display rule", rule_id, _NOBODY)) % 1 < share
