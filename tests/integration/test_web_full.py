"""A process that has hardly any files left turns connections away."""

from __future__ import annotations

import asyncio
import os

from tracker.web.full import WhileThereIsRoom, is_full


class Greeting(asyncio.Protocol):
    """Says one word."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


async def word(most: int | None) -> bytes:
    loop = asyncio.get_running_loop()
    async with await loop.create_server(WhileThereIsRoom(Greeting, most), "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        said = await reader.read()
        writer.close()
        await writer.wait_closed()
        return said


def test_the_lowest_free_number_tells_how_many_files_are_open() -> None:
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    assert (is_full(free), is_full(free + 1)) == (True, False)


async def test_a_connection_is_closed_at_once_where_no_room_is_left() -> None:
    assert (await word(most=1), await word(most=None)) == (b"", b"hello")
