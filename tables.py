"""The tables between the stages: their columns, types and units in one place; read, write, check.

Types are Arrow's. In memory a table is a pandas DataFrame: whole numbers and truth values in pandas'
nullable types (``pd.NA`` where missing), texts, floats and times (UTC) in pandas' own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import TableError
from pipeline.files import atomic_path

TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(pa.string())


@dataclass(frozen=True)
class Column:
    """One column: its Arrow type, what it holds, its unit, and whether it may be null."""

    name: str
    type: pa.DataType
    help: str
    unit: str = ""
    required: bool = False

    def field(self) -> pa.Field:
        """Return the column as an Arrow field, with help and unit as metadata."""
        metadata = {"description": self.help} | ({"unit": self.unit} if self.unit else {})
        return pa.field(self.name, self.type, nullable=not self.required, metadata=metadata)


@dataclass(frozen=True)
class Table:
    """A table of the contract: name, what one row is, and its columns in their order."""

    name: str
    help: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema, descriptions and units in the fields' metadata."""
        return pa.schema([c.field() for c in self.columns], metadata={"table": self.name, "description": self.help})

    @property
    def names(self) -> list[str]:
        """The column names in their order."""
        return [c.name for c in self.columns]


def _must(name: str, type: pa.DataType, help: str, unit: str = "") -> Column:
    return Column(name, type, help, unit, required=True)


def _may(name: str, type: pa.DataType, help: str, unit: str = "") -> Column:
    return Column(name, type, help, unit)


_CLASS = _must("class_id", pa.string(), "class, the slug in classes.csv")
_SHA = _must("sha256", pa.string(), "sha256 of the picture's bytes, 64 hex digits")

CLASSES = Table("classes", "One class to collect; kept as classes.csv.", (
    _CLASS,
    _must("label", pa.string(), "label as the trained model knows it, with the year"),
    _must("name", pa.string(), "name as people say it"),
    _may("body_type", pa.string(), "sedan, estate, suv, roadster …"),
    _may("series", pa.string(), "internal model series of the label's year, | between several"),
    _may("other_series", pa.string(), "other series sold 2017 to 2020, | between several"),
    _may("start_year", pa.int64(), "first year of the series", "year"),
    _may("api_class_id", pa.string(), "vehicleClass.classId of the Car Configurator API"),
    _may("api_body_id", pa.string(), "vehicleBody.bodyId, | between several"),
    _may("product_group", pa.string(), "productGroup of the Car Configurator API"),
    _may("all_terrain", pa.bool_(), "allTerrain of the Car Configurator API"),
    _may("api_ids_evidence", pa.string(), "how sure the API ids are"),
    _may("queries_en", pa.string(), "image search queries in English, | between several"),
    _may("queries_de", pa.string(), "image search queries in German, | between several"),
    _may("exclude_words", pa.string(), "a hit whose title has one of these words is another model; | between several"),
))

_CANDIDATE_COLUMNS = (
    _CLASS,
    _must("source", pa.string(), "where it was found: commons, openverse, flickr, bing, urls, folder, sandbox"),
    _must("query", pa.string(), "what was asked of the source"),
    _must("rank", pa.int64(), "place among the query's hits, from 0"),
    _must("url", pa.string(), "address of the picture"),
    _may("page_url", pa.string(), "page that shows the picture"),
    _may("title", pa.string(), "title as the source gives it"),
    _may("author", pa.string(), "author as the source gives it, without markup"),
    _may("license", pa.string(), "licence as the source names it"),
    _may("license_url", pa.string(), "address of the licence's text"),
    _may("width", pa.int64(), "width as the source claims", "px"),
    _may("height", pa.int64(), "height as the source claims", "px"),
    _must("found_at", TIME, "when the search answered", "UTC"),
)

CANDIDATES = Table("candidates", "One hit of an image search.", _CANDIDATE_COLUMNS)

HIT_STATUSES = ("saved", "duplicate", "rejected", "failed", "pending")

HITS = Table("hits", "One candidate and what came of it.", _CANDIDATE_COLUMNS + (
    _must("status", pa.string(), "saved, duplicate (the class has these bytes already), rejected, failed or pending"),
    _may("reason", pa.string(), "why it was not saved"),
    _may("http_status", pa.int64(), "last HTTP status"),
    _may("sha256", pa.string(), "sha256 of the bytes, where there are any"),
    _may("bytes", pa.int64(), "size of the file", "byte"),
    _may("fetched_at", TIME, "when the last attempt ended", "UTC"),
    _may("final_url", pa.string(), "address after redirects"),
))

IMAGES = Table("images", "One picture: facts, hashes and quality scores.", (
    _SHA,
    _must("path", pa.string(), "file below data/raw/images"),
    _must("bytes", pa.int64(), "size of the file", "byte"),
    _may("format", pa.string(), "format as decoded: JPEG, PNG, WEBP, GIF, AVIF, HEIF"),
    _may("mode", pa.string(), "Pillow mode of the file: RGB, CMYK, P, I;16, RGBA …"),
    _may("width", pa.int64(), "width as displayed, EXIF orientation applied", "px"),
    _may("height", pa.int64(), "height as displayed, EXIF orientation applied", "px"),
    _may("phash", pa.uint64(), "64-bit perceptual hash, first bit highest"),
    _may("phash256", pa.binary(32), "256-bit perceptual hash"),
    _may("hash_bits", pa.int64(), "bits of phash that carry something; a flat picture has few", "bit"),
    _may("views", pa.list_(pa.uint64()), "64-bit hashes of views: whole, centre crops, without its margin"),
    _may("pixels", pa.string(), "checksum of size, luma and sampled colours; equal where the pixels are"),
    _may("brightness", pa.float64(), "mean luma, 0 black to 1 white"),
    _may("contrast", pa.float64(), "standard deviation of luma, 0 to 0.5"),
    _may("sharpness", pa.float64(), "high-frequency energy; low is blurred"),
    _may("entropy", pa.float64(), "entropy of the grey histogram", "bit"),
    _may("colourfulness", pa.float64(), "Hasler and Süsstrunk's M3 on 0 to 255 channels; 0 is grey"),
    _may("aspect", pa.float64(), "width divided by height"),
    _may("jpeg_quality", pa.int64(), "JPEG quality estimated from the quantisation tables, 1 to 100"),
    _may("border", pa.float64(), "share of the picture that is a uniform border, 0 to 1"),
    _may("error", pa.string(), "why it could not be decoded"),
))

CONTENT = Table("content", "One picture: what a small ImageNet model and our head see in it.", (
    _SHA,
    _may("car", pa.float64(), "probability that it is a photograph of a car from outside"),
    _may("detail", pa.float64(), "probability that it shows a detail: interior, wheel, engine bay, badge"),
    _may("photo", pa.float64(), "probability that it is a photograph, not a drawing, rendering, logo or toy"),
    _may("top_label", pa.string(), "likeliest ImageNet class"),
    _may("toy", pa.float64(), "probability that it shows a toy or a scale model"),
    _may("drawing", pa.float64(), "probability that it is a drawing, rendering, logo or advert"),
    _may("many", pa.float64(), "probability that it is a collage or shows many cars"),
))

LABELS = Table("labels", "One picture under one class: how far its features bear the label out.", (
    _SHA, _CLASS,
    _may("label_quality", pa.float64(), "0 doubtful to 1 sure"),
    _may("suggested_class_id", pa.string(), "class that the features suggest"),
    _may("suggested_probability", pa.float64(), "out-of-fold probability of that class"),
    _may("outlier", pa.float64(), "distance to the middle of its class, as a multiple of what is usual there"),
))

VERDICTS = ("duplicate", "variant", "review", "different")

PAIRS = Table("pairs", "Two pictures that were compared, sha256_a < sha256_b, and what was measured.", (
    _must("sha256_a", pa.string(), "the smaller sha256 of the two"),
    _must("sha256_b", pa.string(), "the larger sha256 of the two"),
    _must("found_by", pa.string(), "which search found it: exact, phash, phash256, crop10+mirror, neighbour …"),
    _may("hash_distance", pa.int64(), "Hamming distance of the hashes that found it", "bit"),
    _may("inliers", pa.int64(), "local features that agree on one similarity transform"),
    _may("scale", pa.float64(), "scale of the transform that lays one on the other"),
    _may("mirrored", pa.bool_(), "whether one is the other's mirror image"),
    _may("overlap", pa.float64(), "share of the smaller picture that lies in the larger, 0 to 1"),
    _may("span", pa.float64(), "share of what the smaller picture shows over which the agreeing blocks reach, 0 to 1"),
    _may("clash", pa.float64(), "share of the blocks amidst the agreeing ones that show something else, 0 to 1"),
    _may("extent", pa.float64(), "area of b where it lies on a, as a multiple of a's; below 1 b shows less"),
    _may("miss", pa.float64(), "median miss of the agreeing features, share of the longer side"),
    _may("side", pa.int64(), "longer side of the frame in which both were compared", "px"),
    _may("blocks", pa.int64(), "blocks of that frame with structure in either picture"),
    _may("residual", pa.float64(), "share of the blocks with structure in both that differ; another trim is high"),
    _may("structure", pa.float64(), "one minus the median correlation of those blocks"),
    _may("shift", pa.float64(), "median shift of those blocks", "px of the frame"),
    _may("tone", pa.float64(), "how far agreeing blocks miss one tone curve; a repaint is high", "grey level"),
    _may("chroma", pa.float64(), "how far they miss one change of colour, a*b* units; null where one is grey"),
    _may("marked", pa.float64(), "structure of the blocks that differ: 1 all in b (a watermark, text), -1 all in a"),
    _must("verdict", pa.string(), "duplicate, variant, review or different"),
))

GROUPS = Table("groups", "One picture and the groups it belongs to; a picture alone is a group of one.", (
    _SHA,
    _must("group_id", pa.string(), "group of one photograph: the smallest sha256 of its members"),
    _must("keeper", pa.bool_(), "whether this one is kept"),
    _must("reason", pa.string(), "why this one is kept, or which keeper it yields to"),
    _must("split_group_id", pa.string(), "looser group that must stay on one side of the split"),
))

FLAGS = Table("flags", "One doubt about one picture under one class.", (
    _SHA, _CLASS,
    _must("flag", pa.string(), "too_small, blurry, off_topic, label_conflict …"),
    _may("score", pa.float64(), "what was measured"),
    _may("threshold", pa.float64(), "threshold it was held against"),
    _must("action", pa.string(), "drop or review"),
    _must("detail", pa.string(), "a sentence a person understands, with its number"),
))

SCORES = Table("scores", "One picture under one class: what each flag is judged by; null where it is not known.", (
    _SHA, _CLASS,
    _may("off_topic", pa.float64(), "probability that it is no photograph of a car from outside"),
    _may("not_a_photo", pa.float64(), "probability that it is a drawing, rendering, logo, advert or toy"),
    _may("detail", pa.float64(), "probability that it shows a detail"),
    _may("many_cars", pa.float64(), "probability that it is a collage or shows many cars"),
    _may("too_small", pa.float64(), "shorter side", "px"),
    _may("odd_aspect", pa.float64(), "longer side divided by shorter side"),
    _may("dark", pa.float64(), "brightness; too low is dark"),
    _may("bright", pa.float64(), "brightness; too high is bright"),
    _may("blurry", pa.float64(), "sharpness; too low is blurry"),
    _may("low_information", pa.float64(), "entropy of the grey histogram; too low is empty", "bit"),
    _may("greyscale", pa.float64(), "colourfulness; too low is grey"),
    _may("label_suspect", pa.float64(), "label_quality; too low is suspect"),
    _may("outlier", pa.float64(), "distance to the middle of its class, as a multiple of what is usual there"),
))

DECISION_CHOICES = ("keep", "drop", "relabel", "same", "different", "undo")

DECISIONS = Table("decisions", "One decision of a person; kept as reviews/decisions.csv, append-only.", (
    _must("decided_at", TIME, "when", "UTC"),
    _must("reviewer", pa.string(), "who"),
    _SHA, _CLASS,
    _may("flag", pa.string(), "flag that asked for it"),
    _must("decision", pa.string(), "keep, drop, relabel, same, different, or undo: the reviewer's last row on the same "
                                   "subject is taken back"),
    _may("label", pa.string(), "class_id it belongs to, for relabel"),
    _may("other_sha256", pa.string(), "the other picture, for same, different and their undo"),
    _may("note", pa.string(), "free text"),
))

MANIFEST = Table("manifest", "One picture of the finished data set.", (
    _SHA, _CLASS,
    _must("split", pa.string(), "train or valid"),
    _must("file", pa.string(), "file below data/dataset"),
    _must("split_group_id", pa.string(), "group that stays on one side of the split"),
    _must("url", pa.string(), "address it was fetched from"),
    _may("page_url", pa.string(), "page that shows it"),
    _may("author", pa.string(), "author as the source gives it"),
    _may("license", pa.string(), "licence as the source names it"),
    _may("license_url", pa.string(), "address of the licence's text"),
    _must("width", pa.int64(), "width of the file in the data set", "px"),
    _must("height", pa.int64(), "height of the file in the data set", "px"),
))

DROPPED = Table("dropped", "One saved picture that is not in the data set, and why.", (
    _SHA, _CLASS,
    _must("stage", pa.string(), "stage that dropped it: inspect, dedupe, flag, review, split"),
    _must("reason", pa.string(), "short reason: undecodable, duplicate, too_small, label_conflict …"),
    _must("detail", pa.string(), "a sentence a person understands"),
))

MODELS = Table("models", "One model of a market's price list.", (
    _must("market_id", pa.string(), "market, for example de_DE"),
    _may("country", pa.string(), "country code"),
    _may("language", pa.string(), "language code"),
    _may("class_id", pa.string(), "class it was matched to; null where none"),
    _must("model_id", pa.string(), "modelId of the API"),
    _may("series", pa.string(), "internal model series, for example W205"),
    _may("name", pa.string(), "name in the market's language"),
    _may("body_id", pa.string(), "vehicleBody.bodyId"),
    _may("api_class_id", pa.string(), "vehicleClass.classId"),
    _may("product_group", pa.string(), "productGroup"),
    _may("price_gross", pa.float64(), "base price with taxes", "currency"),
    _may("price_net", pa.float64(), "base price without taxes", "currency"),
    _may("currency", pa.string(), "currency of the prices, ISO 4217"),
    _may("fuel_type", pa.string(), "NORMAL, SUPER, SUPERPLUS, DIESEL, GAS, ELECTRIC, FUELCELL, HGAS"),
    _may("drive", pa.string(), "COMBUSTOR, HYBRID, ELECTRIC or FUELCELL"),
    _may("power_kw", pa.float64(), "engine power", "kW"),
    _may("power_hp", pa.float64(), "engine power as the market states it", "hp"),
    _may("hybrid_power_kw", pa.float64(), "power of a hybrid's electric motor", "kW"),
    _may("transmission", pa.string(), "name of the transmission in the market's language"),
    _may("transmission_category", pa.string(), "transmissionCategory of the API"),
    _may("gears", pa.int64(), "number of forward gears"),
    _may("consumption", pa.float64(), "combined consumption", "l/100 km, kWh/100 km or kg/100 km by fuel"),
    _may("co2", pa.float64(), "combined emission of CO2", "g/km"),
    _may("pricing_date", pa.date32(), "date of the price list"),
    _must("fetched_at", TIME, "when the API answered", "UTC"),
    _must("match", pa.string(), "how the class was found: series, other_series, class, successor; where there is none: "
                                "successor_left_out, generation_unknown, ambiguous, none"),
    _may("successor", pa.bool_(), "whether it is of a later series than the class; null where not known"),
    _must("invented", pa.bool_(), "whether the prices are the sandbox's invention"),
    _may("tax_rate", pa.float64(), "value added tax in the gross price", "%"),
    _may("alternative_fuel_type", pa.string(), "second fuel, as fuel_type"),
    _may("engine_concept", pa.string(), "engineConcept of the API: MONO_DIESEL, BI_MILD, BI_PLUGIN …"),
    _may("power_hp_unit", pa.string(), "the market's word for horsepower: PS, hp, ch …"),
    _may("consumption_unit", pa.string(), "l/100 km, kWh/100 km or kg/100 km"),
))

PAINTS = Table("paints", "One paint that a model can be ordered in.", (
    _must("market_id", pa.string(), "market"),
    _may("class_id", pa.string(), "class of the model"),
    _must("model_id", pa.string(), "modelId of the API"),
    _must("paint_id", pa.string(), "id of the paint, for example L-040 or LU-197"),
    _may("name", pa.string(), "name in the market's language"),
    _may("colour_group", pa.string(), "colorGroup; null for two-tone paints"),
    _may("price_gross", pa.float64(), "price with taxes", "currency"),
    _may("currency", pa.string(), "currency of the price, ISO 4217"),
    _must("invented", pa.bool_(), "whether the price is the sandbox's invention"),
))

SUMMARY = Table("summary", "One class in one market.", (
    _must("market_id", pa.string(), "market"),
    _CLASS,
    _may("model_count", pa.int64(), "models of the class in the price list; 0 where it is not sold, null where the "
                                    "price list was not fetched"),
    _may("price_min", pa.float64(), "lowest gross base price", "currency"),
    _may("price_max", pa.float64(), "highest gross base price", "currency"),
    _may("currency", pa.string(), "currency of the prices, ISO 4217"),
    _may("power_kw_min", pa.float64(), "lowest engine power", "kW"),
    _may("power_kw_max", pa.float64(), "highest engine power", "kW"),
    _may("fuel_types", TEXTS, "the fuel types, sorted"),
    _may("transmissions", TEXTS, "the transmissions, sorted"),
    _may("paints", TEXTS, "the paint names, sorted"),
    _must("status", pa.string(), "complete, partial (details or paints of some models missing), not_sold, not_fetched"),
    _may("successor", pa.bool_(), "whether the row describes a later series than the class; null where not known"),
    _must("invented", pa.bool_(), "whether the prices are the sandbox's invention"),
    _must("details_count", pa.int64(), "models whose power, fuel and transmission were asked for and answered"),
    _must("paints_count", pa.int64(), "models whose paints were asked for and answered"),
))

TRUTH = Table("truth", "One URL of the sandbox: what was drawn there and what fault was planted.", (
    _must("url", pa.string(), "address in the sandbox"),
    _must("searched_class_id", pa.string(), "class whose search finds it"),
    _may("class_id", pa.string(), "class of the car drawn; null for off-topic pictures"),
    _must("kind", pa.string(), "car, interior, engine_bay, logo, toy, other_car"),
    _must("picture_id", pa.string(), "the picture; variants of one share their original's"),
    _may("variant_of", pa.string(), "URL of the original it is a variant of"),
    _may("change", pa.string(), "how it differs from the original: jpeg40, crop20, mirror …"),
    _may("fault", pa.string(), "planted fault: truncated, not_found, slow_body …"),
    _must("expected", pa.string(), "how a good run ends: saved, duplicate, rejected, failed, dropped or review"),
))

ALL = (CLASSES, CANDIDATES, HITS, IMAGES, CONTENT, LABELS, PAIRS, GROUPS, SCORES, FLAGS, DECISIONS, MANIFEST, DROPPED,
       MODELS, PAINTS, SUMMARY, TRUTH)

_PANDAS_TYPES = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}


def read(table: Table, path: Path | str) -> pd.DataFrame:
    """Return the table from a Parquet file, columns in the schema's order.

    Raises:
        TableError: the file is missing, is no Parquet file, or lacks a column or has one of another type.
    """
    path = Path(path)
    if not path.exists():
        raise TableError(f"{path}: table '{table.name}' is not there; run the stage that writes it (whatbenz --help)")
    try:
        found = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path}: not a Parquet file ({error}); remove it and run its stage again") from error
    missing = [name for name in table.names if name not in found.column_names]
    if missing:
        raise TableError(f"{path}: table '{table.name}' lacks {', '.join(missing)}; run its stage again")
    try:
        found = found.select(table.names).cast(table.schema)
    except (pa.ArrowInvalid, ValueError) as error:
        raise TableError(f"{path}: table '{table.name}': {error}; run its stage again") from error
    return found.to_pandas(types_mapper=_PANDAS_TYPES.get)


def make(table: Table, rows: Iterable[Mapping[str, Any]] | pd.DataFrame = ()) -> pd.DataFrame:
    """Return ``rows`` as a frame of the table's columns and types; columns that a row lacks are null.

    Raises:
        TableError: a required value is missing, a value has another type, or a column is unknown.
    """
    return _to_arrow(table, rows).to_pandas(types_mapper=_PANDAS_TYPES.get)


def write(table: Table, frame: pd.DataFrame | Iterable[Mapping[str, Any]], path: Path | str) -> None:
    """Write the frame as Parquet, whole or not at all, checked against the table's schema.

    Raises:
        TableError: as :func:`make`.
    """
    arrow = _to_arrow(table, frame)
    with atomic_path(path) as temporary:
        pq.write_table(arrow, temporary, compression="zstd")


def _to_arrow(table: Table, rows: Iterable[Mapping[str, Any]] | pd.DataFrame) -> pa.Table:
    if isinstance(rows, pd.DataFrame):
        columns, unknown = rows, [c for c in rows.columns if c not in table.names]
        arrays = {name: columns[name] for name in table.names if name in columns}
        length = len(rows)
    else:
        records = list(rows)
        unknown = sorted({key for record in records for key in record} - set(table.names))
        arrays = {name: [record.get(name) for record in records] for name in table.names}
        length = len(records)
    if unknown:
        raise TableError(f"table '{table.name}' has no column {', '.join(map(str, unknown))}")
    converted = []
    for column in table.columns:
        values = arrays.get(column.name, [None] * length)
        try:
            array = pa.array(values, type=column.type, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise TableError(f"table '{table.name}', column {column.name} ({column.type}): {error}") from error
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if column.required and array.null_count:
            row = array.is_null().to_pylist().index(True)
            raise TableError(f"table '{table.name}', row {row}: {column.name} is missing")
        converted.append(array)
    return pa.Table.from_arrays(converted, schema=table.schema)


def describe(table: Table) -> str:
    """Return the table's columns as text, one a line: name, type, unit and help."""
    lines = [f"{table.name}: {table.help}"]
    for column in table.columns:
        unit = f" [{column.unit}]" if column.unit else ""
        null = "" if column.required else ", or null"
        lines.append(f"  {column.name:<22} {str(column.type) + null:<34} {column.help}{unit}")
    return "\n".join(lines)
