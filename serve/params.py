"""Parameters of the bundle stage and of the service."""

import re
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from pipeline.errors import ParamError
from pipeline.params import param


@dataclass(frozen=True)
class BundleParams:
    """What goes into the bundle beside the model and the facts."""

    section: ClassVar[str] = "bundle"

    examples: int = param(3, "example pictures of each class", minimum=0, maximum=12)
    example_side: int = param(320, "longer side of an example picture, px", minimum=64, maximum=1024)
    example_quality: int = param(82, "JPEG quality of the example pictures", minimum=30, maximum=95)
    licenses: tuple[str, ...] = param(
        ("cc0", "pdm", "by", "by-sa"), "licences under which a picture may be shown in the app; the sandbox's own may "
                                       "always")


@dataclass(frozen=True)
class ServeParams:
    """Parameters of the service."""

    section: ClassVar[str] = "serve"

    bundle: str = param("models/bundle", "folder of the bundle, or s3://bucket/prefix")
    market: str = param("en_DE", "market where neither the address nor Accept-Language names one that is known")
    top: int = param(3, "classes in an answer where the address does not say", minimum=1, maximum=10)
    flip: bool = param(False, "average each picture with its mirror image: twice the work")
    workers: int = param(0, "pictures under way at once; 0 takes the number of cores", minimum=0, maximum=256)
    queue: int = param(32, "pictures that wait at most; more are answered 503", minimum=0, maximum=1000)
    wait_seconds: float = param(5.0, "longest wait in the queue; then the answer is 503", minimum=0.1, maximum=120)
    idle_seconds: int = param(20, "silence after which a connection is closed", minimum=1, maximum=600)
    max_bytes: int = param(20_000_000, "largest picture, in bytes", minimum=1000)
    max_pixels: int = param(50_000_000, "largest picture, width times height; told from its header", minimum=10_000)
    rate_per_minute: int = param(60, "pictures and feedbacks of one client a minute; 0 is no limit", minimum=0)
    burst: int = param(20, "of them at once", minimum=1)
    proxies: int = param(0, "proxies in front that set X-Forwarded-For; 0: the client is who connects", minimum=0,
                         maximum=5)
    origins: tuple[str, ...] = param(("capacitor://localhost", "https://localhost"),
                                     "origins of other pages that may ask: those of the apps")
    keep_uploads: bool = param(False, "keep the pictures of feedback whose sender consents")

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z]{2}_[A-Z]{2}(-[A-Z]{2,3})?", self.market):
            raise ParamError(f"{self.section}.market: {self.market!r} is no market id; they look like de_DE")
        for origin in self.origins:
            parts = urlsplit(origin)
            if not parts.scheme or not parts.netloc or origin != f"{parts.scheme}://{parts.netloc}":
                raise ParamError(f"{self.section}.origins: {origin!r} is no origin; they look like https://example.org")
