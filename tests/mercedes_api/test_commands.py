import gzip
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from click.testing import CliRunner

import tables
from pipeline.layout import Layout
from whatbenz import main

ROOT = Path(__file__).parents[2]
TEST_KEY = "test-key+with/odd=signs&42"
FAST = ("sandbox.vehicle_models=12", "sandbox.vehicle_markets=[de_DE, en_GB]", "sandbox.faults=false")


@pytest.fixture
def folder(tmp_path):
    shutil.copy(ROOT / "classes.csv", tmp_path)
    return tmp_path


@pytest.fixture
def whatbenz(folder):
    """Run a command in the folder; return its result."""

    def run(*arguments, sets=FAST, **environment):
        options = [part for text in sets for part in ("-S", text)]
        return CliRunner().invoke(main, ["-C", str(folder), *options, *arguments],
                                  env={"MERCEDES_API_KEY": None} | environment)

    return run


@pytest.fixture
def frames(folder):
    def read():
        layout = Layout(folder)
        return (tables.read(tables.MODELS, layout.models), tables.read(tables.PAINTS, layout.paints),
                tables.read(tables.SUMMARY, layout.summary))

    return read


def to(api, *more, version=2):
    return (f"mercedes_api.base_url={api.base_url(version)}", f"mercedes_api.version={version}",
            "mercedes_api.backoff_seconds=0", "mercedes_api.max_calls=100000", *more)


def test_the_sandbox_needs_neither_key_nor_network(whatbenz, frames):
    result = whatbenz("vehicles")
    assert result.exit_code == 0, result.output
    models, paints, summary = frames()
    assert (len(models), len(summary)) == (24, 66)
    assert models.loc[models["price_gross"].notna(), "invented"].all() and paints["invented"].all()


def test_a_run_twice_over_pays_nothing_and_changes_nothing(whatbenz, folder):
    whatbenz("vehicles")
    written = {path: path.read_bytes() for path in folder.rglob("data/vehicles/*.parquet")}
    result = whatbenz("vehicles")
    assert "0 answers paid in this run" in result.output
    assert {path: path.read_bytes() for path in folder.rglob("data/vehicles/*.parquet")} == written


def test_offline_makes_the_same_tables_from_what_is_kept(whatbenz, folder):
    whatbenz("vehicles")
    written = {path: path.read_bytes() for path in folder.rglob("data/vehicles/*.parquet")}
    for path in written:
        path.unlink()
    assert whatbenz("vehicles", "--offline").exit_code == 0
    assert {path: path.read_bytes() for path in folder.rglob("data/vehicles/*.parquet")} == written


def test_offline_sends_nothing_and_needs_no_key(whatbenz, serve):
    api = serve()
    whatbenz("vehicles", sets=to(api), MERCEDES_API_KEY=TEST_KEY)
    before = len(api.served)
    assert whatbenz("vehicles", "--offline", sets=to(api)).exit_code == 0
    assert len(api.served) == before


def test_other_worlds_do_not_share_answers(whatbenz, folder):
    whatbenz("vehicles")
    whatbenz("vehicles", sets=(*FAST, "sandbox.seed=7"))
    assert len(list((folder / "data/vehicles/answers").iterdir())) == 2


def test_the_real_api_is_not_asked_without_a_key(whatbenz, serve):
    api = serve()
    result = whatbenz("vehicles", sets=to(api))
    assert result.exit_code == 1 and "MERCEDES_API_KEY is not set" in result.output
    assert api.served == []


def test_the_users_key_is_not_sent_to_the_sandbox(whatbenz):
    result = whatbenz("vehicles", MERCEDES_API_KEY=TEST_KEY)
    assert result.exit_code == 0, result.output  # the sandbox answers any key but its own with 401


def test_the_end_of_the_budget_is_a_success_that_says_what_is_missing(whatbenz, serve, frames):
    result = whatbenz("vehicles", sets=to(serve(), "mercedes_api.max_calls=4"), MERCEDES_API_KEY=TEST_KEY)
    assert result.exit_code == 0
    assert "de_DE: power, fuel and transmission of" in result.output
    assert "raise mercedes_api.max_calls" in result.output
    _, _, summary = frames()
    assert {"partial", "not_sold"} == set(summary["status"])


def test_a_budget_too_small_for_the_price_lists_leaves_markets_unknown(whatbenz, serve, frames):
    whatbenz("vehicles", sets=to(serve(), "mercedes_api.max_calls=2"), MERCEDES_API_KEY=TEST_KEY)
    summary = frames()[2].set_index("market_id")
    assert (summary.loc["en_GB", "status"] == "not_fetched").all()
    assert summary.loc["en_GB", "model_count"].isna().all()


def test_a_used_up_quota_writes_the_tables_and_fails(whatbenz, serve, frames):
    result = whatbenz("vehicles", sets=to(serve(quota=5)), MERCEDES_API_KEY=TEST_KEY)
    assert result.exit_code == 1
    assert "Quota will be replenished in 01:02:03" in result.output
    assert len(frames()[0]) == 24


def test_a_wrong_key_says_so_and_keeps_the_tables_of_before(whatbenz, serve, frames):
    api = serve()
    whatbenz("vehicles", sets=to(api), MERCEDES_API_KEY=TEST_KEY)
    before = frames()[0]
    result = whatbenz("vehicles", sets=(*to(api), "mercedes_api.markets=[de_DE, en_GB, fr_FR]"),
                      MERCEDES_API_KEY="another-key-1234")
    assert result.exit_code == 1 and "check the key" in result.output
    pd.testing.assert_frame_equal(frames()[0], before)


def test_a_damaged_answer_is_named_and_paid_again(whatbenz, folder):
    whatbenz("vehicles")
    kept = next(folder.rglob("*/de_DE/*initial*.json.gz"))
    kept.write_bytes(kept.read_bytes()[:50])
    result = whatbenz("vehicles")
    assert "1 answers paid in this run" in result.output and kept.name in result.output


def test_show_says_what_the_app_would_say(whatbenz):
    whatbenz("vehicles")
    result = whatbenz("vehicles", "show", "c-sedan", "--market", "de_DE")
    assert result.exit_code == 0
    assert result.output.startswith("C-Class Sedan in de_DE\n")
    assert "invented" in result.output


def test_show_names_the_nearest_class_and_market(whatbenz):
    whatbenz("vehicles")
    assert "c-sedan" in whatbenz("vehicles", "show", "c-sedn", "--market", "de_DE").output
    assert "did you mean de_DE?" in whatbenz("vehicles", "show", "c-sedan", "--market", "de_D").output


def test_show_without_tables_names_the_stage(whatbenz):
    result = whatbenz("vehicles", "show", "c-sedan", "--market", "de_DE")
    assert result.exit_code == 1 and "run the stage that writes it" in result.output


def test_unknown_markets_of_the_sandbox_are_refused(whatbenz):
    result = whatbenz("vehicles", sets=("sandbox.vehicle_markets=[xx_XX]",))
    assert result.exit_code == 1 and "sandbox.vehicle_markets" in result.output


CHILD = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
from whatbenz import main
main(sys.argv[1:])
"""


def start(folder, sets):
    options = [part for text in sets for part in ("-S", text)]
    return subprocess.Popen([sys.executable, "-c", CHILD, "-C", str(folder), *options, "vehicles"], cwd=ROOT,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env=os.environ | {"MERCEDES_API_KEY": TEST_KEY})


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("fault", ["error", "quota", "unauthorised", "cut", "redirect_elsewhere"])
def test_the_key_is_nowhere_on_disk_or_in_output(folder, serve, version, fault):
    api = serve(faults={"/markets/en_GB/models": (fault,) * 9, "/markets/de_DE/models": ("truncated", "error")})
    process = start(folder, to(api, "mercedes_api.retries=3", version=version))
    output, _ = process.communicate(timeout=60)
    written = [output]
    for path in folder.rglob("*"):
        written.append(str(path).encode())
        if path.is_file():
            data = path.read_bytes()
            written.append(gzip.decompress(data) if path.suffix == ".gz" else data)
    everything = b"\n".join(written).lower()
    assert b"/markets/de_de/models" in everything  # the debug log was written, so there was something to find
    for spelling in (TEST_KEY, quote(TEST_KEY, safe=""), quote(TEST_KEY), "odd=signs", "odd%3dsigns"):
        assert spelling.lower().encode() not in everything


def test_a_killed_run_goes_on_and_ends_with_the_same_tables(folder, serve, whatbenz, frames):
    api = serve()
    process = start(folder, to(api))
    logged = (line for line in process.stdout if b'"GET ' in line)
    for _ in range(15):
        next(logged)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = set(folder.rglob("*.json.gz"))
    assert 14 <= len(kept) < 40
    before = len(api.served)
    assert whatbenz("vehicles", sets=to(api), MERCEDES_API_KEY=TEST_KEY).exit_code == 0
    interrupted = [frame.drop(columns="fetched_at", errors="ignore") for frame in frames()]
    # the one call in flight at the kill may be asked twice, none that was kept
    assert len(api.served) - before <= len({entry.path for entry in api.served}) - len(kept)
    shutil.rmtree(folder / "data")
    whatbenz("vehicles", sets=to(api), MERCEDES_API_KEY=TEST_KEY)
    for frame, undisturbed in zip(interrupted, frames(), strict=True):
        pd.testing.assert_frame_equal(frame, undisturbed.drop(columns="fetched_at", errors="ignore"))
