"""Give memory that a big, rare piece of work took back to the system; glibc alone would keep it."""

from __future__ import annotations

import ctypes


def give_back() -> bool:
    """Whether anything was given back; False where the C library cannot (musl, macOS). Takes some ms."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return bool(trim(0)) if trim else False
