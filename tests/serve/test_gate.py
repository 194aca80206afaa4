import threading

import pytest

from serve.gate import BusyError, Gate


def fill(gate, count):
    """Let ``count`` threads enter and stay; return the event that lets them go, and the threads."""
    go, entered = threading.Event(), threading.Semaphore(0)

    def stay():
        with gate.enter():
            entered.release()
            go.wait(10)

    threads = [threading.Thread(target=stay) for _ in range(count)]
    for thread in threads:
        thread.start()
    for _ in range(count):
        assert entered.acquire(timeout=10)
    return go, threads


def test_who_comes_beyond_the_queue_is_turned_away_at_once():
    gate = Gate(places=2, queue=0, wait_seconds=10)
    go, threads = fill(gate, 2)
    with pytest.raises(BusyError):
        with gate.enter():
            pass
    go.set()
    for thread in threads:
        thread.join()
    with gate.enter():
        assert gate.taken == 1
    assert gate.taken == 0


def test_who_waits_too_long_is_turned_away_and_leaves_the_queue():
    gate = Gate(places=1, queue=1, wait_seconds=0.01)
    go, threads = fill(gate, 1)
    with pytest.raises(BusyError):
        with gate.enter():
            pass
    assert gate.taken == 1 and gate.waiting == 0
    go.set()
    threads[0].join()


def test_a_place_is_free_again_after_a_failure():
    gate = Gate(places=1, queue=0, wait_seconds=1)
    with pytest.raises(ValueError):
        with gate.enter():
            raise ValueError
    with gate.enter():
        pass


def test_who_waits_gets_the_place_that_becomes_free():
    gate = Gate(places=1, queue=1, wait_seconds=10)
    go, threads = fill(gate, 1)
    inside = threading.Event()

    def wait():
        with gate.enter():
            inside.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    go.set()
    assert inside.wait(10)
    waiting.join()
    threads[0].join()
