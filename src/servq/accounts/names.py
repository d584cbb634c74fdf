"""What may be the name of a person or a site, said so that pages can translate it. Pure."""

from __future__ import annotations

from servq.errors import Problem
from servq.messages import Message


def called_problems(name: str, *, longest: int, column: str = "name") -> list[Problem]:
    """Say what is wrong with a name: one line of text that is neither empty nor too long."""
    if not name.strip() or len(name.strip()) > longest:
        fix = Message("Give 1 to {n} characters.", n=longest)
        return [Problem(Message("This is no name."), fix, column=column)]
    if not name.isprintable():
        fix = Message("Delete line breaks and other signs that cannot be seen.")
        return [Problem(Message("This is no name."), fix, column=column)]
    return []
