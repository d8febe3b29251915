"""Columns of whole numbers in few bits, as Parquet's DELTA_BINARY_PACKED does it, so that SQL can read them as well.

Layout, big-endian: number of columns (1 byte), of rows (2), for each column its header of 11 bytes; then for each
column the width in bits of every block of 32 rows (1 byte each); then the blocks, column by column, each from a new
byte on, highest bit first. A column is stored as it is or as differences from row to row, each less the least of them,
or folded to be positive, and divided by what divides them all. SQL reads the same with `packed_columns`
(migrations/0003_create_tracks.sql).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
BLOCK = 32  # rows of one width: a jump makes only its own block wide
MOST_ROWS = 0xFFFF
_COUNTS = struct.Struct(">BH")
_HEADER = np.dtype([("mode", "u1"), ("step", ">u2"), ("first", ">i4"), ("least", ">i4")])
_PLAIN, _FOLDED, _STEPS = 0, 1, 2  # mode: values less the least; folded differences; differences less the least
_WIDEST_STEP = 0xFFFF
_WIDEST_LEAST = 0x7FFFFFFF
_NEVER_BEST = 1 << 40  # wider than the folded form of any difference
_WORD_BYTES = 8


def pack_columns(columns: Ints) -> bytes:
    """Encode columns × rows of 32-bit numbers, at least one row."""
    count, rows = columns.shape
    header = np.zeros(count, _HEADER)
    header["first"] = columns[:, 0]
    residuals = _choose(columns, header)
    widths = _widths(residuals)
    start = b"".join([_COUNTS.pack(count, rows), header.tobytes(), widths.astype(np.uint8).tobytes()])
    return start + _pack_bits(residuals, widths)


def unpack_columns(packed: bytes, which: Sequence[int] | slice = slice(None)) -> Ints:
    """Decode columns × rows, or only some of the columns."""
    count, rows = _COUNTS.unpack_from(packed)
    header = np.frombuffer(packed, _HEADER, count, _COUNTS.size)[which]
    mode, step, first, least = (header[name].astype(np.int64)[:, None] for name in ("mode", "step", "first", "least"))
    residuals = _unpack_bits(packed, count, rows, which)
    unfolded = np.where(mode == _FOLDED, (residuals >> 1) ^ -(residuals & 1), residuals)
    values = unfolded * step + least
    steps = np.concatenate([first, values[:, 1:]], axis=1)
    columns: Ints = np.where(mode == _PLAIN, values, np.cumsum(steps, axis=1))
    return columns


def _choose(columns: Ints, header: NDArray[np.void]) -> Ints:
    """Fill mode, step and least with what needs the fewest bits; returns what is to be stored."""
    steps = np.diff(columns, axis=1, prepend=columns[:, :1])
    candidates = (_plain(columns), _folded(steps), _less_least(steps))
    needs = np.stack([_widths(residuals).sum(axis=1) for residuals, _, _ in candidates])
    best = needs.argmin(axis=0)
    for mode, (_, divisor, least) in enumerate(candidates):
        chosen = best == mode
        header["mode"][chosen], header["step"][chosen], header["least"][chosen] = mode, divisor[chosen], least[chosen]
    choices: Ints = np.choose(best[:, None], [residuals for residuals, _, _ in candidates])
    return choices


def _plain(columns: Ints) -> tuple[Ints, Ints, Ints]:
    least = columns.min(axis=1)
    return (*_divided(columns - least[:, None]), least)


def _folded(steps: Ints) -> tuple[Ints, Ints, Ints]:
    divided, divisor = _divided(steps)
    return (divided << 1) ^ (divided >> 63), divisor, np.zeros(len(steps), np.int64)


def _less_least(steps: Ints) -> tuple[Ints, Ints, Ints]:
    least = np.maximum(steps[:, 1:].min(axis=1, initial=_WIDEST_LEAST), -_WIDEST_LEAST)
    residuals = steps - least[:, None]
    residuals[:, 0] = 0  # the first value stands in the header
    residuals[residuals.min(axis=1) < 0] = _NEVER_BEST
    return (*_divided(residuals), least)


def _divided(residuals: Ints) -> tuple[Ints, Ints]:
    divisor = np.gcd.reduce(residuals, axis=1)
    divisor[(divisor == 0) | (divisor > _WIDEST_STEP)] = 1
    return residuals // divisor[:, None], divisor


def _widths(residuals: Ints) -> Ints:
    """Bits of the largest value of each block: columns × blocks."""
    count, rows = residuals.shape
    padded = np.zeros((count, -(-rows // BLOCK) * BLOCK), np.int64)
    padded[:, :rows] = residuals
    largest = padded.reshape(count, -1, BLOCK).max(axis=2)
    widths: Ints = np.frexp(largest.astype(np.float64))[1].astype(np.int64)  # exact: below 2^53
    return widths


def _pack_bits(residuals: Ints, widths: Ints) -> bytes:
    count, rows = residuals.shape
    in_block = np.tile(_rows_of_blocks(rows), count)
    block_bytes = (in_block * widths.ravel() + 7) // 8
    width = np.repeat(widths.ravel(), in_block)
    at = np.repeat((np.cumsum(block_bytes) - block_bytes) * 8, in_block) + _within(in_block) * width
    total = int(block_bytes.sum())
    words = np.zeros(total // _WORD_BYTES + 2, np.uint64)
    room = (64 - (at & 63) - width).astype(
        np.int64
    )  # bits behind the value in its word; negative: it goes on in the next
    value = residuals.ravel().astype(np.uint64)
    head = np.where(
        room >= 0, value << np.maximum(room, 0).astype(np.uint64), value >> np.maximum(-room, 0).astype(np.uint64)
    )
    np.bitwise_or.at(words, at >> 6, head)
    split = room < 0
    np.bitwise_or.at(words, (at[split] >> 6) + 1, value[split] << (64 + room[split]).astype(np.uint64))
    return words.astype(">u8").tobytes()[:total]


def _unpack_bits(packed: bytes, count: int, rows: int, which: Sequence[int] | slice) -> Ints:
    blocks = _rows_of_blocks(rows)
    begin = _COUNTS.size + count * _HEADER.itemsize
    every = np.frombuffer(packed, np.uint8, len(blocks) * count, begin).astype(np.int64)
    block_bytes = (np.tile(blocks, count) * every + 7) // 8
    ends = begin + len(every) + np.cumsum(block_bytes)
    widths = every.reshape(count, -1)[which].ravel()
    begins = (ends - block_bytes).reshape(count, -1)[which].ravel()
    in_block = np.tile(blocks, len(widths) // len(blocks))
    width = np.repeat(widths, in_block)
    at = np.repeat(begins * 8, in_block) + _within(in_block) * width
    padded = packed + bytes(_WORD_BYTES)  # a word read from the last byte on must exist
    words: NDArray[np.uint64] = np.ndarray((len(packed) + 1,), ">u8", padded, strides=(1,))
    found = words[at >> 3].astype(np.uint64) >> (64 - (at & 7) - width).astype(np.uint64)
    mask = (np.uint64(1) << width.astype(np.uint64)) - np.uint64(1)
    values: Ints = (found & mask).astype(np.int64)
    return values.reshape(-1, rows)


def _rows_of_blocks(rows: int) -> Ints:
    sizes = np.full(-(-rows // BLOCK), BLOCK)
    sizes[-1] = rows - BLOCK * (len(sizes) - 1)
    return sizes


def _within(sizes: Ints) -> Ints:
    """0, 1, 2 … anew in each block."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
