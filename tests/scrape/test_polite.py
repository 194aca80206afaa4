import heapq
import threading
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrape.params import HostLimits
from scrape.polite import MAX_OPENINGS, Report, Scheduler

KINDS = st.sampled_from(["good", "bad", "wait", "retry"])
GOOD, BAD = Report(reached=True), Report(reached=False)


@dataclass(eq=False)
class Job:
    host: str
    name: str = ""
    not_before: float = 0.0
    refused: bool = False


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Drive:
    """A scheduler on a clock that only the test moves."""

    def __init__(self, connections: int = 2, interval: float = 0.0, megabits: float = 0.0, breaker_failures: int = 3,
                 breaker_seconds: float = 10.0, max_wait: float = 60.0):
        self.clock = Clock()
        limits = HostLimits("", connections, interval, megabits)
        self.scheduler = Scheduler(lambda host: limits, breaker_failures, breaker_seconds, max_wait, self.clock)

    def add(self, *hosts: str) -> None:
        self.scheduler.add([Job(host, f"{host}{n}") for n, host in enumerate(hosts)])

    def at(self, now: float) -> Job | float | None:
        self.clock.now = now
        return self.scheduler.next(now)

    def finish(self, job: Job, report: Report = GOOD, then: tuple[Job, ...] = (), now: float | None = None) -> None:
        self.clock.now = self.clock.now if now is None else now
        self.scheduler.finish(job, report, then)


def test_a_host_is_asked_by_no_more_connections_than_allowed():
    drive = Drive(connections=2)
    drive.add("a", "a", "a")
    first, second = drive.at(0), drive.at(0)
    assert drive.at(0) == float("inf")
    drive.finish(first)
    assert isinstance(drive.at(0), Job)
    assert isinstance(second, Job)


def test_two_requests_to_a_host_start_an_interval_apart():
    drive = Drive(interval=0.5)
    drive.add("a", "a", "a")
    assert drive.at(0).name == "a0"
    assert drive.at(0) == 0.5
    assert drive.at(0.5).name == "a1"
    assert drive.at(0.9) == float("inf")  # both connections are taken


def test_another_host_is_asked_while_one_must_wait():
    drive = Drive(interval=5)
    drive.add("a", "a", "b")
    assert [drive.at(0).host, drive.at(0).host] == ["a", "b"]
    assert drive.at(0) == 5


def test_nothing_is_left_when_every_job_is_finished():
    drive = Drive()
    drive.add("a")
    job = drive.at(0)
    assert drive.at(0) == float("inf")
    drive.finish(job)
    assert drive.at(0) is None


def test_a_retry_waits_for_its_time():
    drive = Drive()
    drive.add("a")
    job = drive.at(0)
    job.not_before = 3.0
    drive.finish(job, then=(job,))
    assert drive.at(1) == 3.0
    assert drive.at(3) is job


def test_a_pause_that_a_host_asks_for_holds_for_all_its_jobs_and_no_other_host():
    drive = Drive()
    drive.add("a", "a", "b")
    drive.finish(drive.at(0), Report(reached=False, wait=7.0))
    assert drive.at(0).host == "b"
    assert drive.at(0) == 7.0
    assert drive.at(7.0).host == "a"


def test_a_pause_longer_than_allowed_ends_the_host_for_this_run():
    drive = Drive(max_wait=60)
    drive.add("a", "a", "a")
    drive.finish(drive.at(0), Report(reached=False, wait=61.0))
    assert [drive.at(0).refused, drive.at(0).refused] == [True, True]


def test_a_host_that_ends_while_its_next_job_waits_gives_its_jobs_back_at_once():
    drive = Drive(interval=5, max_wait=60)
    drive.add("a", "a", "a")
    job = drive.at(0)
    assert drive.at(0) == 5
    drive.finish(job, Report(reached=False, wait=61.0))
    assert [drive.at(0).refused, drive.at(0).refused] == [True, True]


def test_a_rate_is_kept_on_average_by_starting_later():
    drive = Drive(megabits=8.0)
    drive.add("a", "a", "a")
    drive.finish(drive.at(0), Report(reached=True, size=2_000_000))  # 2 s at 8 Mbit/s
    assert drive.at(0.1) == 2.0
    assert isinstance(drive.at(2.0), Job)


def test_failures_in_a_row_open_the_breaker_and_one_request_tries_it_later():
    drive = Drive(connections=2, breaker_failures=3, breaker_seconds=10)
    drive.add(*"aaaaaaa")
    for _ in range(3):
        drive.finish(drive.at(1), BAD)
    assert drive.at(1) == 11
    probe = drive.at(11)
    assert isinstance(probe, Job)
    assert drive.at(11) == float("inf")  # one at a time while it is on probation
    drive.finish(probe, GOOD)
    assert isinstance(drive.at(11), Job)
    assert isinstance(drive.at(11), Job)


def test_a_success_between_failures_keeps_the_breaker_shut():
    drive = Drive(breaker_failures=3)
    drive.add(*"a" * 12)
    for report in [BAD, BAD, GOOD] * 3:
        drive.finish(drive.at(0), report)
    assert isinstance(drive.at(0), Job)


def test_a_breaker_that_opens_again_stays_open_twice_as_long():
    drive = Drive(breaker_failures=1, breaker_seconds=10)
    drive.add(*"aaaa")
    drive.finish(drive.at(0), BAD)
    drive.finish(drive.at(10), BAD)
    assert drive.at(10) == 30


def test_a_host_whose_breaker_opens_for_the_third_time_is_not_asked_again():
    drive = Drive(breaker_failures=1, breaker_seconds=10)
    drive.add(*"aaaaa")
    for now in (0, 10, 30)[:MAX_OPENINGS]:
        drive.finish(drive.at(now), BAD)
    assert [drive.at(30).refused, drive.at(30).refused] == [True, True]


def test_failures_that_were_under_way_when_the_breaker_opened_do_not_open_it_again():
    drive = Drive(connections=5, breaker_failures=2, breaker_seconds=10)
    drive.add(*"aaaaaa")
    jobs = [drive.at(0) for _ in range(5)]
    for job in jobs:
        drive.finish(job, BAD, now=1)
    assert drive.at(1) == 11


def test_a_crawl_delay_widens_the_interval():
    drive = Drive(interval=0.1)
    drive.scheduler.slow_down("a", 4.0)
    drive.add("a", "a")
    drive.at(0)
    assert drive.at(0) == 4.0


def test_a_stopped_scheduler_hands_out_nothing():
    drive = Drive()
    drive.add("a")
    drive.scheduler.stop()
    assert drive.at(0) is None


def test_a_worker_waiting_for_work_is_woken_by_a_job_that_follows():
    scheduler = Scheduler(lambda host: HostLimits("", 1, 0.0), 3, 1.0, 1.0)
    scheduler.add([Job("a")])
    first = scheduler.take()
    taken = []
    waiting = threading.Thread(target=lambda: taken.append(scheduler.take()))
    waiting.start()
    follow = Job("b")
    scheduler.finish(first, GOOD, [follow])
    waiting.join(5)
    assert taken == [follow]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0.01, 3), KINDS), min_size=1, max_size=40),
       st.integers(1, 3), st.sampled_from([0.0, 0.25, 1.0]))
def test_every_job_ends_once_and_no_limit_is_ever_broken(plan, connections, interval):
    drive = Drive(connections, interval, breaker_failures=4, breaker_seconds=2.0, max_wait=5.0)
    jobs = [Job(host, str(n)) for n, (host, _, _) in enumerate(plan)]
    drive.scheduler.add(jobs)
    ended, busy, starts, pauses, retried = [], [], {}, {}, set()
    now = 0.0
    for _ in range(10_000):
        found = drive.at(now)
        if found is None:
            break
        if isinstance(found, float):
            now = min([found, *(end for end, _, _ in busy)])
            assert now < float("inf"), "nothing can happen any more"
        elif found.refused:
            drive.finish(found)
            ended.append(found)
        else:
            host = found.host
            assert sum(job.host == host for _, _, job in busy) < connections
            assert now >= starts.get(host, -interval) + interval - 1e-9
            assert now >= pauses.get(host, 0.0)
            assert now >= found.not_before
            starts[host] = now
            heapq.heappush(busy, (now + plan[int(found.name)][1], int(found.name), found))
        while busy and busy[0][0] <= now:
            _, n, job = heapq.heappop(busy)
            kind = plan[n][2]
            if kind == "retry" and job not in retried:
                retried.add(job)
                job.not_before = now + 0.5
                drive.finish(job, BAD, (job,), now)
                continue
            wait = 1.5 if kind == "wait" else None
            if wait:
                pauses[job.host] = max(pauses.get(job.host, 0.0), now + wait)
            drive.finish(job, Report(kind == "good", wait), now=now)
            ended.append(job)
    assert sorted(int(job.name) for job in ended) == list(range(len(plan)))


@pytest.mark.parametrize("threads", [1, 8])
def test_many_threads_finish_all_jobs(threads):
    scheduler = Scheduler(lambda host: HostLimits("", 2, 0.0), 3, 1.0, 1.0)
    scheduler.add([Job(f"host{n % 7}", str(n)) for n in range(300)])
    done, lock = [], threading.Lock()

    def work():
        while (job := scheduler.take()) is not None:
            with lock:
                done.append(job.name)
            scheduler.finish(job, GOOD)
    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert sorted(map(int, done)) == list(range(300))
