from __future__ import annotations

from prometheus_client import exposition

from tracker.metrics import Metrics
from tracker.ops.siblings import Siblings


def two() -> tuple[Metrics, Siblings, Metrics, Siblings]:
    house, other = Metrics(), Metrics()
    return house, Siblings(house.registry, "house"), other, Siblings(other.registry, "ingest-1")


def exposed(siblings: Siblings) -> list[str]:
    return exposition.generate_latest(siblings).decode().splitlines()


def test_a_counter_of_another_process_stands_beside_ours() -> None:
    house, siblings, other, its = two()
    house.fixes_stored.inc(2)
    other.fixes_stored.inc(5)
    siblings.hear(its.beat())
    lines = [line for line in exposed(siblings) if line.startswith("sanxun_fixes_stored_total")]
    assert lines[0] == "sanxun_fixes_stored_total 2.0"
    assert lines[1].startswith('sanxun_fixes_stored_total{process="ingest-1@')
    assert lines[1].endswith(" 5.0")


def test_each_family_is_declared_once() -> None:
    _, siblings, _, its = two()
    siblings.hear(its.beat())
    types = [line for line in exposed(siblings) if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


def test_a_gauge_of_the_house_is_not_zero_elsewhere() -> None:
    house, siblings, _, its = two()
    house.partitions_ahead.set(7)
    siblings.hear(its.beat())
    assert [line for line in exposed(siblings) if line.startswith("sanxun_partitions")] == [
        "sanxun_partitions_ahead_days 7.0"
    ]


def test_all_who_were_heard_of_are_named() -> None:
    _, siblings, _, its = two()
    siblings.hear(its.beat())
    assert [name.partition("@")[0] for name in siblings.names()] == ["house", "ingest-1"]


def test_noise_is_no_beat() -> None:
    _, siblings, _, _ = two()
    siblings.hear(b"\xff\x00noise")
    assert len(siblings.names()) == 1
