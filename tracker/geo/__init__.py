"""Places: area codes, datums, cells, walked lines and shapes, as pure functions and values."""

from __future__ import annotations
