"""What Prometheus asks for: counts and times by route, never by client."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


class Measures:
    """The counters and histograms of one service.

    Args:
        version: the bundle's version.
        waiting: returns how many pictures wait in the queue.
    """

    def __init__(self, version: str, waiting: Callable[[], int]):
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        Gauge("whatbenz_info", "The bundle that answers", ["version"], registry=self._registry).labels(version).set(1)
        Gauge("whatbenz_waiting", "Pictures that wait in the queue", registry=self._registry).set_function(waiting)
        self._requests = Counter("whatbenz_requests", "Answers", ["route", "method", "status"], registry=self._registry)
        self._seconds = Histogram("whatbenz_request_seconds", "Time from request to answer", ["route"],
                                  buckets=_SECONDS, registry=self._registry)
        self.decoding = Histogram("whatbenz_decode_seconds", "Time to decode a picture", buckets=_SECONDS,
                                  registry=self._registry)
        self.inference = Histogram("whatbenz_inference_seconds", "Time of the model", buckets=_SECONDS,
                                   registry=self._registry)
        self._pictures = Counter("whatbenz_pictures", "Pictures answered, by whether they were one of the classes",
                                 ["known"], registry=self._registry)
        self._feedback = Counter("whatbenz_feedback", "Feedback, by what it says", ["verdict"],
                                 registry=self._registry)

    def count_request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the rule, not the path, so that nobody can make up new series."""
        self._requests.labels(route, method, status).inc()
        self._seconds.labels(route).observe(seconds)

    def count_picture(self, known: bool) -> None:
        """Count one picture that was answered."""
        self._pictures.labels("yes" if known else "no").inc()

    def count_feedback(self, verdict: str) -> None:
        """Count one feedback: right, wrong or none."""
        self._feedback.labels(verdict).inc()

    def render(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)
