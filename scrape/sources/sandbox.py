"""The sandbox's image search: Commons' answer format, on loopback."""

import json

from pipeline.errors import SourceError
from scrape.answers import Answers, NoAnswer
from scrape.sources.commons import WIDTHS, Commons
from scrape.sources.fields import at, text

PATH = "/w/api.php"


class Sandbox(Commons):
    """The search of a running sandbox.

    Args:
        base_url: where it serves.
        identity: digest of what its answers follow from besides the address: another seed is another web.
    """

    name = "sandbox"

    def __init__(self, base_url: str, identity: str):
        # No thumbnails: the truth table knows the pictures by their own addresses.
        super().__init__(base_url + PATH, width=max(WIDTHS), interval=0.0)
        self.identity = identity

    @classmethod
    def found_at(cls, base_url: str, answers: Answers) -> "Sandbox":
        """Return the search of the sandbox that serves at ``base_url``, identified by its own fingerprint.

        Raises:
            SourceError: no sandbox answers there.
        """
        try:
            health = json.loads(answers.ask(f"{base_url}/healthz", source=cls.name).content)
        except (NoAnswer, ValueError) as error:
            raise SourceError(f"sandbox: {base_url}/healthz: {error}; set sandbox.port to a free one") from error
        return cls(base_url, text(at(health, "fingerprint")) or "")
