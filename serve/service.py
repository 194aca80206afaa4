"""What the routes stand on: one predictor, one queue, one set of counters for all threads."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from serve.bundles import Bundle
from serve.catalogue import Catalogue
from serve.feedback import FeedbackStore
from serve.gate import Gate
from serve.journal import Journal
from serve.measures import Measures
from serve.params import ServeParams
from serve.predictor import Prediction, Predictor, count_cores
from serve.rates import Rates
from serve.site import Site

WEB = Path(__file__).parent / "web"


@dataclass
class Service:
    """The parts of one running service.

    Args:
        bundle: what it answers with.
        feedback: where kept feedback goes.
        web: folder of the web app.

    Attributes:
        draining: whether it is about to end, and no longer ready.
        under_way: requests that are not yet answered to their last byte.
    """

    bundle: Bundle
    params: ServeParams
    feedback: Path
    journal: Journal = field(default_factory=Journal)
    web: Path = WEB
    draining: bool = False
    under_way: int = 0

    def __post_init__(self) -> None:
        params = self.params
        self._lock = threading.Lock()
        self.predictor = Predictor(self.bundle, params.flip, params.max_pixels)
        self.catalogue = Catalogue(self.bundle)
        self.gate = Gate(params.workers or count_cores(), params.queue, params.wait_seconds)
        self.measures = Measures(self.bundle.version, lambda: self.gate.waiting)
        self.rates = Rates(params.rate_per_minute, params.burst)
        self.site = Site(self.web)
        self.store = FeedbackStore(self.feedback, self.bundle.version, params.max_pixels)

    def count_under_way(self, change: int) -> None:
        """Note that a request has come (1) or is answered (-1)."""
        with self._lock:
            self.under_way += change

    def predict(self, data: bytes) -> Prediction:
        """Return what the model says of a picture, once there is a place for it.

        Raises:
            BusyError: there is none.
            PictureError: the bytes are no picture that can be answered.
        """
        with self.gate.enter():
            start = perf_counter()
            pixels = self.predictor.decode(data)
            decoded = perf_counter()
            logits = self.predictor.infer(self.predictor.prepare(pixels)).mean(axis=0)
            self.measures.decoding.observe(decoded - start)
            self.measures.inference.observe(perf_counter() - decoded)
        prediction = self.predictor.rank(logits)
        self.measures.count_picture(prediction.known)
        return prediction
