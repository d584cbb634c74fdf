"""What a reader must know of the questionnaire: adapted, unvalidated wording, unknown structure."""

from __future__ import annotations

from servq.analysis.absence import Unavailable
from servq.analysis.score_findings import Adapted, WordingStatus
from servq.instruments.model import Instrument
from servq.messages import Message
from servq.scoring.blocks import is_mapped


def make_adaptation(instrument: Instrument) -> Adapted | None:
    """How the instrument differs from the one that it adapts."""
    found = instrument.definition.adaptation
    if found is None:
        return None
    details = []
    if found.dropped:
        details.append(Message("Left out: {names}.", names=", ".join(found.dropped)))
    if found.added:
        details.append(Message("Added: {names}.", names=", ".join(found.added)))
    if found.reworded:
        details.append(Message("Reworded in: {names}.", names=", ".join(found.reworded)))
    if found.beside:
        details.append(Message("Asked in the same questionnaire: {names}.", names=", ".join(found.beside)))
    if found.mapped:
        details.append(
            Message("Which item measures which dimension was decided by whoever adapted it, not by the publication.")
        )
    return Adapted(
        of=found.of,
        of_version=found.of_version,
        dropped=tuple(found.dropped),
        added=tuple(found.added),
        beside=tuple(found.beside),
        reworded=tuple(found.reworded),
        mapped=found.mapped,
        reading=_reading(len(found.dropped), len(found.added), found.of, found.of_version),
        details=tuple(details),
    )


def _reading(n_dropped: int, n_added: int, of: str, version: str) -> Message:
    if n_dropped or n_added:
        return Message(
            "An adaptation of {of} {version} (parts left out: {dropped}, added: {added}). What is known of the "
            "original's reliability and validity does not carry over by itself.",
            of=of,
            version=version,
            dropped=n_dropped,
            added=n_added,
        )
    return Message(
        "An adaptation of {of} {version}. What is known of the original's reliability and validity does not carry over "
        "by itself.",
        of=of,
        version=version,
    )


def make_wording_status(instrument: Instrument, locale: str) -> WordingStatus:
    """Whether the wording in this language was validated in a published study."""
    texts = instrument.texts_in(locale)
    own = instrument.definition.rights.wording == "own"
    return WordingStatus(
        locale=texts.locale,
        validated=texts.validated,
        own_wording=own,
        reading=_read_wording(own=own, validated=texts.validated),
    )


def _read_wording(*, own: bool, validated: bool) -> Message:
    if validated:
        return Message("The wording in this language was validated in a published study.")
    if own:
        return Message(
            "The wording in this language is servq's own for the published constructs and was not validated; compare "
            "with published figures only with care."
        )
    return Message(
        "The wording in this language was not validated in a published study; compare with published figures only "
        "with care."
    )


def make_structure(instrument: Instrument) -> Unavailable | None:
    """Why there are no dimension scores although the instrument names dimensions."""
    if is_mapped(instrument) or not instrument.definition.dimensions:
        return None
    return Unavailable(
        reason=Message(
            "No source that could be read says which item measures which dimension, so there are no dimension scores: "
            "the items are reported one by one. Whoever knows the map can supply it by an adaptation."
        )
    )
