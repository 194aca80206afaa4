"""What to look at next, the most urgent first: findings turned into sentences with a command."""

from dataclasses import dataclass

from curate.report.material import Material
from curate.report.metrics import Findings

DOUBTS_TOO_MUCH = 0.25  # a flag on a larger share of the pictures asks for another threshold, not for a person
UNEVEN = 3.0  # a largest class so many times the smallest is worth a word
NAMED = 6  # classes named in one sentence


@dataclass(frozen=True)
class Advice:
    """One thing to do: how urgent (``alarm``, ``do``, ``know``), a sentence, and the command if there is one."""

    urgency: str
    text: str
    command: str = ""


def advise(found: Findings, material: Material) -> list[Advice]:
    """Return what a person should do or know now, the most urgent first."""
    return [*_alarms(found, material), *_tasks(found, material), *_remarks(found, material)]


def _alarms(found: Findings, material: Material) -> list[Advice]:
    alarms = []
    if not found.facts.total:
        alarms.append(Advice("alarm", "The data set is empty. The funnel below says where the candidates went."))
    if found.balance.leaks:
        alarms.append(Advice("alarm", f"{_count(found.balance.leaks, 'pair')} of pictures that belong together stand "
                             "on both sides of the split: validation would be too kind.", "whatbenz split"))
    if found.unaccounted and "manifest" not in material.missing:
        alarms.append(Advice("alarm", f"The tables are of different runs: {_count(found.unaccounted, 'saved picture')} "
                             "can be found neither in the data set nor among the dropped.", "dvc repro report"))
    return alarms


def _tasks(found: Findings, material: Material) -> list[Advice]:
    tasks = []
    counts = {step.key: step.count for step in found.steps}
    if counts.get("pending"):
        tasks.append(Advice("do", f"{_count(counts['pending'], 'candidate')} not fetched yet.", "whatbenz download"))
    if found.awaiting:
        tasks.append(Advice("do", f"{_count(found.awaiting, 'picture awaits', 'pictures await')} a decision.",
                            "whatbenz review"))
    least = material.split_params.min_images
    rows = found.balance.rows
    small = rows[(rows["total"] < least) | (rows["train"] == 0) | (rows["valid"] == 0)]
    if found.facts.total and len(small):
        names = ", ".join(f"{name} ({total})" for name, total in
                          small[["name", "total"]].head(NAMED).itertuples(index=False, name=None))
        more = f" and {len(small) - NAMED} more" if len(small) > NAMED else ""
        tasks.append(Advice("do", f"{_count(len(small), 'class', 'classes')} with fewer than {least} pictures or none "
                            f"on one side: {names}{more}. Add queries in classes.csv or a source in params.yaml."))
    return tasks


def _remarks(found: Findings, material: Material) -> list[Advice]:
    remarks = [Advice("know", f"{flag.name} doubts {flag.count:,} of {flag.measured:,} pictures. Look at the section "
                      f"Flags, then at flag.{flag.name} in params.yaml.")
               for flag in found.flags if flag.threshold is not None and flag.count > DOUBTS_TOO_MUCH * flag.measured]
    if found.balance.straddling and not found.balance.leaks:
        remarks.append(Advice("know", f"{_count(found.balance.straddling, 'group')} on both sides: pictures that came "
                              "later joined what was split before, and no two across are linked. To split anew, remove "
                              "data/split/sides.parquet.", "whatbenz split"))
    ratio = found.balance.ratio
    if ratio and ratio >= UNEVEN:
        remarks.append(Advice("know", f"The largest class has {ratio:.1f} times the pictures of the smallest: weigh "
                              "the loss, or collect more of the small ones."))
    if found.origins.without_licence and found.facts.total:
        remarks.append(Advice("know", f"{_count(found.origins.without_licence, 'picture')} "
                              f"({found.origins.without_licence / found.facts.total:.0%}) "
                              "without a known licence: train on them where you may, do not publish them."))
    missed = [p for p in found.planted if p.met < p.count and p.family != "plain"]
    if missed:
        lost, planted = sum(p.count - p.met for p in missed), sum(p.count for p in found.planted if p.family != "plain")
        remarks.append(Advice("know", f"{lost:,} of {planted:,} planted faults ended otherwise than expected; "
                              "the section Planted faults says which."))
    for table, (text, command) in _ABSENT.items():
        if table in material.missing:
            remarks.append(Advice("know", text, command))
    return remarks


_ABSENT = {
    "summary": ("There are no vehicle facts yet.", "whatbenz vehicles"),
    "scores": ("There are no scores and flags yet.", "whatbenz flag"),
}


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"
