"""The answers of one wave as arrays, and how changed responses are put into them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -1
"""In place of the position of a label: the response does not have the attribute at all."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of many responses.

    Parameters
    ----------
    labels
        The values that occur.
    positions
        int32, shape (n_responses,): position of the value in `labels`, or `UNKNOWN`.
    """

    labels: tuple[str, ...]
    positions: NDArray[np.int32]

    def texts(self) -> NDArray[np.object_]:
        """The values, "" where there is none, shape (n_responses,)."""
        labels = np.array([*self.labels, ""], dtype=np.object_)
        return labels[self.positions]

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Attribute:
        """The same of some responses."""
        return Attribute(self.labels, self.positions[rows])

    def pruned(self) -> Attribute:
        """The same without values that nobody has: what was erased must not stay as a name."""
        used = np.unique(self.positions[self.positions != UNKNOWN])
        places = np.full(len(self.labels) + 1, UNKNOWN, dtype=np.int32)
        places[used] = np.arange(len(used), dtype=np.int32)
        return Attribute(tuple(self.labels[at] for at in used), places[self.positions])

    @property
    def is_known(self) -> bool:
        """Whether any response has it."""
        return bool((self.positions != UNKNOWN).any())

    @classmethod
    def of(cls, values: Iterable[str | None]) -> Attribute:
        """The attribute with these values; None where a response does not have it."""
        labels: dict[str, int] = {}
        positions = [UNKNOWN if value is None else labels.setdefault(value, len(labels)) for value in values]
        return cls(tuple(labels), np.array(positions, dtype=np.int32))

    @classmethod
    def joined(cls, parts: Sequence[Attribute]) -> Attribute:
        """The attribute of all responses of several parts, in their order."""
        labels: dict[str, int] = {}
        positions = []
        for part in parts:
            new = [labels.setdefault(label, len(labels)) for label in part.labels]
            positions.append(np.array([*new, UNKNOWN], dtype=np.int32)[part.positions])
        return cls(tuple(labels), np.concatenate(positions) if positions else np.empty(0, dtype=np.int32))


@dataclass(frozen=True, slots=True)
class WaveRows:
    """The answers of one wave, in the order of the ids of the responses.

    Parameters
    ----------
    ids
        Bytes, shape (n_responses,).
    codes
        int16, shape (n_responses, n_columns), as in `AnswerTable`.
    submitted
        Whether a response is complete, shape (n_responses,).
    """

    ids: NDArray[np.bytes_]
    codes: NDArray[np.int16]
    submitted: NDArray[np.bool_]
    attributes: Mapping[str, Attribute]

    @property
    def n(self) -> int:
        """Number of responses."""
        return len(self.ids)

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        attributes = sum(one.positions.nbytes for one in self.attributes.values())
        return self.ids.nbytes + self.codes.nbytes + self.submitted.nbytes + attributes

    @classmethod
    def of(
        cls,
        ids: Sequence[bytes],
        codes: NDArray[np.int16],
        submitted: Sequence[bool],
        attributes: Sequence[Mapping[str, str]],
    ) -> WaveRows:
        """The arrays of responses that are given one beside the other, in any order."""
        keys = np.array(ids, dtype=np.bytes_)
        order = np.argsort(keys, kind="stable")
        known = sorted({name for one in attributes for name in one})
        return cls(
            ids=keys[order],
            codes=codes[order],
            submitted=np.array(submitted, dtype=np.bool_)[order],
            attributes={name: Attribute.of(one.get(name) for one in attributes).take(order) for name in known},
        )

    def changed(self, ids: Sequence[bytes], now: WaveRows) -> WaveRows:
        """The same where the responses `ids` have become those of `now`; one that is not there is taken out."""
        kept = ~np.isin(self.ids, np.array(ids, dtype=np.bytes_))
        together = np.concatenate([self.ids[kept], now.ids])
        order = np.argsort(together, kind="stable")
        attributes = {
            name: Attribute.joined([_of(self, name).take(kept), _of(now, name)]).take(order).pruned()
            for name in sorted({*self.attributes, *now.attributes})
        }
        return WaveRows(
            ids=together[order],
            codes=np.concatenate([self.codes[kept], now.codes])[order],
            submitted=np.concatenate([self.submitted[kept], now.submitted])[order],
            attributes={name: attribute for name, attribute in attributes.items() if attribute.labels},
        )


def _of(rows: WaveRows, name: str) -> Attribute:
    """An attribute, or that no response has it."""
    return rows.attributes.get(name) or Attribute((), np.full(rows.n, UNKNOWN, dtype=np.int32))
