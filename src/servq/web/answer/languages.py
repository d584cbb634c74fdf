"""Which language a respondent reads; pure."""

from __future__ import annotations

from collections.abc import Sequence


def choose_locale(offered: Sequence[str], *, asked: str, stored: str | None, accepted: str) -> str:
    """Choose among the languages on offer; the first of them if nothing fits.

    Parameters
    ----------
    asked
        What the address asks for; wins.
    stored
        Language in which this respondent answered before.
    accepted
        The ``Accept-Language`` header.
    """
    wanted = [asked, stored or "", *_by_preference(accepted)]
    return next((found for tag in wanted if (found := _match(tag, offered))), offered[0])


def _match(tag: str, offered: Sequence[str]) -> str | None:
    """Find a language by its tag or by the language alone (``de-AT`` reads ``de``)."""
    if not tag:
        return None
    exact = {locale.lower(): locale for locale in offered}
    by_language = {locale.lower().split("-")[0]: locale for locale in reversed(offered)}
    tag = tag.lower().replace("_", "-")
    return exact.get(tag) or by_language.get(tag.split("-")[0])


def _by_preference(header: str) -> list[str]:
    ranked = []
    for position, part in enumerate(header[:500].split(",")):
        tag, _, parameter = part.strip().partition(";")
        quality = _quality(parameter)
        if quality > 0 and tag != "*":
            ranked.append((-quality, position, tag.strip()))
    return [tag for _, _, tag in sorted(ranked)]


def _quality(parameter: str) -> float:
    name, _, number = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
