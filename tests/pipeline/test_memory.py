import subprocess
import sys

from pipeline import memory

FAULTS = """
import resource
import numpy as np
from pipeline.memory import keep_freed_memory

def count():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(80):
        np.ones(1_000_000, np.uint8)  # less than a huge page
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

np.ones(100_000, np.uint8)
if {told}:
    assert keep_freed_memory()
count()
print(count())
"""


def count_page_faults(told):
    """Return how often a new process had to ask for a page while it made and freed 80 arrays of 1 MB."""
    script = FAULTS.format(told=told)
    return int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True,
                              env={"MALLOC_MMAP_THRESHOLD_": "131072"} if not told else None).stdout)


def test_what_was_freed_is_used_again():
    assert count_page_faults(told=True) < 100 < 10_000 < count_page_faults(told=False)


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert memory.keep_freed_memory.__wrapped__() is False
