"""Mixed pictures: what is mixed, how often which way, and what that does to the loss."""

import pytest
import torch
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from fastai.optimizer import SGD
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from train.mixing import Mixing

SIZE = 16


class Seen(nn.Module):
    """A network that keeps what it is given, and whether it was in training."""

    def __init__(self):
        super().__init__()
        self.batches, self.linear = [], nn.Linear(1, 4)

    def forward(self, pictures):
        self.batches.append((self.training, pictures.clone()))
        return self.linear(pictures.mean(dim=(1, 2, 3))[:, None])


def show(mixup, cutmix, batches=12, share=1.0):
    """Train for an epoch on pictures that are 0, 1, 2, … throughout; return the batches of training and validation."""
    levels = torch.arange(8.0).repeat(batches)
    pictures = levels[:, None, None, None].expand(-1, 3, SIZE, SIZE).clone()
    data = TensorDataset(pictures, (levels % 4).long())
    loaders = DataLoaders(DataLoader(data, batch_size=8), DataLoader(data, batch_size=8))
    torch.manual_seed(1)
    network = Seen()
    learner = Learner(loaders, network, loss_func=CrossEntropyLossFlat(), opt_func=SGD,
                      cbs=[Mixing(mixup, cutmix, share)])
    with learner.no_bar(), learner.no_logging():
        learner.fit(1, 0.0)
    assert all(loss == loss for loss in learner.recorder.losses)
    return [[batch for training, batch in network.batches if training is side] for side in (True, False)]


def is_blended(batch):
    """Return whether all of each picture has one level, and some level is none of the originals."""
    flat = batch.flatten(1)
    return bool((flat.max(1).values - flat.min(1).values < 1e-5).all()) and bool((batch % 1 > 1e-4).any())


def has_windows(batch):
    """Return whether each picture has at most two levels, all of them originals, and some picture has two."""
    levels = [picture.unique() for picture in batch]
    return all(len(of) <= 2 and not (of % 1).any() for of in levels) and any(len(of) == 2 for of in levels)


def test_mixup_blends_whole_pictures():
    train, _ = show(0.8, 0.0)
    assert sum(map(is_blended, train)) >= len(train) - 2 and not any(map(has_windows, train))


def test_cutmix_sets_windows_of_one_picture_into_another():
    train, _ = show(0.0, 1.0)
    assert sum(map(has_windows, train)) >= len(train) - 2 and not any(map(is_blended, train))


def test_both_take_turns():
    train, _ = show(0.8, 1.0, batches=40)
    assert 10 <= sum(map(is_blended, train)) <= 30 and 10 <= sum(map(has_windows, train)) <= 30


def test_a_share_of_the_batches_stays_as_it_is():
    train, _ = show(0.8, 1.0, batches=60, share=0.5)
    mixed = [is_blended(batch) or has_windows(batch) for batch in train]
    assert 18 <= sum(mixed) <= 42
    assert all(torch.equal(batch, batch[:, :1, :1, :1].expand_as(batch)) and not (batch % 1).any()
               for batch, is_mixed in zip(train, mixed, strict=True) if not is_mixed)


@pytest.mark.parametrize("alphas", [(0.8, 0.0), (0.0, 1.0), (0.8, 1.0)])
def test_validation_sees_each_picture_as_it_is(alphas):
    _, valid = show(*alphas)
    assert len(valid) == 12 and all(torch.equal(batch[:, 0, 0, 0], torch.arange(8.0)) and not has_windows(batch)
                                    and not is_blended(batch) for batch in valid)
