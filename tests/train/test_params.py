"""The sections pretrain and train: what cannot be trained is refused with the key and the nearest value."""

import pytest

from pipeline.errors import ParamError
from pipeline.params import make_params
from train.params import PretrainParams, TrainParams


@pytest.mark.parametrize(("phases", "fault"), [
    ([], "train.phases: there is none"),
    ([{"epochs": 1, "height": 100, "width": 224}], "height: 100 is no multiple of 32; the nearest is 96"),
    ([{"epochs": 0, "height": 96, "width": 224}], r"train.phases\[0\].epochs: 0 is below the minimum"),
])
def test_phases_that_cannot_be_trained_are_refused(phases, fault):
    with pytest.raises(ParamError, match=fault):
        make_params(TrainParams, {"phases": phases})


@pytest.mark.parametrize("section", [PretrainParams, TrainParams])
@pytest.mark.parametrize("size", [[224], [224, 224, 3], [224, 230]])
def test_a_size_that_is_none_is_refused(section, size):
    with pytest.raises(ParamError, match=rf"{section.section}.size"):
        make_params(section, {"size": size})
