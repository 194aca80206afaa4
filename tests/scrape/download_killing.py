"""`whatbenz` processes that are killed with SIGKILL, and what their ledgers say afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from scrape.ledger import Row, read_ledger

ROOT = Path(__file__).parents[2]


def whatbenz(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command in ``folder``, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "whatbenz", "-C", str(folder), *arguments], cwd=ROOT, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill the process group after ``seconds``; return False where the process had ended by itself.

    Raises:
        RuntimeError: it ended with an error.
    """
    try:
        _, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    if process.returncode != 0:
        raise RuntimeError(f"exit code {process.returncode}: {errors.decode()[-2000:]}")
    return False


def ledger_after_a_kill(path: Path) -> dict[str, Row]:
    """Return the ledger's rows without opening the ledger itself: the next run is to find it as the kill left it."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal", "-shm"):
            if Path(f"{path}{suffix}").exists():
                shutil.copy(f"{path}{suffix}", Path(folder, f"{path.name}{suffix}"))
        return read_ledger(Path(folder, path.name))
