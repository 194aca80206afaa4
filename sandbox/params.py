"""Parameters of the sandbox: the small web on loopback that stands in for the real one."""

from dataclasses import dataclass
from typing import ClassVar

from pipeline.params import param
from sandbox.vehicle_catalogue import DEFAULT_MARKETS


@dataclass(frozen=True)
class SandboxParams:
    """What the sandbox draws, how much of it, and where it answers."""

    section: ClassVar[str] = "sandbox"

    seed: int = param(2019, "every picture, title and fault follows from it", minimum=0)
    images_per_class: int = param(24, "hits that each class's search has; 300 makes a run of 10,000 images", minimum=1)
    port: int = param(8733, "port on 127.0.0.1; 0 takes any free one", minimum=0, maximum=65535)
    faults: bool = param(True, "plant variants, off-topic pictures and broken answers among the good ones")
    cache_mb: int = param(1024, "drawn pictures kept on disk, at most; 0 keeps none", minimum=0)
    vehicle_models: int = param(60, "models in each price list of the vehicle API", minimum=1, maximum=900)
    vehicle_markets: tuple[str, ...] = param(DEFAULT_MARKETS, "markets of the vehicle API; [all] for every one")
