"""A small web on loopback: drawn cars, an image search, an image host with planted faults, and the truth."""
