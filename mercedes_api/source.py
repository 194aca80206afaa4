"""Where answers come from: the kept ones first, then the API, until something ends the run."""

from mercedes_api.answers import Answer, Answers
from mercedes_api.client import CallFailed, Client, Stop, Why

FAILURES_IN_A_ROW = 3


class Source:
    """Gives answers by path. Without a client it reads what is kept and pays nothing.

    Attributes:
        stop: what ended the run, or None; after it nothing is paid any more.
        failures: paths that did not answer usefully, and why.
        paid: answers that this run paid for.
    """

    def __init__(self, answers: Answers, client: Client | None = None):
        self._answers, self._client = answers, client
        self._failed_in_a_row = 0
        self.stop: Stop | None = None
        self.failures: dict[str, str] = {}
        self.paid = 0

    @property
    def left(self) -> int | None:
        """Calls that the budget still allows; None for no limit."""
        if self._client is None:
            return 0
        return self._client.left

    @property
    def open(self) -> bool:
        """Whether calls can be paid."""
        return self._client is not None and self.stop is None

    def kept(self, path: str) -> Answer | None:
        """Return the answer that an earlier call paid for, or None."""
        return self._answers.read(path)

    def pay(self, path: str) -> Answer | None:
        """Ask the API, keep its answer and return it; None where the call failed or ended the run."""
        if self._client is None or self.stop is not None:
            return None
        try:
            answer = self._client.get(path)
        except Stop as stop:
            self.stop = stop
            return None
        except CallFailed as failure:
            self.failures[path] = failure.message
            self._failed_in_a_row += 1
            if self._failed_in_a_row == FAILURES_IN_A_ROW:
                self.stop = Stop(Why.UNREACHABLE, f"{FAILURES_IN_A_ROW} calls in a row failed; the last: "
                                                  f"{failure.message}")
            return None
        self._failed_in_a_row = 0
        self._answers.write(answer)
        self.paid += 1
        return answer
