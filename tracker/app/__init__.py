"""The composition root: opens every room in order, wires them, closes in reverse; the only folder that knows them all.

`base.py` is what all rooms are built on, one file per room builds it and names its routes and tasks, `house.py` puts
the rooms together, `server.py` is the life of one process.
"""

from __future__ import annotations

from tracker.app.server import PartDied, Server

__all__ = ["PartDied", "Server"]
