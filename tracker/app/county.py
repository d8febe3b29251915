"""The county room: the register, its exchange, and the base map."""

from __future__ import annotations

from tracker.app.base import Base, routes_of
from tracker.county.answers import Raster
from tracker.county.http import CardParts, CountyHttp
from tracker.county.http_exchange import ExchangeHttp
from tracker.county.register import Register
from tracker.geo.area import Area
from tracker.routes import Route
from tracker.web.basemap import PATH as BASE_MAP_PATH
from tracker.web.basemap import BaseMap


class CountyRoom:
    """`load()` reads the whole register; `start()` begins to look for its changes."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self.register = Register(base.database)

    async def load(self) -> None:
        """Read the register."""
        await self.register.load()

    def start(self) -> None:
        """Follow the register's changes until the process closes."""
        self.register.start()
        self._base.closing.push_async_callback(self.register.stop)

    def routes(self, parts: CardParts) -> list[Route]:
        """The register; `parts` are what other rooms add to a worker's card."""
        base, settings = self._base, self._base.settings
        raster = Raster(url=settings.raster_url, attribution=settings.raster_attribution, datum=settings.raster_datum)
        county = CountyHttp(
            register=self.register,
            database=base.database,
            parts=parts,
            raster=raster if settings.raster_url else None,
            pmtiles=BASE_MAP_PATH if settings.pmtiles else None,
        )
        exchange = ExchangeHttp(register=self.register, database=base.database, audit=base.audit, peers=base.peers)
        return routes_of(county, exchange, BaseMap(settings.pmtiles))


class Roster:
    """What the tracks room asks of the register."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def grid_of(self, worker_id: int) -> str | None:
        """The code of the worker's grid."""
        return self._register.grid_of(worker_id)

    def worker_ids(self, area: Area) -> list[int]:
        """Everyone who works in an area."""
        return [worker.id for worker in self._register.workers_in(area) if worker.id is not None]

    def worker_name(self, worker_id: int) -> str:
        """A worker's name, or the number of one who is not in the register any more."""
        worker = self._register.worker(worker_id)
        return worker.name if worker else str(worker_id)
