"""Parameters of pretrain and train: one frozen dataclass a section of params.yaml."""

from dataclasses import dataclass
from typing import ClassVar

from pipeline.errors import ParamError
from pipeline.params import param

STRIDE = 32  # sides of the input are multiples of it: every network here halves them five times


def _check_side(key: str, side: int) -> None:
    if side % STRIDE:
        near = max(STRIDE, round(side / STRIDE) * STRIDE)
        raise ParamError(f"{key}: {side} is no multiple of {STRIDE}; the nearest is {near}")


def _check_size(key: str, size: tuple[int, ...]) -> None:
    if len(size) != 2:
        raise ParamError(f"{key}: {list(size)}: expected height and width")
    for side in size:
        _check_side(key, side)


@dataclass(frozen=True)
class PretrainParams:
    """The section ``pretrain`` of params.yaml."""

    section: ClassVar[str] = "pretrain"

    architecture: str = param("auto", "auto (resnet34; on the sandbox efficientnet-lite0), or a name")
    weights: str = param("imagenet", "imagenet, none (random), or a file of weights")
    stanford_cars: str | None = param(None, "folder of Stanford Cars: as its archives unpack, or class folders")
    size: tuple[int, ...] = param((128, 224), "height and width of the input, px", minimum=32)
    head_epochs: int = param(2, "epochs of the head alone", minimum=0)
    epochs: int = param(12, "epochs of all layers", minimum=0)
    rate: float = param(1e-3, "highest learning rate", minimum=0.0)
    batch: int = param(32, "pictures a batch", minimum=2)
    seed: int = param(2019, "another seed gives another order, other crops and another head")

    def __post_init__(self) -> None:
        _check_size(f"{self.section}.size", self.size)


@dataclass(frozen=True)
class Phase:
    """Some epochs at one size of the input."""

    epochs: int = param(8, "epochs", minimum=1)
    height: int = param(128, "height of the input, px", minimum=32)
    width: int = param(224, "width of the input, px", minimum=32)

    def __post_init__(self) -> None:
        _check_side("train.phases: height", self.height)
        _check_side("train.phases: width", self.width)


@dataclass(frozen=True)
class TrainParams:
    """The section ``train`` of params.yaml."""

    section: ClassVar[str] = "train"

    size: tuple[int, ...] = param((192, 320), "height and width of the model's input, px, larger than the phases'",
                                  minimum=32)
    head_epochs: int = param(3, "step 1: epochs of the new head on frozen layers", minimum=0)
    head_rate: float = param(4e-3, "step 1: highest learning rate", minimum=0.0)
    phases: tuple[Phase, ...] = param((Phase(24, 160, 256),),
                                      "step 2: epochs of all layers, and the size of their random crops")
    rate: float = param(1e-3, "step 2: highest learning rate of the head and the later layers", minimum=0.0)
    early_share: float = param(0.3, "step 2: share of that rate for the first half of the body", minimum=0.01,
                               maximum=1.0)
    weight_decay: float = param(0.01, "AdamW's weight decay", minimum=0.0)
    dropout: float = param(0.2, "dropout before the last layer", minimum=0.0, maximum=0.9)
    label_smoothing: float = param(0.1, "share of a label spread over all classes", minimum=0.0, maximum=0.5)
    mixed: float = param(0.5, "step 2: share of the batches whose pictures are mixed", minimum=0.0, maximum=1.0)
    mixup: float = param(0.4, "step 2: alpha of MixUp; 0 blends no pictures", minimum=0.0)
    cutmix: float = param(1.0, "step 2: alpha of CutMix; 0 cuts no windows", minimum=0.0)
    batch: int = param(16, "pictures a batch", minimum=2)
    patience: int = param(10, "epochs without a better model after which step 2 ends", minimum=1)
    off_topic: tuple[str, ...] = param(("off_topic", "not_a_photo", "detail"),
                                       "flags whose undecided pictures are not learnt from, but held against the model")
    keep: float = param(0.95, "share of the validation pictures that the reject threshold keeps", minimum=0.5,
                        maximum=1.0)
    workers: int = param(0, "processes that read pictures; 0 reads in the training process", minimum=0)
    seed: int = param(2019, "another seed gives another order, other crops and another head")

    def __post_init__(self) -> None:
        _check_size(f"{self.section}.size", self.size)
        if not self.phases:
            raise ParamError(f"{self.section}.phases: there is none; it takes one at least")

    @property
    def input_size(self) -> tuple[int, int]:
        """Height and width of the model's input, px."""
        height, width = self.size
        return height, width
