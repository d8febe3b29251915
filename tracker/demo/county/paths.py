"""Cheapest ways through a graph given as neighbour lists."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence

Graph = Mapping[int, Sequence[tuple[int, float]]]


def tree(graph: Graph, sources: Iterable[int]) -> dict[int, int]:
    """Each reachable node to the one before it on its cheapest way from a source; sources lead to themselves."""
    parent: dict[int, int] = {}
    queue = [(0.0, s, s) for s in sorted(sources)]
    while queue:
        cost, node, before = heapq.heappop(queue)
        if node in parent:
            continue
        parent[node] = before
        for other, length in graph.get(node, ()):
            if other not in parent:
                heapq.heappush(queue, (cost + length, other, node))
    return parent


def way(parent: Mapping[int, int], node: int) -> list[int]:
    """Nodes from `node` back to its source."""
    found = [node]
    while parent[found[-1]] != found[-1]:
        found.append(parent[found[-1]])
    return found
