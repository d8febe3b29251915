"""Two hosts on one machine: network namespaces with a cable between them; only root can make them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator

FIRST, SECOND = "10.77.0.1", "10.77.0.2"
CLONE_NEWNET = 0x40000000


class Hosts:
    """`first` and `second` are names of namespaces; use `two_hosts()`."""

    def __init__(self) -> None:
        self.first, self.second = f"sanxun-{os.getpid()}-1", f"sanxun-{os.getpid()}-2"

    def make(self) -> str | None:
        """Make both hosts and the cable; gives the reason where that is not possible."""
        for words in (
            f"netns add {self.first}",
            f"netns add {self.second}",
            f"link add cable0 netns {self.first} type veth peer name cable0 netns {self.second}",
            f"-n {self.first} addr add {FIRST}/24 dev cable0",
            f"-n {self.second} addr add {SECOND}/24 dev cable0",
            *(f"-n {name} link set {device} up" for name in (self.first, self.second) for device in ("lo", "cable0")),
        ):
            try:
                done = subprocess.run(["ip", *words.split()], check=False, capture_output=True, text=True)
            except FileNotFoundError:
                return "the program ip is not installed"
            if done.returncode:
                return f"ip {words}: {done.stderr.strip()}"
        return None

    def remove(self) -> None:
        """Take both away, with all that is in them."""
        with contextlib.suppress(FileNotFoundError):  # without ip nothing was made
            for name in (self.first, self.second):
                subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)

    def cable(self, state: str) -> None:
        """`down` pulls the cable, `up` puts it back."""
        subprocess.run(["ip", "-n", self.second, "link", "set", "cable0", state], check=True)


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """Let this thread, and what it starts, be on a host."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as here, open(f"/var/run/netns/{name}") as there:  # noqa: PTH123  # descriptors
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(here.fileno(), CLONE_NEWNET)
