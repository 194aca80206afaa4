import pytest

from serve.rates import MOST_CLIENTS, Rates


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_burst_is_let_through_and_then_the_steady_rate(clock):
    rates = Rates(per_minute=60, burst=3, clock=clock)
    assert [rates.ask("192.0.2.1") for _ in range(4)] == [0, 0, 0, 1]
    clock.now = 1.0
    assert [rates.ask("192.0.2.1") for _ in range(2)] == [0, 1]


def test_asking_in_vain_costs_nothing(clock):
    rates = Rates(per_minute=1, burst=1, clock=clock)
    assert rates.ask("a") == 0 and all(rates.ask("a") == 60 for _ in range(5))
    clock.now = 60.0
    assert rates.ask("a") == 0


def test_clients_do_not_share_a_bucket_but_one_household_does(clock):
    rates = Rates(per_minute=1, burst=1, clock=clock)
    assert rates.ask("192.0.2.1") == 0 and rates.ask("192.0.2.2") == 0
    assert rates.ask("2001:db8::1") == 0 and rates.ask("2001:db8::ffff") > 0 and rates.ask("2001:db8:0:1::1") == 0


def test_no_limit_is_no_limit(clock):
    rates = Rates(per_minute=0, burst=1, clock=clock)
    assert not any(rates.ask("192.0.2.1") for _ in range(1000))


def test_memory_is_bounded_and_holds_no_address(clock):
    rates = Rates(per_minute=1, burst=1, clock=clock)
    for number in range(MOST_CLIENTS + 50):
        rates.ask(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(rates._buckets) == MOST_CLIENTS and all(isinstance(client, int) for client in rates._buckets)
