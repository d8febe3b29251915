"""A child process that ends when the one that started it is gone, however that went."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1


def end_with_parent(pid: int, number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent dies; at once if that was before this call.

    Call it in the child, after any change of user, which clears it.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != pid:
        os.kill(os.getpid(), number)
