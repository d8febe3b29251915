"""The floor: a bare uvloop server that reads the same requests and gives a fixed reply."""

from __future__ import annotations

import asyncio
from typing import Any

import uvloop

from tests.bench.load.phones import LENGTH

FLOOR_REPLY = b'{"stored":10,"duplicate":0,"off_duty":0,"quarantined":[],"server_time_ms":1780000000412,"on_duty":true}'


def floor_process(port: Any) -> None:
    """A bare server: finds the end of a request, gives the fixed reply."""

    class Floor(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport, self.buffer = transport, b""

        def data_received(self, data: bytes) -> None:
            self.buffer += data
            head = self.buffer.find(b"\r\n\r\n")
            length = LENGTH.search(self.buffer, 0, head) if head > 0 else None
            if length and len(self.buffer) >= head + 4 + int(length[1]):
                self.buffer = b""
                reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(FLOOR_REPLY), FLOOR_REPLY)
                self.transport.write(reply)  # type: ignore[attr-defined]

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", 0, backlog=4096)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    uvloop.run(serve())
