"""The statistics of cases built from what they need: figures, heat, recurring trouble."""

from __future__ import annotations

from tracker.cases.book import Books
from tracker.cases.http_kpi import KpiHttp
from tracker.cases.http_stats import StatsHttp
from tracker.cases.kpi_tables import Tables
from tracker.cases.reading import Reading
from tracker.cases.stats_behind import Behind
from tracker.cases.stats_read import Statistics
from tracker.clock import NowMs
from tracker.county.register import Register
from tracker.db.pool import Database
from tracker.routes import Route


class StatisticsRoom:
    """`routes()` for the web room, `fold.run()` as a background task."""

    def __init__(
        self, *, database: Database, reading: Reading, register: Register, books: Books, now_ms: NowMs
    ) -> None:
        statistics = Statistics(database=database, now_ms=now_ms)
        self.fold = statistics.fold
        tables = Tables(database=database, statistics=statistics, register=register, books=books)
        behind = Behind(database=database, statistics=statistics)
        self._kpi = KpiHttp(database=database, reading=reading, tables=tables, behind=behind)
        self._stats = StatsHttp(database=database, reading=reading, books=books, fold=self.fold, now_ms=now_ms)

    def routes(self) -> list[Route]:
        """Every route of the statistics."""
        return [*self._kpi.routes(), *self._stats.routes()]
