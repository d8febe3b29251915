from __future__ import annotations

import pytest

from tracker.cases.gate import BITS, REPORTS_PER_ADDRESS, REPORTS_PER_CODE, SALT_MS, Gate, Solution, is_solved
from tracker.errors import BadValue, TooMany

CLIENT = "11111111-1111-4111-8111-111111111111"


class Time:
    ms = 1_795_395_600_000

    def now(self) -> int:
        return self.ms


@pytest.fixture
def time() -> Time:
    return Time()


def gate_of(time: Time, key: bytes = b"k" * 32) -> Gate:
    return Gate(key=key, now_ms=time.now)


def solve(gate: Gate, client: str = CLIENT) -> Solution:
    salt = gate.challenge().salt
    return Solution(salt=salt, nonce=next(str(n) for n in range(1 << 22) if is_solved(salt, client, str(n), BITS)))


def test_a_solution_opens_the_gate(time: Time) -> None:
    gate = gate_of(time)
    gate.check_solution(solve(gate), CLIENT)


def test_a_solution_is_for_one_report_only(time: Time) -> None:
    gate = gate_of(time)
    with pytest.raises(BadValue, match="nonce"):
        gate.check_solution(solve(gate), CLIENT.replace("1", "2"))


def test_a_salt_of_somebody_else_is_refused(time: Time) -> None:
    with pytest.raises(BadValue, match="salt"):
        gate_of(time).check_solution(solve(gate_of(time, b"x" * 32)), CLIENT)


@pytest.mark.parametrize("salt", ["", ".", "1", "x.y", "1795395600000.", "\u00e4.\u00e4"])
def test_any_other_salt_is_refused(time: Time, salt: str) -> None:
    with pytest.raises(BadValue, match="salt"):
        gate_of(time).check_solution(Solution(salt=salt, nonce="1"), CLIENT)


def test_a_salt_grows_old(time: Time) -> None:
    gate = gate_of(time)
    solution = solve(gate)
    time.ms += SALT_MS
    gate.check_solution(solution, CLIENT)
    time.ms += 1
    with pytest.raises(BadValue, match="salt"):
        gate.check_solution(solution, CLIENT)


@pytest.mark.parametrize("nonce", ["", "-1", "1.5", "９", "1" * 33])
def test_a_nonce_is_a_number(time: Time, nonce: str) -> None:
    gate = gate_of(time)
    with pytest.raises(BadValue, match="nonce"):
        gate.check_solution(Solution(salt=gate.challenge().salt, nonce=nonce), CLIENT)


def test_one_address_is_stopped_and_others_go_on(time: Time) -> None:
    gate = gate_of(time)
    for _ in range(REPORTS_PER_ADDRESS):
        gate.count_attempt("192.0.2.1", "A")
    with pytest.raises(TooMany):
        gate.count_attempt("192.0.2.1", "B")
    gate.count_attempt("192.0.2.2", "A")


def test_one_place_is_stopped_and_others_go_on(time: Time) -> None:
    gate = gate_of(time)
    for _ in range(REPORTS_PER_CODE):
        gate.count_report("A")
    with pytest.raises(TooMany):
        gate.count_attempt("192.0.2.1", "A")
    gate.count_attempt("192.0.2.1", "B")


def test_attempts_without_work_do_not_close_a_village(time: Time) -> None:
    gate = gate_of(time)
    for number in range(REPORTS_PER_CODE * 2):
        gate.count_attempt(f"192.0.{number}.1", "A")
    gate.count_attempt("198.51.100.1", "A")
