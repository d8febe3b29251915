"""The floors: what sockets alone and PostgreSQL alone cost for the same bytes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import asyncpg
import uvloop

from tests.bench.load.phones import cpu_s

REPLY_BYTES = 760  # of an answer with its headers
ROWS = 2000  # uploads of one COPY, as in a group commit under load
SEGMENT_BYTES = 130  # of an upload of 10 in the table
COPIES = 40


def echo_process(port: Any) -> None:
    """A server that answers whatever comes with as many bytes as ours, and looks at nothing."""
    body = b'{"stored":10,"stored":1,"floor":true}'
    reply = b"HTTP/1.1 200 OK\r\nX: %b\r\n\r\n%b" % (b"x" * (REPLY_BYTES - 28 - len(body)), body)

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.write = transport.write  # type: ignore[attr-defined]

        def data_received(self, data: bytes) -> None:  # noqa: ARG002 - nothing is looked at
            self.write(reply)

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=4096)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    uvloop.run(serve())


async def copy_floor(url: str, database_s: Callable[[], float]) -> tuple[float, float]:
    """CPU µs per upload of a bare binary COPY into a table without an index: (client, PostgreSQL)."""
    connection = await asyncpg.connect(url)
    await connection.execute("create table if not exists bench_floor (worker_id int, at timestamptz, data bytea)")
    now = await connection.fetchval("select now()")
    rows = [(number, now, bytes(SEGMENT_BYTES)) for number in range(ROWS)]
    before = (cpu_s(), database_s())
    for _ in range(COPIES):
        await connection.copy_records_to_table("bench_floor", records=rows)
    time.sleep(0.1)  # noqa: ASYNC251 - the log writer's share comes a moment later, and nothing else runs here
    after = (cpu_s(), database_s())
    await connection.execute("drop table bench_floor")
    await connection.close()
    uploads = ROWS * COPIES
    return 1e6 * (after[0] - before[0]) / uploads, 1e6 * (after[1] - before[1]) / uploads
