"""kill -9 at 100 random moments of a search: is a page asked twice, is a candidate lost?

    python -m benchmarks.search_kills [--kills 100] [--seed 1] [--quick]
"""

import argparse
import random
import tempfile
from pathlib import Path

from tests.scrape.search_killing import search_killed


def main() -> None:
    """Search undisturbed, then killed again and again, and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="5 kills of a small search")
    options = parser.parse_args()
    if options.quick:
        options.kills = 5
    counts = {f"query {n}": 20 + 37 * n % 130 for n in range(2 * options.kills)}
    pages = sum(-(-count // 50) for count in counts.values())
    with tempfile.TemporaryDirectory() as folder:
        whole = search_killed(Path(folder, "whole"), 0, random.Random(options.seed), counts)
        killed = search_killed(Path(folder, "killed"), options.kills, random.Random(options.seed), counts)
    columns = [name for name in killed.candidates.columns if name != "found_at"]
    print(f"pages                                  {pages}")
    print(f"requests of the undisturbed search     {whole.asked}")
    print(f"kills                                  {killed.kills}")
    print(f"requests of the killed search          {killed.asked}  (one a kill may be on its way)")
    print(f"pages asked although they were kept    {len(killed.asked_though_kept)}")
    print(f"candidates                             {len(killed.candidates)} of {len(whole.candidates)}")
    print(f"tables equal, found_at aside           {killed.candidates[columns].equals(whole.candidates[columns])}")


if __name__ == "__main__":
    main()
