"""The structure that an instrument declares for one battery, with the moments of the answers to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from servq.analysis.labels import Labels
from servq.scoring import Block
from servq.statistics import Moments


@dataclass(frozen=True)
class DeclaredStructure:
    """Dimensions and their items in one block of answers.

    Parameters
    ----------
    battery
        Id of the battery, or ``gap``.
    dimensions
        Item ids by dimension id; items without a dimension are not part of it.
    moments
        Of all these items, over the respondents who answered every one of them; columns are called by item id.
    labels
        Names in the reader's language.
    """

    battery: str
    dimensions: Mapping[str, tuple[str, ...]]
    moments: Moments
    labels: Labels

    @classmethod
    def of(cls, battery: str, block: Block, labels: Labels) -> DeclaredStructure:
        """The structure of a scored block, which must have dimensions."""
        dimensions = {
            dimension: tuple(block.items[i] for i in positions)
            for dimension, positions in zip(block.dimensions, block.positions, strict=True)
        }
        columns = [i for positions in block.positions for i in positions]
        moments = Moments.of(block.values[:, columns], columns=[block.items[i] for i in columns])
        return cls(battery, dimensions, moments, labels)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return self.moments.n_items

    @cached_property
    def dimension_of(self) -> Mapping[str, str]:
        """Dimension id by item id, in the order of the columns of `moments`."""
        return {item: dimension for dimension, items in self.dimensions.items() for item in items}

    @cached_property
    def factor_names(self) -> Mapping[str, str]:
        """What a model calls each dimension, so that its caveats are readable: the name, which may repeat nothing."""
        names = [self.labels.dimension(dimension) for dimension in self.dimensions]
        if len({*names, *self.moments.names}) < len(names) + self.n_items:
            names = [f"{name} ({position})" for position, name in enumerate(names, start=1)]
        return dict(zip(self.dimensions, names, strict=True))

    @property
    def model(self) -> dict[str, tuple[str, ...]]:
        """Item ids by factor name, as `confirmatory_factor_analysis` takes them."""
        return {self.factor_names[dimension]: items for dimension, items in self.dimensions.items()}

    def label(self, dimension: str) -> str:
        """Name of a dimension."""
        return self.labels.dimension(dimension)

    def number(self, item: str) -> int:
        """Number of an item in the questionnaire."""
        return self.labels.instrument.item(item).number

    def wording(self, item: str) -> str:
        """Wording of an item in the headline battery."""
        return self.labels.item(item, self.labels.headline_battery)
