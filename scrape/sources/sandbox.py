"""The sandbox's image search: Commons' answer format, on loopback."""

from scrape.sources.commons import WIDTHS, Commons

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
