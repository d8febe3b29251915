"""A child process that ends when the one that started it is gone, however that went."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def end_with_parent(pid: int) -> None:
    """Ask the kernel for SIGTERM when the parent dies; at once if that was before this call."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != pid:
        os.kill(os.getpid(), signal.SIGTERM)
