import random

import pytest

from tests.scrape.search_killing import COUNTS, search_killed

PAGES = sum(-(-count // 50) for count in COUNTS.values())


@pytest.mark.parametrize("seed", [1, 2])
def test_a_search_killed_at_random_moments_asks_no_page_twice_and_finds_the_same(tmp_path, seed):
    undisturbed = search_killed(tmp_path / "undisturbed", 0, random.Random(seed))
    killed = search_killed(tmp_path / "killed", 8, random.Random(seed))
    assert (undisturbed.asked, len(undisturbed.candidates)) == (PAGES, sum(COUNTS.values()))
    assert killed.kills >= 4
    assert killed.asked_though_kept == []
    # What was on its way when the process died, one page a kill at most, cannot be known and is asked again.
    assert PAGES <= killed.asked <= PAGES + killed.kills
    same = [name for name in killed.candidates.columns if name != "found_at"]
    # The address of the server is in no candidate; the tables are equal as they are.
    assert killed.candidates[same].equals(undisturbed.candidates[same])
