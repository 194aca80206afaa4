"""All European markets of the sandbox: what a budget reaches, and the time and memory of a whole run.

    python benchmarks/vehicles_markets.py [--models 300] [--quick]

The peer is the bare minimum: one requests session that gets the same addresses one after another and
parses their JSON, without keeping or making anything of it.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sandbox.vehicle_api import KEY, VehicleApi, serving_vehicle_api  # noqa: E402
from sandbox.vehicle_catalogue import ALL_MARKETS, World  # noqa: E402


def run(api: VehicleApi, folder: Path, max_calls: int, *arguments: str) -> tuple[float, float, str]:
    """Return seconds, peak memory in MB and the output of one run of the command."""
    sets = (f"mercedes_api.base_url={api.base_url()}", f"mercedes_api.max_calls={max_calls}")
    options = [part for text in sets for part in ("-S", text)]
    script = ("import resource, runpy, sys; sys.argv = sys.argv[1:]\n"
              "try: runpy.run_path(sys.argv[0], run_name='__main__')\n"
              "finally: print('peak', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)")
    began = time.monotonic()
    result = subprocess.run([sys.executable, "-c", script, str(ROOT / "whatbenz.py"), "-C", str(folder), *options,
                             "vehicles", *arguments], capture_output=True, text=True,
                            env=os.environ | {"MERCEDES_API_KEY": KEY})
    seconds = time.monotonic() - began
    output = result.stderr + result.stdout
    if result.returncode:
        sys.exit(output)
    *lines, peak = output.strip().splitlines()
    return seconds, int(peak.split()[1]) / 1024, "\n".join(lines)


def get_all(addresses: list[str]) -> float:
    """Return the seconds that plain requests takes for the same addresses."""
    session = requests.Session()
    session.trust_env = False
    session.headers["x-api-key"] = KEY
    began = time.monotonic()
    for address in addresses:
        response = session.get(address, timeout=60)
        if response.status_code == 200:
            response.json()
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="60 models in each of eight markets")
    options = parser.parse_args()
    world = World(2019, ALL_MARKETS[:8], 60) if options.quick else World(2019, ALL_MARKETS, options.models)
    with tempfile.TemporaryDirectory() as scratch, serving_vehicle_api(world) as api:
        folder = Path(scratch) / "budget"
        folder.mkdir()
        shutil.copy(ROOT / "classes.csv", folder)
        print("a budget of 150 calls")
        print(run(api, folder, 150)[2])
        kinds = {"models": "price list", "initial": "configuration", "selectables": "paints", "markets": "markets"}
        order = [kinds[entry.path.split("/")[-1]] for entry in api.served]
        print("in this order:", ", ".join(f"{order.count(kind)} × {kind}" for kind in dict.fromkeys(order)))

        print("\nno budget")
        before = len(api.served)
        seconds, memory, text = run(api, folder, 10_000_000)
        paid = [api.base_url() + entry.path for entry in api.served[before:]]
        print("\n".join(line for line in text.splitlines() if "price lists with" in line))
        each = seconds / len(paid) * 1000
        print(f"{len(paid)} calls in {seconds:.1f} s ({each:.2f} ms a call), peak {memory:.0f} MB")
        kept = [path.stat().st_size for path in folder.rglob("*.json.gz")]
        print(f"{len(kept)} answers kept, {sum(kept) / 1e6:.1f} MB on disk")
        before = len(api.served)
        seconds_again, memory_again, _ = run(api, folder, 10_000_000)
        print(f"again: {len(api.served) - before} calls paid, {seconds_again:.1f} s, peak {memory_again:.0f} MB")
        peer = get_all(paid)
        print(f"peer, plain requests on the same addresses: {peer:.1f} s; ratio {seconds / peer:.2f}")
        print(f"(this process served them: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB)")


if __name__ == "__main__":
    main()
