"""What must hold between the parts of an instrument; one rule is one function."""

from __future__ import annotations
from collections.abc import Callable, Iterable, Iterator
from servq.errors import Problem
from servq.instruments.sources import Source

Rule = Callable[[Source], Iterator[Problem]]
CONTENT_RULES: tuple[Rule, ...] = ()


def broken(rules: Iterable[Rule], source: Source) -> list[Problem]:
    return [problem for rule in rules for problem in rule(source)]
