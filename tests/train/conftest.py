"""One small training for all tests that look at what a training leaves."""

import pytest
import torch
from click.testing import CliRunner

from tests.train.workspace import write_workspace
from whatbenz import main


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Small batches are faster on one thread, and two test runs side by side do not wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The layout of a workspace in which `pretrain` and `train` ran as commands."""
    layout = write_workspace(tmp_path_factory.mktemp("trained"))
    for stage in ("pretrain", "train"):
        result = CliRunner().invoke(main, ["-C", str(layout.root), stage])
        assert result.exit_code == 0, result.output
        (layout.root / f"{stage}.log").write_text(result.output, encoding="utf-8")
    return layout
