"""A synthetic county, drawn whole from one seed: borders, villages, lanes, houses, fields and the roster."""

from __future__ import annotations
