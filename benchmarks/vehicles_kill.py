"""Kill `whatbenz vehicles` at random moments: what is paid twice, and do the tables come out the same?

    python benchmarks/vehicles_kill.py [--kills 30] [--quick]

Each trial starts in an empty folder, is killed by SIGKILL at a moment drawn evenly over the length of
an undisturbed run, and goes on once more to its end. A call is paid twice when the API served its
answer again although it was on disk at the kill. A call in flight at the kill is counted apart: no
client can keep an answer that it had not received.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mercedes_api.answers import Answers, folder_name  # noqa: E402
from sandbox.vehicle_api import KEY, VehicleApi, serving_vehicle_api  # noqa: E402
from sandbox.vehicle_catalogue import DEFAULT_MARKETS, World  # noqa: E402

TABLES = ("models", "paints", "summary")


def start(api: VehicleApi, folder: Path) -> subprocess.Popen[bytes]:
    sets = (f"mercedes_api.base_url={api.base_url()}", "mercedes_api.max_calls=1000000")
    options = [part for text in sets for part in ("-S", text)]
    return subprocess.Popen([sys.executable, str(ROOT / "whatbenz.py"), "-C", str(folder), *options, "vehicles"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env=os.environ | {"MERCEDES_API_KEY": KEY})


def wait_for_a_call(api: VehicleApi, before: int) -> None:
    while len(api.served) == before:
        time.sleep(0.001)


def read_tables(folder: Path) -> list[pd.DataFrame]:
    frames = (pd.read_parquet(folder / "data" / "vehicles" / f"{name}.parquet") for name in TABLES)
    return [frame.drop(columns="fetched_at", errors="ignore") for frame in frames]


def new_folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    shutil.copy(ROOT / "classes.csv", folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="3 kills on two markets")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kills, markets = (3, DEFAULT_MARKETS[:2]) if options.quick else (options.kills, DEFAULT_MARKETS)
    draw = random.Random(options.seed)
    twice, in_flight, different, beyond = 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as scratch, serving_vehicle_api(World(2019, markets, 30)) as api:
        folder = new_folder(Path(scratch), "undisturbed")
        process = start(api, folder)
        wait_for_a_call(api, 0)
        began = time.monotonic()
        process.wait()
        length, calls = time.monotonic() - began, len(api.served)
        undisturbed = read_tables(folder)
        print(f"undisturbed: {calls} calls in {length:.1f} s")
        for trial in range(kills):
            folder, before = new_folder(Path(scratch), f"trial-{trial}"), len(api.served)
            answers = Answers(folder / "data" / "vehicles" / "answers" / folder_name(api.base_url()))
            moment = draw.uniform(0, length)
            process = start(api, folder)
            wait_for_a_call(api, before)
            time.sleep(moment)
            beyond += process.poll() is not None
            process.send_signal(signal.SIGKILL)
            process.wait()
            first_part = [entry.path for entry in api.served[before:]]
            on_disk = {path for path in first_part if answers.read(path) is not None}
            process = start(api, folder)
            assert process.wait() == 0
            again = Counter(entry.path for entry in api.served[before:])
            repeated = {path for path, count in again.items() if count > 1}
            twice += len(repeated & on_disk)
            in_flight += len(repeated - on_disk)
            same = all(frame.equals(other) for frame, other in zip(read_tables(folder), undisturbed, strict=True))
            different += not same
            print(f"kill {trial + 1:2} after {moment:5.2f} s: {len(on_disk):4} answers kept, "
                  f"{len(again):4} asked in all, {len(repeated & on_disk)} paid twice, "
                  f"{len(repeated - on_disk)} in flight, "
                  f"tables {'equal' if same else 'DIFFERENT'}", flush=True)
            shutil.rmtree(folder)
    print(f"{kills} kills ({beyond} after the run's end): {twice} kept answers paid twice, {in_flight} calls in flight "
          f"asked again, {different} runs with other tables")
    sys.exit(bool(twice or different))


if __name__ == "__main__":
    main()
