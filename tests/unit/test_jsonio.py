from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec
import pytest

from tracker.errors import BadValue
from tracker.jsonio import decode, words_at


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Leaf(msgspec.Struct):
    colour: Colour = Colour.RED


class Tree(msgspec.Struct):
    leaves: list[Leaf] = []
    size: Literal["small", "large"] | None = None
    best: Leaf | None = None
    named: dict[str, Colour] = {}


@pytest.mark.parametrize(
    ("body", "field", "value", "allowed"),
    [
        (b'{"leaves":[{"colour":"green"}]}', "leaves[0].colour", "green", "red, blue"),
        (b'{"size":"huge"}', "size", "huge", "large, small"),
        (b'{"best":{"colour":"green"}}', "best.colour", "green", "red, blue"),
        (b'{"named":{"x":"green"}}', "named[...]", "{'x': 'green'}", "red, blue"),
    ],
)
def test_a_wrong_word_is_told_the_right_ones(body: bytes, field: str, value: str, allowed: str) -> None:
    with pytest.raises(BadValue) as caught:
        decode(body, Tree)
    assert (caught.value.field, caught.value.allowed) == (field, allowed)
    assert caught.value.value == value or "..." in field  # the key of a table is not told by the decoder


def test_other_errors_say_what_is_expected() -> None:
    with pytest.raises(BadValue, match="Expected `array`"):
        decode(b'{"leaves":3}', Tree)


def test_a_path_without_words_has_none() -> None:
    assert words_at(Tree, "leaves") == ""
    assert words_at(Tree, "nothing[0].at.all") == ""


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_body_is_called_empty(body: bytes) -> None:
    with pytest.raises(BadValue, match="body is empty"):
        decode(body, dict[str, int])
