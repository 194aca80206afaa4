"""What the sandbox plants among its good pictures, and how a good run ends with each.

``expected`` follows the table ``truth``: ``saved`` (a good picture, however oddly it came), ``duplicate``
(bytes the class has already), ``rejected`` (the answer must be refused), ``failed`` (there is nothing to
have), ``dropped`` (curation removes it) and ``review`` (a person must decide).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of planted thing.

    Attributes:
        name: as it stands in the truth's column fault, change or kind.
        expected: how a good run ends.
        limit: how many a run plants at most; None where it costs the client no time, so that the number
            may grow with the run.
    """

    name: str
    expected: str
    limit: int | None = None


# Answers of the host that are not, or not simply, a JPEG. "Once" means: the first request of a URL.
FAULTS = (
    # there is nothing to have
    Kind("not_found", "failed"),
    Kind("gone", "failed"),
    Kind("forbidden", "failed"),
    Kind("server_error", "failed", limit=1),
    Kind("slow_body", "failed", limit=1),
    Kind("slow_header", "failed", limit=1),
    Kind("reset_mid_body", "failed", limit=2),
    Kind("redirect_loop", "failed"),
    Kind("redirect_five", "failed"),
    # the answer must be refused
    Kind("truncated", "rejected"),
    Kind("html", "rejected"),
    Kind("empty", "rejected"),
    Kind("svg", "rejected"),
    Kind("tiff", "rejected"),
    Kind("bmp", "rejected"),
    Kind("endless_body", "rejected", limit=1),
    Kind("huge_length", "rejected"),
    Kind("bomb_png", "rejected", limit=2),
    Kind("bomb_gzip", "rejected", limit=1),
    Kind("redirect_private", "rejected"),
    Kind("redirect_file", "rejected"),
    Kind("redirect_ftp", "rejected"),
    Kind("robots_refused", "rejected"),
    Kind("robots_wildcard", "rejected"),
    Kind("noai", "rejected"),
    Kind("noimageai", "rejected"),
    Kind("noindex", "rejected"),
    Kind("noai_among_others", "rejected"),
    Kind("noai_second_header", "rejected"),
    Kind("noai_for_us", "rejected"),
    Kind("tdm_reservation", "rejected"),
    # a good picture after all
    Kind("noai_for_another", "saved"),
    Kind("tdm_open", "saved"),
    Kind("robots_allowed", "saved"),
    Kind("retry_after_seconds", "saved", limit=2),
    Kind("retry_after_date", "saved", limit=1),
    Kind("unavailable_once", "saved", limit=3),
    Kind("reset_once", "saved", limit=3),
    Kind("slow_start", "saved", limit=3),
    Kind("redirect_one", "saved"),
    Kind("redirect_three", "saved"),
    Kind("png_named_jpg", "saved"),
    Kind("webp_named_jpg", "saved"),
    Kind("octet_stream", "saved"),
    Kind("no_type", "saved"),
    Kind("chunked", "saved"),
    Kind("gzip", "saved"),
    Kind("odd_name", "saved"),
    Kind("query_string", "saved"),
    Kind("exif_rotated", "saved"),
    Kind("exif_gps", "saved"),
    Kind("cmyk", "saved"),
    Kind("progressive", "saved"),
    Kind("png", "saved"),
    Kind("png_alpha", "saved"),
    Kind("gif", "saved"),
    Kind("webp", "saved"),
    Kind("avif", "saved"),
    Kind("heic", "saved"),
    # a picture of poor quality
    Kind("dark", "review"),
    Kind("blurred", "review"),
    Kind("tiny", "dropped"),
)

# One photograph in another shape, found for the same class. "repaint" is another car on the same
# photograph, a variant that may stay beside its original.
CHANGES = (
    Kind("copy", "duplicate"),
    Kind("jpeg40", "dropped"),
    Kind("jpeg20", "dropped"),
    Kind("resize60", "dropped"),
    Kind("webp_copy", "dropped"),
    Kind("crop10", "dropped"),
    Kind("crop20", "dropped"),
    Kind("crop_off_centre", "dropped"),
    Kind("crop_aspect", "dropped"),
    Kind("mirror", "dropped"),
    Kind("mirror_crop", "dropped"),
    Kind("watermark", "dropped"),
    Kind("watermark_bar", "dropped"),
    Kind("border", "dropped"),
    Kind("grey", "dropped"),
    Kind("brighter", "dropped"),
    Kind("rotate3", "dropped"),
    Kind("repaint", "saved"),
)

# Doubts about the label: one photograph under two classes, or the wrong car under a class.
CONFLICTS = (
    Kind("same_url", "review"),
    Kind("same_bytes", "review"),
    Kind("same_photograph", "review"),
    Kind("wrong_class", "review"),
)

# What a search finds beside cars seen from outside.
OFF_TOPIC = (
    Kind("interior", "review"),
    Kind("engine_bay", "review"),
    Kind("logo", "review"),
    Kind("toy", "review"),
    Kind("other_car", "review"),
)

ALL = FAULTS + CHANGES + CONFLICTS + OFF_TOPIC
EXPECTED = {kind.name: kind.expected for kind in ALL}
