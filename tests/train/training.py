"""A training small enough for a test: a few drawn pictures, a few epochs, one thread. Run as a script, it kills itself.

    python -m tests.train.training FOLDER
"""

import os
import signal
import sys
from pathlib import Path

import torch
from fastai.callback.core import Callback
from torch import nn

from tests.train.workspace import CLASSES
from train import finetune as module
from train.architectures import Body
from train.checkpoints import Checkpoints, fingerprint
from train.finetune import Material, finetune, plan
from train.params import Phase, TrainParams

PARAMS = TrainParams(size=(64, 96), head_epochs=2, phases=(Phase(2, 32, 64), Phase(2, 64, 96)), batch=8, rate=5e-3,
                     seed=7)


def make_body() -> Body:
    """Return a body of two convolutions with normalisation, drawn from a seed."""
    torch.manual_seed(3)
    layers = [layer for inputs, outputs in ((3, 8), (8, 16)) for layer in (
        nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()),)]
    return Body("two convolutions", nn.Sequential(*layers), 16, (0.5,) * 3, (0.25,) * 3)


def list_items(dataset: Path) -> Material:
    """Return the pictures of a data set's folders."""
    sides = [[(file, file.parent.name) for file in sorted((dataset / side).glob("*/*.jpg"))]
             for side in ("train", "valid")]
    return Material(*sides, CLASSES)


def run(folder: Path, dataset: Path, params: TrainParams = PARAMS):
    """Train in ``folder``; return the model and its history."""
    body, material = make_body(), list_items(dataset)
    key = fingerprint(params, body.module.state_dict(), len(material.train))
    return finetune(body, material, plan(params), params, Checkpoints(folder, key), lambda row: None)


class Killer(Callback):
    """Kills the process in the middle of an epoch of step 2, as a power cut would."""

    def __init__(self, epoch: int):
        self.at = epoch

    def after_batch(self):
        """Kill at the second batch of that epoch, before anything of it is kept."""
        if self.training and self.epoch == self.at and self.iter == 1 and self.learn.keeper.step.name == "all":
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    torch.set_num_threads(1)
    make_learner = module.Learner

    def make_mortal(*arguments, **options):
        return make_learner(*arguments, **{**options, "cbs": [*options["cbs"], Killer(2)]})

    module.Learner = make_mortal
    run(Path(sys.argv[1]), Path(sys.argv[2]))
