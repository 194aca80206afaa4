"""The report's numbers for ``dvc metrics`` and its series for ``dvc plots``."""

import json
from dataclasses import dataclass

from curate.documents.facts import DatasetFacts
from curate.report.balance import Balance
from curate.report.doubts import FlagSummary
from curate.report.duplicates import Duplicates
from curate.report.funnel import Step
from curate.report.losses import PictureLoss
from curate.report.origins import Origins
from curate.report.planted import Planted


@dataclass(frozen=True)
class Findings:
    """All that the report found, before it is told as a page, as numbers or as plots."""

    facts: DatasetFacts
    steps: list[Step]
    balance: Balance
    losses: list[PictureLoss]
    duplicates: Duplicates
    flags: list[FlagSummary]
    origins: Origins
    planted: list[Planted]
    false_alarms: tuple[int, int]
    awaiting: int
    unaccounted: int


def make_metrics(found: Findings) -> dict[str, int | float]:
    """Return the numbers, flat, the same keys in every run but for those that need a truth."""
    counts = {step.key: step.count for step in found.steps}
    total, addresses = found.facts.total, counts["candidates"] - counts.get("repeated", 0)
    metrics: dict[str, int | float] = {
        "candidates": counts["candidates"], "addresses": addresses,
        **{key: counts.get(key, 0) for key in ("pending", "failed", "rejected", "duplicate", "saved")},
        **{f"dropped_{key}": counts.get(key, 0) for key in ("inspect", "dedupe", "flag", "review", "split")},
        "pictures": total, "train": found.facts.train, "valid": found.facts.valid,
        "kept_share": _share(total, addresses), "valid_share": _share(found.facts.valid, total),
        "classes": int((found.balance.rows["total"] > 0).sum()), "smallest_class": found.balance.smallest,
        "largest_class": found.balance.largest, "effective_classes": round(found.balance.effective, 3),
        "duplicate_groups": found.duplicates.groups, "duplicate_files": found.duplicates.surplus,
        "variant_pairs": found.duplicates.verdicts["variant"], "doubtful_pairs": found.duplicates.verdicts["review"],
        "label_conflicts": found.duplicates.conflict_count,
        "flagged": sum(flag.count for flag in found.flags), "awaiting_review": found.awaiting,
        "leaks": found.balance.leaks, "straddling_groups": found.balance.straddling, "unaccounted": found.unaccounted,
        "without_licence": found.origins.without_licence,
    }
    if found.planted:
        planted = [p for p in found.planted if p.family != "plain"]
        changed = [p for p in planted if p.family == "change" and p.expected != "saved"]
        metrics |= {
            "planted": sum(p.count for p in planted), "planted_as_expected": _met(planted),
            "planted_duplicates_caught": _met(changed),
            "good_pictures_kept": _met([p for p in found.planted if p.expected == "saved"]),
            "good_pictures_flagged": _share(*found.false_alarms),
        }
    return metrics


def _met(planted: list[Planted]) -> float:
    return _share(sum(p.met for p in planted), sum(p.count for p in planted))


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def make_plots(found: Findings) -> dict[str, str]:
    """Return file name → JSON text of the series that dvc.yaml draws: lists of records (CSV would lose the types)."""
    rows = found.balance.rows
    series = {
        "funnel.json": [{"step": step.key, "pictures": step.count} for step in found.steps if step.kind != "loss"],
        "classes.json": [{"class_id": row.class_id, "split": side, "pictures": int(getattr(row, side))}
                         for row in rows.itertuples() for side in ("train", "valid")],
        "dropped.json": [{"reason": f"{loss.stage}: {loss.reason}", "pictures": loss.count} for loss in found.losses],
        "flags.json": [{"flag": flag.name, "pictures": flag.count} for flag in found.flags],
    }
    return {name: json.dumps(records, indent=1, ensure_ascii=False) + "\n" for name, records in series.items()}
