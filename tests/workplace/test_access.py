"""Who comes to which page of the workplace."""

from __future__ import annotations

import pytest

from workplace.addresses import PAGES, PageCase
from workplace.installation import REGIONS, Workplace

ROLES = ("", "manager", "researcher", "admin")
PEOPLE = {"manager": "north", "researcher": "researcher", "admin": "admin"}


@pytest.mark.parametrize("case", PAGES, ids=lambda case: case.path)
def test_a_page_is_shown_to_those_it_is_for_and_to_nobody_else(workplace: Workplace, case: PageCase) -> None:
    path = case.path.format(**workplace.places)
    nobody = workplace.visitor("").get(path)
    if case.role:
        assert nobody.status_code == 303, path
        assert nobody.headers["location"].startswith("/sign-in?next=/manage")
        assert nobody.content == b""
    else:
        assert nobody.status_code == 200
        return
    for role, name in PEOPLE.items():
        answer = workplace.visitor(name).get(path)
        allowed = ROLES.index(role) >= ROLES.index(case.role) and not (role == "manager" and case.of_south)
        assert answer.status_code == (200 if allowed else 404), (path, name)
        if role == "manager":
            for word in (*REGIONS["South"], *case.leaks):
                assert word not in answer.text, (path, word)
