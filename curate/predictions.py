"""reviews/predictions.csv: what a fine-tuned network that never saw a picture thinks of its label.

``whatbenz cross-predict`` writes it, by hand and not as a stage: it is made from the data set that ``flag`` leads to,
and like decisions.csv it is an input of the next round. Rows name bytes (sha256), not files.
"""

from pathlib import Path

import pandas as pd

import tables
from pipeline.errors import MaterialError
from pipeline.files import write_text

COLUMNS = ("sha256", "class_id", "label_quality", "suggested_class_id", "suggested_probability")


def read_predictions(path: Path) -> pd.DataFrame:
    """Return the predictions, a row a subject: the columns of :data:`COLUMNS`, as in ``tables.LABELS``.

    Raises:
        MaterialError: the file is missing or empty, lacks a column, or a probability is none; the line is named.
    """
    again = "run whatbenz cross-predict, or set flag.predictions: features"
    try:
        frame = pd.read_csv(path, dtype={"sha256": str, "class_id": str, "suggested_class_id": str})
    except FileNotFoundError as error:
        raise MaterialError(f"{path}: there is no such file; {again}") from error
    except (ValueError, pd.errors.ParserError) as error:
        raise MaterialError(f"{path}: cannot be read ({error}); {again}") from error
    if missing := [name for name in COLUMNS if name not in frame]:
        raise MaterialError(f"{path}: column {missing[0]} is missing; {again}")
    if not len(frame):
        raise MaterialError(f"{path}: has no row; {again}")
    for name in ("label_quality", "suggested_probability"):
        values = pd.to_numeric(frame[name], errors="coerce")
        if (wrong := ~values.between(0, 1)).any():
            row = int(wrong.to_numpy().argmax())
            raise MaterialError(f"{path}: line {row + 2}: {name} is {frame[name].iloc[row]}, not a probability; "
                                f"{again}")
        frame[name] = values
    return frame[list(COLUMNS)].drop_duplicates(["sha256", "class_id"], keep="last", ignore_index=True)


def write_predictions(predictions: pd.DataFrame, path: Path) -> None:
    """Write the predictions, sorted, with six digits."""
    rows = predictions.sort_values(["sha256", "class_id"])[list(COLUMNS)]
    write_text(path, rows.to_csv(index=False, float_format="%.6f", lineterminator="\n"))


def replace_quality(labels: pd.DataFrame, predictions: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return ``tables.LABELS`` with the network's probabilities in place of the features', and what there is to say.

    A subject without a prediction (new since, dropped, or under another class by now) keeps what its features say.
    """
    keys = ["sha256", "class_id"]
    known = labels[keys].merge(predictions, on=keys, how="left")
    found = known["label_quality"].notna().to_numpy()
    replaced = labels.copy()
    for name in COLUMNS[2:]:
        replaced.loc[found, name] = known.loc[found, name].to_numpy()
    left = len(labels) - int(found.sum())
    messages = [f"flag.predictions: {left} of {len(labels)} pictures have no prediction of the model; their features "
                "speak for them"] if left else []
    return tables.make(tables.LABELS, replaced), messages
