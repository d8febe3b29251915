"""What one of several processes is told by the parent that starts it."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec

from tracker.metrics import Metrics
from tracker.web.listen import Inherited
from tracker.web.passing import Neighbours


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A process among others of its machine; descriptors are those of inherited listening sockets.

    With `house` empty there is none on this machine: what is no upload is answered as unknown.
    """

    name: str  # house, ingest-1, ...: for logs and metrics
    is_house: bool
    parent: int  # its process id
    database: str
    bus: str
    bus_token: str
    public: int | None
    adopted: int
    house: str
    ingest: str

    def inherited(self, metrics: Metrics) -> Inherited:
        """The sockets, opened once."""
        own, other = (self.house, self.ingest) if self.is_house else (self.ingest, self.house)
        neighbours = Neighbours(
            takes_uploads=not self.is_house, own=Path(own), other=Path(other) if other else None, metrics=metrics
        )
        public = None if self.public is None else socket.socket(fileno=self.public)
        return Inherited(public=public, adopted=socket.socket(fileno=self.adopted), neighbours=neighbours)
