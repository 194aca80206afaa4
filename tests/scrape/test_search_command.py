import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import tables
from pipeline.layout import Layout
from pipeline.workspace import Workspace
from scrape.commands import search
from scrape.interrupt import INTERRUPTED
from tests.scrape.test_sources_folder import put

CLASSES = """class_id,label,name,body_type,series,queries_en,queries_de,exclude_words
c-sedan,C_sedan_2018,C-Class Sedan,sedan,W205,Mercedes W205,Mercedes C-Klasse,
b,B_2019,B-Class,mpv,W247,Mercedes W247|B-Class,Mercedes B-Klasse,W246
"""


@pytest.fixture
def root(tmp_path) -> Path:
    (tmp_path / "classes.csv").write_text(CLASSES)
    return tmp_path


def call(root: Path, *overrides: str, port: int = 0) -> Result:
    settings = (f"sandbox.port={port}", "sandbox.images_per_class=12", *overrides)
    return CliRunner().invoke(search, [], obj=Workspace(Layout(root), settings))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def test_the_sandbox_fills_the_table_and_the_truth_knows_every_address(root):
    result = call(root)
    assert result.exit_code == 0, result.output
    candidates = tables.read(tables.CANDIDATES, root / "data/candidates/candidates.parquet")
    truth = tables.read(tables.TRUTH, root / "data/sandbox/truth.parquet")
    assert set(candidates["class_id"]) == {"c-sedan", "b"}
    assert set(candidates["url"]) == set(truth["url"])
    assert candidates["author"].notna().any() and candidates["license"].notna().any()
    assert f"{len(candidates)} candidates in {root / 'data/candidates/candidates.parquet'}" in result.output


def test_a_second_run_changes_no_byte(root):
    port = free_port()
    assert call(root, port=port).exit_code == 0
    before = {path: path.read_bytes() for path in (root / "data" / "candidates").rglob("*") if path.is_file()}
    result = call(root, port=port)
    assert result.exit_code == 0
    assert "(0 asked now)" in result.output
    assert {path: path.read_bytes() for path in before} == before


def test_another_seed_is_another_web_and_its_pages_are_asked_anew(root):
    port = free_port()
    assert call(root, port=port).exit_code == 0
    assert "(0 asked now)" not in call(root, "sandbox.seed=1", port=port).output
    candidates = tables.read(tables.CANDIDATES, root / "data/candidates/candidates.parquet")
    truth = tables.read(tables.TRUTH, root / "data/sandbox/truth.parquet")
    assert set(candidates["url"]) == set(truth["url"])
    assert "(0 asked now)" in call(root, port=port).output


def test_leftovers_of_a_killed_run_are_removed(root):
    leftover = root / "data" / "candidates" / "pages" / "sandbox" / ".torn-x.page.part"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half")
    assert call(root).exit_code == 0
    assert not leftover.exists()


def test_without_a_contact_commons_is_not_asked(root):
    result = call(root, "scrape.sources=[commons]")
    assert result.exit_code == 1
    assert "scrape.contact" in result.output
    assert not (root / "data").exists()


def test_a_contact_that_fits_no_header_is_refused(root):
    result = call(root, "scrape.contact=a@b.org (me)\n")
    assert result.exit_code == 1
    assert "cannot stand in a User-Agent header" in result.output


def test_own_pictures_run_without_a_classes_file(root):
    (root / "classes.csv").unlink()
    put(root / "own", "beetle/1.jpg", "zebra/1.jpg")
    result = call(root, "scrape.sources=[folder]", "scrape.folder=own", "scrape.classes=found")
    assert result.exit_code == 0, result.output
    candidates = tables.read(tables.CANDIDATES, root / "data/candidates/candidates.parquet")
    assert candidates["url"].tolist() == ["folder:beetle/1.jpg", "folder:zebra/1.jpg"]
    assert (root / "data/candidates/pages").is_dir()  # DVC asks for every output of the stage


def test_with_a_problem_the_table_is_written_and_the_exit_code_is_1(root):
    (root / "list.txt").write_text("b,https://e.org/1\nx,https://e.org/2\n")
    result = call(root, "scrape.sources=[urls]", "scrape.urls=list.txt")
    assert result.exit_code == 1
    assert "Error: the search is not complete. Its 1 candidates are in" in result.output
    assert "line 2: class 'x' is not among the classes" in result.output
    assert len(tables.read(tables.CANDIDATES, root / "data/candidates/candidates.parquet")) == 1


def test_material_that_no_source_reads_is_said_and_the_run_goes_on(root):
    result = call(root, "scrape.folder=own")
    assert result.exit_code == 0
    assert "scrape.folder is set, but scrape.sources does not name folder" in result.output


def test_ctrl_c_keeps_the_pages_and_says_how_to_go_on(root):
    code = ("import sys\nfrom pathlib import Path\nfrom pipeline.layout import Layout\n"
            "from pipeline.workspace import Workspace\nfrom scrape.commands import search\n"
            "search([], obj=Workspace(Layout(Path(sys.argv[1])), ('sandbox.port=0', 'scrape.max_pages=1')))")
    queries = [f"query {n}" for n in range(2000)]
    (root / "classes.csv").write_text(f"{CLASSES}many,Many,Many,sedan,,{'|'.join(queries)},,\n")
    with subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stderr.readline().startswith("sandbox: ")  # the first query is done
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert "stopped; the pages so far are kept in" in output
    assert "again to go on" in output
    assert any((root / "data/candidates/pages").rglob("*.page"))
