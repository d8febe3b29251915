from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.tracks.compact_columns import BLOCK, pack_columns, unpack_columns

LEAST, MOST = -(1 << 31), (1 << 31) - 1
numbers = st.integers(LEAST, MOST) | st.integers(-100, 100) | st.sampled_from([LEAST, MOST, 0])


@st.composite
def columns(draw: st.DrawFn) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    rows = draw(st.sampled_from([1, 2, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5]))
    kinds = st.lists(numbers, min_size=rows, max_size=rows) | numbers.map(lambda one: [one] * rows)
    return np.array(draw(st.lists(kinds, min_size=1, max_size=9)), np.int64)


@given(columns())
def test_any_columns_come_back_as_they_went_in(given_columns: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> None:
    assert np.array_equal(unpack_columns(pack_columns(given_columns)), given_columns)


@pytest.mark.parametrize("rows", [1, 100, 0xFFFF])
def test_a_column_of_one_value_needs_only_its_header(rows: int) -> None:
    packed = pack_columns(np.full((1, rows), 76))
    assert len(packed) == 3 + 11 + -(-rows // BLOCK)


def test_even_steps_need_no_bits() -> None:
    packed = pack_columns(np.arange(0, 3_600_000, 10_000)[None, :])
    assert len(packed) == 3 + 11 + 12


def test_a_jump_makes_only_its_own_block_wide() -> None:
    noise = np.cumsum(np.random.default_rng(3).integers(-1000, 1000, 320))
    jump = noise + np.where(np.arange(320) >= 160, 50_000_000, 0)
    assert len(pack_columns(jump[None, :])) - len(pack_columns(noise[None, :])) < BLOCK * 2
