"""A path model as the caller draws it: which items stand for a construct, and which construct leads to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from servq.errors import InvalidArgument

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mode = Literal["A", "B"]
Blocks = Mapping[str, Sequence[str] | str]
Paths = Iterable[tuple[str, str]] | Mapping[str, Sequence[str] | str]
Modes = Mapping[str, Mode] | Mode


@dataclass(frozen=True)
class PathDiagram:
    """Constructs with their items and modes, and the paths between them.

    An *indicator* is an item in its block: an item of two blocks makes two indicators.

    Parameters
    ----------
    blocks
        Items of each construct.
    modes
        ``"A"`` (items reflect the construct) or ``"B"`` (items form it), for each construct.
    paths
        Pairs (from, to), in the caller's order.
    """

    blocks: Mapping[str, tuple[str, ...]]
    modes: Mapping[str, Mode]
    paths: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, blocks: Blocks, paths: Paths, modes: Modes | None = None) -> PathDiagram:
        """Check what the caller drew.

        Raises
        ------
        InvalidArgument
            An empty block, an item twice in a block, an unknown construct or mode, a path drawn twice, paths that run
            in a circle, a construct without any path.
        """
        read = _names_by_name(blocks, "blocks", "the items of each construct")
        arrows = _read_paths(paths, tuple(read))
        diagram = cls(read, _read_modes(modes, tuple(read)), arrows)
        _refuse_circles(diagram)
        return diagram

    def without(self, source: str, target: str) -> PathDiagram | None:
        """Return the model without one path and without constructs left alone; None if nothing leads to the target."""
        paths = tuple(path for path in self.paths if path != (source, target))
        if not any(end == target for _, end in paths):
            return None
        joined = {name for path in paths for name in path}
        blocks = {name: items for name, items in self.blocks.items() if name in joined}
        return PathDiagram(blocks, {name: self.modes[name] for name in blocks}, paths)

    @cached_property
    def constructs(self) -> tuple[str, ...]:
        """Constructs in the caller's order; rows and columns of every matrix of constructs."""
        return tuple(self.blocks)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Every item once."""
        return tuple(dict.fromkeys(item for items in self.blocks.values() for item in items))

    @cached_property
    def item_of(self) -> NDArray[np.intp]:
        """Position in `items` of each indicator, shape (n_indicators,)."""
        where = {item: position for position, item in enumerate(self.items)}
        return np.array([where[item] for items in self.blocks.values() for item in items], dtype=np.intp)

    @cached_property
    def construct_of(self) -> NDArray[np.intp]:
        """Position in `constructs` of each indicator's construct, shape (n_indicators,)."""
        sizes = [len(items) for items in self.blocks.values()]
        return np.repeat(np.arange(len(sizes)), sizes)

    @cached_property
    def membership(self) -> NDArray[np.float64]:
        """1 where an indicator belongs to a construct, shape (n_indicators, n_constructs)."""
        return np.eye(len(self.blocks))[self.construct_of]

    @cached_property
    def arrows(self) -> NDArray[np.bool_]:
        """Entry [i, j] says whether a path leads from construct i to construct j."""
        matrix = np.zeros((len(self.blocks), len(self.blocks)), dtype=bool)
        for source, target in self.paths:
            matrix[self.constructs.index(source), self.constructs.index(target)] = True
        return matrix

    @cached_property
    def predecessors(self) -> Mapping[int, NDArray[np.intp]]:
        """Constructs that lead to each explained construct, by position."""
        return {int(target): np.flatnonzero(self.arrows[:, target]) for target in np.flatnonzero(self.arrows.any(0))}

    @cached_property
    def formed(self) -> tuple[NDArray[np.intp], ...]:
        """Indicators of each block of mode B that has more than one item, by position."""
        return tuple(
            np.flatnonzero(self.construct_of == position)
            for position, (name, items) in enumerate(self.blocks.items())
            if self.modes[name] == "B" and len(items) > 1
        )

    @cached_property
    def reflective(self) -> NDArray[np.bool_]:
        """Whether a construct is measured in mode A by more than one item, shape (n_constructs,)."""
        return np.array([self.modes[name] == "A" and len(items) > 1 for name, items in self.blocks.items()])


def _names_by_name(mapping: object, argument: str, meaning: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(mapping, Mapping) or not mapping:
        raise InvalidArgument(f'{argument} must map {meaning}, for example {{"loyalty": ["loy_1", "loy_2"]}}.')
    read: dict[str, tuple[str, ...]] = {}
    for name, given in mapping.items():
        if not isinstance(given, str | Iterable):
            raise InvalidArgument(f"{argument}: {name} must list names.")
        names = (given,) if isinstance(given, str) else tuple(map(str, given))
        if not names:
            raise InvalidArgument(f"{argument}: {name} must list at least one name.")
        if len(set(names)) < len(names):
            raise InvalidArgument(f"{argument}: {name} lists a name twice.")
        read[str(name)] = names
    return read


def _read_paths(paths: object, constructs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if isinstance(paths, Mapping):
        explained = _names_by_name(paths, "paths", "each explained construct to those that lead to it")
        pairs = [(source, target) for target, sources in explained.items() for source in sources]
    else:
        pairs = _read_pairs(paths)
    unknown = sorted({name for pair in pairs for name in pair if name not in constructs})
    if unknown:
        raise InvalidArgument(f"paths name {', '.join(unknown)}, which blocks do not have: {', '.join(constructs)}.")
    if len(set(pairs)) < len(pairs):
        twice = next(pair for pair in pairs if pairs.count(pair) > 1)
        raise InvalidArgument(f"The path from {twice[0]} to {twice[1]} is drawn twice.")
    alone = [name for name in constructs if not any(name in pair for pair in pairs)]
    if alone:
        raise InvalidArgument(
            f"No path leads from or to {', '.join(alone)}; without a neighbour its weights have no meaning. "
            "Draw a path or leave the block out."
        )
    return tuple(pairs)


def _read_pairs(paths: object) -> list[tuple[str, str]]:
    if isinstance(paths, str) or not isinstance(paths, Iterable):
        raise InvalidArgument('paths must list pairs (from, to), for example [("value", "loyalty")].')
    pairs = []
    for pair in paths:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:  # from, to
            raise InvalidArgument(f"paths must list pairs (from, to); {pair!r} is none.")
        pairs.append((str(pair[0]), str(pair[1])))
    return pairs


def _read_modes(modes: object, constructs: tuple[str, ...]) -> dict[str, Mode]:
    given = modes if isinstance(modes, Mapping) else dict.fromkeys(constructs, "A" if modes is None else modes)
    unknown = [str(name) for name in given if name not in constructs]
    if unknown:
        raise InvalidArgument(f"modes name {', '.join(unknown)}, which blocks do not have: {', '.join(constructs)}.")
    read: dict[str, Mode] = {}
    for name in constructs:
        mode = given.get(name, "A")
        if mode not in {"A", "B"}:
            raise InvalidArgument(f'The mode of {name} must be "A" or "B"; it is {mode!r}.')
        read[name] = "B" if mode == "B" else "A"
    return read


def _refuse_circles(diagram: PathDiagram) -> None:
    """Take away, again and again, what nothing left leads to; what remains hangs on a circle."""
    left = set(range(len(diagram.constructs)))
    while free := {construct for construct in left if not any(diagram.arrows[other, construct] for other in left)}:
        left -= free
    if left:
        names = ", ".join(diagram.constructs[construct] for construct in sorted(left))
        raise InvalidArgument(f"The paths run in a circle ({names}); take out a path.")
