"""The tree of the organisation: what stands below what, and who may see it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from servq.accounts import site_queries
from servq.accounts.models import Site, SiteKind


@dataclass(frozen=True, slots=True)
class TreeSite:
    """A node with its place in the tree, as lists show it."""

    id: int
    name: str
    kind: SiteKind
    parent_id: int | None
    depth: int


async def list_tree(session: AsyncSession) -> tuple[TreeSite, ...]:
    """Return all nodes, each followed by what stands below it, by name."""
    return ordered(await site_queries.list_sites(session))


async def names_below(session: AsyncSession, site_ids: Iterable[int]) -> frozenset[str]:
    """Return the names of these nodes and of everything below them."""
    nodes = await site_queries.list_sites(session)
    return frozenset(node.name for node in nodes if node.id in ids_below(nodes, set(site_ids)))


def ids_below(nodes: Sequence[Site], ids: Collection[int]) -> frozenset[int]:
    """Return these nodes and everything below them."""
    children = _children(nodes)
    found: set[int] = set()
    waiting = [node.id for node in nodes if node.id in ids]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting.extend(node.id for node in children.get(each, ()))
    return frozenset(found)


def ordered(nodes: Sequence[Site]) -> tuple[TreeSite, ...]:
    """Return nodes in the order of the tree."""
    children = _children(nodes)

    def walk(parent: int | None, depth: int) -> Iterable[TreeSite]:
        for node in sorted(children.get(parent, ()), key=lambda node: node.name.casefold()):
            yield TreeSite(node.id, node.name, node.kind, node.parent_id, depth)
            yield from walk(node.id, depth + 1)

    return tuple(walk(None, 0))


def _children(nodes: Sequence[Site]) -> Mapping[int | None, Sequence[Site]]:
    children: dict[int | None, list[Site]] = {}
    for node in nodes:
        children.setdefault(node.parent_id, []).append(node)
    return children
