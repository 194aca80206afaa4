"""Parameters of the curating stages: one frozen dataclass a section of params.yaml."""

from dataclasses import dataclass
from typing import ClassVar

from pipeline.params import param

ACTIONS = ("keep", "review", "drop")  # what may follow from a flag


@dataclass(frozen=True)
class InspectParams:
    """The section ``inspect`` of params.yaml."""

    section: ClassVar[str] = "inspect"

    side: int = param(512, "longer side of the working copy and the thumbnail, px", minimum=128, maximum=2048)
    thumbnail_quality: int = param(92, "JPEG quality of the thumbnails that are not the file itself", minimum=50,
                                   maximum=100)
    max_pixels: int = param(100_000_000, "a picture of more pixels is refused from its header", minimum=1)


@dataclass(frozen=True)
class EmbedParams:
    """The section ``embed`` of params.yaml."""

    section: ClassVar[str] = "embed"

    model: str = param("efficientnet-lite0", "the model that comes with whatbenz, the path of an ONNX file, or "
                                             "open_clip:<architecture>[:<weights>]")
    batch: int = param(32, "pictures a batch", minimum=1, maximum=1024)


@dataclass(frozen=True)
class DedupeParams:
    """The section ``dedupe`` of params.yaml."""

    section: ClassVar[str] = "dedupe"

    phash_distance: int = param(8, "bits by which the 64-bit hashes of two views may differ to be compared",
                                minimum=0, maximum=16)
    phash256_distance: int = param(60, "bits by which two 256-bit hashes may differ to be compared",
                                   minimum=0, maximum=128)
    hash_bits: int = param(20, "a hash of which fewer bits carry something (a flat picture) finds nothing",
                           minimum=0, maximum=63)
    most_per_net: int = param(12, "pictures that one hash may find for a picture, the nearest first", minimum=1)
    min_matches: int = param(4, "local features that must look alike for two pictures to be compared", minimum=3)
    neighbours: int = param(3, "nearest neighbours in feature space that are compared", minimum=0, maximum=100)
    neighbour_similarity: float = param(0.6, "least cosine similarity of such a neighbour", minimum=-1.0, maximum=1.0)
    max_residual: float = param(0.47, "share of the blocks with structure in both that may differ in one photograph",
                                minimum=0.0, maximum=1.0)
    review_residual: float = param(0.6, "the same up to which a person must look", minimum=0.0, maximum=1.0)
    max_structure: float = param(0.15, "one minus the median correlation of those blocks, at most", minimum=0.0,
                                 maximum=1.0)
    max_shift: float = param(0.4, "median shift of those blocks in px of a frame of 256 px, at most", minimum=0.0)
    min_span: float = param(0.33, "share of what the smaller picture shows over which agreeing blocks must reach; two "
                                  "cars at one place share less", minimum=0.0, maximum=1.0)
    max_clash: float = param(0.22, "share of the blocks amidst the agreeing ones that may show something else",
                             minimum=0.0, maximum=1.0)
    max_altered: float = param(0.04, "the same where both pictures show something, not one alone as with a watermark",
                               minimum=0.0, maximum=1.0)
    min_blocks: int = param(8, "blocks with structure without which a person must look", minimum=1)
    min_side: int = param(112, "px of the common frame below which three times less residual is asked for", minimum=16)
    max_tone: float = param(16.0, "grey levels by which blocks may miss one tone curve; more is a repaint", minimum=0.0)
    max_chroma: float = param(6.0, "a*b* units by which blocks may miss one change of colour; more is a repaint",
                              minimum=0.0)
    variant_inliers: int = param(25, "agreeing local features from which two pictures may be variants", minimum=4)
    variant_miss: float = param(0.0022, "median miss of those features, share of the longer side, at most",
                                minimum=0.0, maximum=0.02)
    variant_structure: float = param(0.4, "one minus the median correlation of a variant's blocks, at most",
                                     minimum=0.0, maximum=1.0)
    cut: float = param(0.6, "mean distance (0 duplicate, 1 not) up to which pictures are one group", minimum=0.0,
                       maximum=1.0)
    max_page_pictures: int = param(30, "a page with more pictures joins none of them in the split", minimum=1)


@dataclass(frozen=True)
class SplitParams:
    """Parameters of the split into train and valid."""

    section: ClassVar[str] = "split"

    valid: float = param(0.2, "share of each class that goes to valid", minimum=0.01, maximum=0.9)
    seed: int = param(2018, "another seed gives another split")
    max_side: int = param(640, "longest side of a file in the data set, in pixels", minimum=32)
    jpeg_quality: int = param(90, "JPEG quality of the files in the data set", minimum=1, maximum=100)
    hold: tuple[str, ...] = param(("label_conflict", "unchecked"),
                                  "flags whose pictures stay out until a person has decided")
    min_images: int = param(10, "a class with fewer chosen pictures is too small", minimum=2)
    too_small: str = param("warn", "what a class that is too small gives: warn or error", choices=("warn", "error"))


@dataclass(frozen=True)
class Rule:
    """One flag: its threshold, and what follows for a picture on the wrong side of it."""

    threshold: float = param(0.5, "threshold of the flag's score")
    action: str = param("review", "keep (nothing follows), review (a person decides) or drop", choices=ACTIONS)


@dataclass(frozen=True)
class FlagParams:
    """Parameters of the flags: a rule for each score, an action for each doubt that has none."""

    section: ClassVar[str] = "flag"

    off_topic: Rule = param(Rule(0.33), "above: probability that it is no photograph of a car from outside")
    not_a_photo: Rule = param(Rule(0.5), "above: probability that it is a drawing, rendering, logo, advert or toy")
    detail: Rule = param(Rule(0.5), "above: probability that it shows a detail: interior, wheel, engine bay, badge")
    many_cars: Rule = param(Rule(0.5), "above: probability that it is a collage or shows many cars")
    too_small: Rule = param(Rule(48, "drop"), "below: shorter side in pixels")
    odd_aspect: Rule = param(Rule(4.0), "above: longer side divided by shorter side")
    dark: Rule = param(Rule(0.12), "below: mean luma, 0 black to 1 white")
    bright: Rule = param(Rule(0.93), "above: mean luma, 0 black to 1 white")
    blurry: Rule = param(Rule(0.45), "below: sharpness, 0 to 1")
    low_information: Rule = param(Rule(2.0), "below: entropy of the grey levels in bits, 0 to 8")
    greyscale: Rule = param(Rule(4.0, "keep"), "below: colourfulness, 0 is grey")
    label_suspect: Rule = param(Rule(0.003), "below: label quality, 0 doubtful to 1 sure")
    outlier: Rule = param(Rule(2.5), "above: distance to its class, as a multiple of what is usual there")
    usual_off_topic: float = param(0.15, "a collection whose median chance of off_topic is higher is unlike the "
                                         "photographs that the head knows: off_topic's threshold rises with it",
                                   minimum=0.001, maximum=0.999)
    label_conflict: str = param("review", "one photograph under several classes", choices=ACTIONS)
    duplicate_doubt: str = param("review", "it may be a duplicate; geometry could not tell", choices=ACTIONS)
    predictions: str = param("features", "what judges labels: features, or model (what whatbenz cross-predict wrote)",
                             choices=("features", "model"))
    unchecked_sources: tuple[str, ...] = param(
        (), "sources whose pictures a person must look at first: folder, where strangers' feedback lies there")
    folds: int = param(5, "folds in which label quality is estimated", minimum=2, maximum=20)
    min_photographs: int = param(5, "a class of fewer different photographs has no label quality", minimum=2)


@dataclass(frozen=True)
class ReportParams:
    """Parameters of the report."""

    section: ClassVar[str] = "report"

    max_bytes: int = param(4_900_000, "largest size of the page; fewer thumbnails are shown where more do not fit",
                           minimum=200_000)
    thumbnail_side: int = param(112, "longer side of a thumbnail, px", minimum=32, maximum=512)
    thumbnail_quality: int = param(62, "JPEG quality of the thumbnails", minimum=10, maximum=95)
    sheet: int = param(24, "pictures on a class's contact sheet, at most", minimum=0)
    examples: int = param(6, "pictures shown for each reason and each flag, at most", minimum=0, maximum=50)


@dataclass(frozen=True)
class ReviewParams:
    """Parameters of the review page."""

    section: ClassVar[str] = "review"

    screen_side: int = param(1600, "longer side of a picture shown large, px", minimum=320, maximum=4096)
    thumb_side: int = param(360, "longer side of a picture shown small, px", minimum=64, maximum=1024)
    cache_mb: int = param(256, "renderings kept in memory, MB", minimum=1)
    examples: int = param(6, "pictures that show what a class looks like", minimum=0, maximum=24)
