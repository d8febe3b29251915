"""The bus between processes and machines: committed batches over NATS; a reader that misses one reads it from history.

NATS core, not JetStream: every commit is already durable in PostgreSQL with a mark (tracker/tracks/marks.py), so a
second durable copy would cost a second disk write per commit and could not be made in the same transaction.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from tracker.bus.local import LocalBus
from tracker.bus.model import Batch, Message, Reader
from tracker.metrics import Metrics

BUFFER_BYTES = 32 * 1024 * 1024  # some seconds of a whole province; what is older is read from history anyway
CONNECT_S = 2
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 2.0
BEAT_S = 3.0
PING_S = 5  # a peer that does not answer two of them is gone: half-open connections end after 15 s

log = logging.getLogger(__name__)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


class NatsBus:
    """A LocalBus whose batches other processes hear as well. Run `run()` as a task; publishing never waits for it.

    Only batches travel: everything else that is published has its readers in its own process. What cannot be sent at
    once (NATS away, buffer full, message too large) is dropped and counted.
    """

    def __init__(self, url: str, *, subject: str, metrics: Metrics, token: str = "") -> None:
        self._url = url
        self._token = token
        self._subject = subject
        self._metrics = metrics
        self._local = LocalBus(metrics)
        self._remote: dict[str, Callable[[Batch], None]] = {}
        self._beat: Callable[[], bytes] | None = None
        self._hear_beat: Callable[[bytes], None] | None = None
        self._buffer: deque[bytes] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._client: Client | None = None

    @property
    def is_connected(self) -> bool:
        """Whether NATS can be reached at the moment."""
        return self._client is not None

    def subscribe(self, name: str, reader: Reader) -> None:
        """Call `reader` with every message of this process from now on; it must return at once."""
        self._local.subscribe(name, reader)

    def listen(self, name: str, reader: Callable[[Batch], None]) -> None:
        """Call `reader` with every batch of other processes that arrives; before `run()`. It must return at once."""
        self._remote[name] = reader

    def beats(self, beat: Callable[[], bytes], hear: Callable[[bytes], None] | None = None) -> None:
        """Tell others `beat()` every few seconds, and call `hear` with what others tell; before `run()`."""
        self._beat, self._hear_beat = beat, hear

    def publish(self, message: Message) -> None:
        """Give a durable change to every reader here, and batches to the other processes."""
        self._local.publish(message)
        if not isinstance(message, Batch):
            return
        data = _encode(message)
        if self._client is None or self._bytes + len(data) > BUFFER_BYTES:
            self._metrics.bus_unsent.inc()
            return
        self._buffer.append(data)
        self._add_bytes(len(data))
        self._wake.set()

    async def run(self) -> None:
        """Stay connected and send until cancelled; what waits then is sent."""
        wait_s = FIRST_WAIT_S
        while True:
            closed = asyncio.Event()
            client = await self._connect(closed)
            if client is None:
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
                continue
            wait_s = FIRST_WAIT_S
            await self._serve(client, closed)

    async def _serve(self, client: Client, closed: asyncio.Event) -> None:
        self._client = client
        self._metrics.bus_connected.set(1)
        log.info("The bus is connected", extra={"action": "bus.connected"})
        sending = asyncio.create_task(self._send(client), name="bus sender")
        beating = asyncio.create_task(self._tell(client), name="bus beat")
        try:
            await closed.wait()
            log.warning("The bus is away; batches are read from history", extra={"action": "bus.away"})
        finally:
            self._client = None
            self._metrics.bus_connected.set(0)
            await _ended(sending, beating)
            await self._close(client, closed)

    async def _close(self, client: Client, closed: asyncio.Event) -> None:
        """Send what waits as far as that is possible, then forget it."""
        if not client.is_closed:
            sending = asyncio.create_task(self._send_rest(client), name="bus end")
            # a flush waits on for the answer of a server that went meanwhile
            gone = asyncio.create_task(closed.wait(), name="bus gone")
            await asyncio.wait((sending, gone), timeout=CONNECT_S, return_when=asyncio.FIRST_COMPLETED)
            await _ended(sending, gone)
        await _abandon(client)
        self._metrics.bus_unsent.inc(len(self._buffer))
        self._buffer.clear()
        self._add_bytes(-self._bytes)

    async def _connect(self, closed: asyncio.Event) -> Client | None:
        async def on_closed() -> None:
            closed.set()

        async def on_error(error: Exception) -> None:
            log.debug("The bus reports: %r", error)

        more: dict[str, Any] = {"token": self._token} if self._token else {}
        client = Client()
        try:
            await client.connect(
                self._url,
                no_echo=True,
                allow_reconnect=False,  # `run` does, with its own patience
                max_reconnect_attempts=1,
                reconnect_time_wait=FIRST_WAIT_S,  # type: ignore[arg-type]  # parts of a second are good, too
                connect_timeout=CONNECT_S,
                ping_interval=PING_S,
                max_outstanding_pings=2,
                closed_cb=on_closed,
                error_cb=on_error,
                **more,
            )
            if self._remote:
                await client.subscribe(self._subject, cb=self._receive)
            if self._hear_beat is not None:
                await client.subscribe(f"{self._subject}.beat", cb=self._receive_beat)
            await client.flush()
        except (NatsError, OSError, TimeoutError) as error:
            log.debug("The bus is not there: %r", error)
            await _abandon(client)
            return None
        except asyncio.CancelledError:
            await _abandon(client)
            raise
        return client

    async def _receive(self, message: Msg) -> None:
        try:
            batch = _decode(message.data)
        except msgspec.MsgspecError as error:  # another version of the program speaks: its marks tell what it stored
            log.warning("A batch cannot be read: %s", error, extra={"action": "bus.unreadable"})
            return
        self._metrics.bus_received.inc()
        for name, reader in self._remote.items():
            try:
                reader(batch)
            except Exception:  # as in LocalBus: one reader's bug must not keep the batch from the others
                log.exception("Bus reader %s failed", name, extra={"action": "bus_reader_failed"})
                self._metrics.bus_dropped.labels(reader=name).inc()

    async def _receive_beat(self, message: Msg) -> None:
        if self._hear_beat is not None:
            self._hear_beat(message.data)

    async def _tell(self, client: Client) -> None:
        while self._beat is not None and self._client is client:
            await client.publish(f"{self._subject}.beat", self._beat())
            await asyncio.sleep(BEAT_S)

    async def _send(self, client: Client) -> None:
        while self._client is client:
            await self._send_waiting(client)
            self._wake.clear()
            await self._wake.wait()

    async def _send_rest(self, client: Client) -> None:
        await self._send_waiting(client)
        await client.flush()

    async def _send_waiting(self, client: Client) -> None:
        while self._buffer:
            data = self._buffer.popleft()
            self._add_bytes(-len(data))
            if len(data) > client.max_payload:
                self._metrics.bus_unsent.inc()
                continue
            await client.publish(self._subject, data)

    def _add_bytes(self, change: int) -> None:
        self._bytes += change
        self._metrics.bus_buffer.set(self._bytes)


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks that use the client, which may swallow that: they are waited for a moment, not for ever."""
    for task in tasks:
        task.cancel()
    done, _ = await asyncio.wait(tasks, timeout=CONNECT_S)
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            log.debug("The bus ended with %r", error)


async def _abandon(client: Client) -> None:
    closing = asyncio.create_task(client.close(), name="bus close")
    await asyncio.wait((closing,), timeout=CONNECT_S)
    if client._transport is not None:  # noqa: SLF001  # a client that was refused leaves its socket open
        client._transport.close()  # type: ignore[no-untyped-call]  # noqa: SLF001
