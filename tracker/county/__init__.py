"""The county register: divisions, grids, departments, workers and the drawn plan, with import, export and history."""

from __future__ import annotations
