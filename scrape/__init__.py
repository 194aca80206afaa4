"""The web → data/raw: search finds candidates, download fetches their pictures."""
