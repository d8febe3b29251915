"""A synthetic county and its walkers, for demonstrations and load tests."""

from __future__ import annotations
