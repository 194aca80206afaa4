"""Two steps: the new head on frozen layers, then all layers at discriminative rates; resumed from the last epoch."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from fastai.callback.core import Callback, CancelFitException
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.progress import ProgressCallback
from fastai.callback.schedule import Learner  # with fit_one_cycle
from fastai.losses import LabelSmoothingCrossEntropyFlat
from fastai.optimizer import Adam
from fastai.torch_core import to_device
from torch import nn

from train.architectures import Body, add_classifier, split_layers
from train.batches import Item, Size, make_loaders, seed_everything
from train.checkpoints import Checkpoints
from train.mixing import Mixing
from train.params import Phase, TrainParams

HEAD, ALL = "head", "all"
# torch's Adam, not fastai's (0.99 and 1e-5): so large an epsilon damps the small gradients of a pretrained body.
MOMENTUM, SQUARES, EPSILON = 0.9, 0.999, 1e-8
Note = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Step:
    """One of the two steps: which layers learn, for how long, at which sizes and rates."""

    name: str  # HEAD: the body stays as it is; ALL: every layer learns
    phases: tuple[Phase, ...]
    rate: float
    early_share: float = 1.0
    patience: int = 1_000_000

    @property
    def sizes(self) -> list[Size]:
        """The size of each epoch."""
        return [(phase.height, phase.width) for phase in self.phases for _ in range(phase.epochs)]


@dataclass(frozen=True)
class Material:
    """What is learnt from: pictures for training and for validation, and the classes in the model's order."""

    train: Sequence[Item]
    valid: Sequence[Item]
    classes: Sequence[str]


@dataclass
class Progress:
    """How far a training is; all of it stands in a checkpoint."""

    step: str = HEAD
    epoch: int = 0  # epochs of that step that are done
    history: list[dict[str, Any]] = field(default_factory=list)
    least_loss: float = float("inf")
    waited: int = 0


def plan(params: TrainParams) -> list[Step]:
    """Return the steps of the section ``train``: the head at the first size, then all layers at growing sizes."""
    first = params.phases[0]
    head = Step(HEAD, (Phase(params.head_epochs, first.height, first.width),), params.head_rate)
    every = Step(ALL, params.phases, params.rate, params.early_share, params.patience)
    return [head, every] if params.head_epochs else [every]


def finetune(body: Body, material: Material, steps: Sequence[Step], params: TrainParams, checkpoints: Checkpoints,
             note: Note, choose_best: bool = True) -> tuple[nn.Sequential, list[dict[str, Any]]]:
    """Train a new head on ``body``, then everything; return the network with its best weights, and its history.

    Best is the epoch of the last step with the least loss on ``valid``. Where ``valid`` is to judge the network
    and must have no say in it (``choose_best`` is false), it is the last epoch, and no step ends early.

    A training that was killed goes on after its last whole epoch; each epoch's order, crops and dropout follow from the
    seed and its number, so that it ends as an undisturbed one does.

    Args:
        body: with its pretrained weights.
        material: pictures and classes.
        steps: as :func:`plan` gives them.
        params: the rest of the section ``train``.
        checkpoints: where the state is kept.
        note: called with each epoch's row: step, epoch, size, train_loss, valid_loss, accuracy, seconds.
        choose_best: whether ``valid`` chooses the epoch.
    """
    if not choose_best:
        steps = [replace(step, patience=len(step.sizes)) for step in steps]
    torch.manual_seed(params.seed)
    model = add_classifier(body, len(material.classes), params.dropout)
    state = checkpoints.read()
    progress = Progress()
    if state:
        model.load_state_dict(state["model"])
        progress = Progress(**{name: state[name] for name in Progress.__dataclass_fields__})
        for row in progress.history:
            note({**row, "resumed": True})
    names = [step.name for step in steps]
    for step in steps:
        if state and names.index(step.name) < names.index(progress.step):
            continue
        optimizer = state["optimizer"] if state and step.name == progress.step else None
        if optimizer is None:
            progress = Progress(step.name, history=progress.history)
        if progress.epoch < len(step.sizes) and progress.waited < step.patience:
            _fit(model, body, material, step, params, Keeper(step, params.seed, checkpoints, progress, note), optimizer)
    if choose_best:
        model.load_state_dict(checkpoints.read_best())
    return model.eval(), progress.history


def _fit(model: nn.Sequential, body: Body, material: Material, step: Step, params: TrainParams, keeper: "Keeper",
         optimizer: dict[str, Any] | None) -> None:
    loaders = {size: make_loaders(material.train, material.valid, material.classes, body, size, params.input_size,
                                  params.batch, params.workers) for size in set(step.sizes)}
    keeper.loaders = loaders
    learner = Learner(
        loaders[step.sizes[0]], model.to(memory_format=torch.channels_last),
        loss_func=LabelSmoothingCrossEntropyFlat(eps=params.label_smoothing),
        opt_func=partial(Adam, sqr_mom=SQUARES, eps=EPSILON), splitter=split_layers, wd=params.weight_decay,
        train_bn=False, cbs=[keeper])
    learner.remove_cb(ProgressCallback)
    learner.add_cbs([KeepStatistics()] if step.name == HEAD else [])
    if step.name == ALL and params.mixed and (params.mixup or params.cutmix):
        learner.add_cbs([Mixing(params.mixup, params.cutmix, params.mixed)])
    learner.add_cbs([MixedPrecision()] if torch.cuda.is_available() else [])
    learner.create_opt()
    if step.name == HEAD:
        learner.freeze()
    else:
        learner.unfreeze()
    if optimizer is not None:
        learner.opt.load_state_dict({**optimizer, "state": to_device(optimizer["state"], learner.dls.device)})
    rates = slice(step.rate * step.early_share, step.rate) if step.early_share < 1 else step.rate
    with learner.no_logging():
        learner.fit_one_cycle(len(step.sizes), rates, pct_start=0.25, moms=(MOMENTUM,) * 3,
                              start_epoch=keeper.progress.epoch)


class KeepStatistics(Callback):
    """Normalises by the statistics that the body was pretrained with, and not by those of a batch, in step 1.

    Those of a batch of cars are others: with EfficientNet-Lite0 the features by one and by the other had a cosine of
    0.36, since what all cars have in common is taken away. A head alone learns more from the first ones.
    """

    order = -9  # right after fastai sets the training mode

    def before_train(self):
        """Set the body's normalisations to evaluation."""
        for module in self.model[0].modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.eval()


class Keeper(Callback):
    """Sets each epoch's size and seed, measures it, keeps its state, and stops a training that no longer improves."""

    order = 60  # after the recorder and before fastai skips the epochs that are done

    def __init__(self, step: Step, seed: int, checkpoints: Checkpoints, progress: Progress, note: Note):
        self.step, self.seed, self.checkpoints, self.progress, self.note = step, seed, checkpoints, progress, note
        self.start = progress.epoch
        self.loaders: dict[Size, Any] = {}

    def before_epoch(self):
        """Take the loaders of this epoch's size and make it a function of the seed and its number."""
        if self.epoch < self.start:
            return
        self.learn.dls = self.loaders[self.step.sizes[self.epoch]]
        seed_everything(self.learn.dls, 100_003 * self.seed + 1009 * (self.step.name == ALL) + self.epoch)
        self.began = time.monotonic()
        self.sums = {True: [0.0, 0, 0], False: [0.0, 0, 0]}  # training?: loss, hits, pictures

    def after_batch(self):
        """Add up loss and hits."""
        count = len(self.yb[0])
        sums = self.sums[self.training]
        sums[0] += float(self.learn.loss) * count
        sums[1] += int((self.pred.argmax(dim=1) == self.yb[0]).sum())
        sums[2] += count

    def after_epoch(self):
        """Keep the state; stop where nothing has become better for ``patience`` epochs."""
        if self.epoch < self.start:
            return
        progress, (loss, hits, count) = self.progress, self.sums[False]
        row = {"step": self.step.name, "epoch": self.epoch + 1, "size": list(self.step.sizes[self.epoch]),
               "train_loss": round(self.sums[True][0] / self.sums[True][2], 6), "valid_loss": round(loss / count, 6),
               "accuracy": round(hits / count, 6), "seconds": round(time.monotonic() - self.began, 1)}
        is_best = row["valid_loss"] < progress.least_loss
        progress.epoch, progress.waited = self.epoch + 1, 0 if is_best else progress.waited + 1
        progress.least_loss = min(progress.least_loss, row["valid_loss"])
        progress.history.append(row)
        self.checkpoints.write(dict(vars(progress)), self.model, self.opt, is_best)
        self.note(row)
        if progress.waited >= self.step.patience:
            raise CancelFitException
