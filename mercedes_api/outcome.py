"""What a run did and did not reach, in words: per market and class, and how to go on."""

from collections import Counter

from mercedes_api.client import Why
from mercedes_api.collect import Collected
from mercedes_api.plan import Call, Phase
from mercedes_api.source import Source
from pipeline.errors import ApiError

NAMED = 8
_WANTED = {Phase.PRICE_LIST: "price list",
           Phase.REPRESENTATIVE: "power, fuel and transmission",
           Phase.REPRESENTATIVE_PAINTS: "colours",
           Phase.FURTHER: "power, fuel and transmission",
           Phase.FURTHER_PAINTS: "colours"}
_HOW_TO_GO_ON = {
    Why.BUDGET: "To go on, raise mercedes_api.max_calls and run `whatbenz vehicles` again; "
                "what is kept is not paid again.",
    Why.UNAUTHORISED: "To go on, set the right key in MERCEDES_API_KEY and run `whatbenz vehicles` again.",
    Why.NO_ACCESS: "To go on, use a key that has access, or leave what is refused out of mercedes_api.markets, "
                   "and run `whatbenz vehicles` again.",
    Why.QUOTA: "To go on, run `whatbenz vehicles` again when the quota is replenished; what is kept is not paid again.",
    Why.WAIT: "To go on, run `whatbenz vehicles` again after the wait, or raise mercedes_api.max_wait_seconds.",
    Why.UNREACHABLE: "To go on, check the network and mercedes_api.base_url, and run `whatbenz vehicles` again.",
}


def describe_outcome(collected: Collected, source: Source, calls_paid: int, offline: bool) -> str:
    """Return the end of a run as lines: what was had, what was odd, what is missing, and how to go on.

    Args:
        collected: what was collected.
        source: where it came from.
        calls_paid: calls sent so far, by all runs.
        offline: whether the run was to ask for nothing.
    """
    lines = [_had(collected, source, calls_paid), *_unmatched(collected), *_notes(collected)]
    lines += [f"of no use: {reason}" for _, reason in sorted(collected.unusable.items())]
    lines += [f"failed: {reason}" for _, reason in sorted(collected.failures.items())]
    if collected.missing:
        lines += ["missing:", *describe_missing(collected)]
    if collected.stop is not None:
        lines.append(f"stopped: {collected.stop.why.value}: {collected.stop.message}")
        lines.append(_HOW_TO_GO_ON[collected.stop.why])
    elif collected.missing and offline:
        lines.append("To go on, run `whatbenz vehicles` without --offline; what is kept is not paid again.")
    return "\n".join(lines)


def failure_of(collected: Collected) -> ApiError | None:
    """Return the error that a run ends with, or None where it did all that its budget allowed.

    What the API has not got (a market it answers with 404) is said, and is no failure of the run.
    """
    if collected.stop is not None:
        return None if collected.stop.why is Why.BUDGET else collected.stop
    if collected.failures:
        first = next(iter(collected.failures.values()))
        return ApiError(f"{len(collected.failures)} calls failed, the first: {first}; the tables hold the rest; "
                        "run `whatbenz vehicles` again, what is kept is not paid again")
    if not collected.price_lists:
        return ApiError("no market has a price list; see mercedes_api.markets and mercedes_api.base_url")
    return None


def describe_missing(collected: Collected) -> list[str]:
    """Return what is missing, a line a market: the wanted facts and their classes."""
    classes = {market_id: set(speaking) for market_id, speaking in collected.speaking()}
    by_market: dict[str, dict[Phase, list[Call]]] = {}
    for call in collected.missing:
        by_market.setdefault(call.market_id, {}).setdefault(call.phase, []).append(call)
    lines = []
    for market_id, phases in by_market.items():
        parts = []
        for phase in Phase:
            calls = phases.get(phase)
            if not calls:
                continue
            if phase is Phase.PRICE_LIST:
                parts.append("price list, and so everything")
                continue
            if phase in (Phase.FURTHER, Phase.FURTHER_PAINTS):
                parts.append(f"{_WANTED[phase]} of {len(calls)} further models")
                continue
            of = _some({call.class_id or "" for call in calls}, classes[market_id])
            parts.append(f"{_WANTED[phase]} of {of}")
        lines.append(f"  {market_id}: {'; '.join(parts)}")
    return lines


def _some(missing: set[str], of: set[str]) -> str:
    if missing == of and len(of) > 1:
        return f"all {len(of)} classes"
    names = sorted(missing)
    more = f" and {len(names) - NAMED} more classes" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _had(collected: Collected, source: Source, calls_paid: int) -> str:
    models = [match for price_list in collected.price_lists.values() for _, match in price_list.models]
    matched = sum(match.class_id is not None for match in models)
    return (f"{len(collected.price_lists)} of {len(collected.markets)} price lists with {len(models)} models, "
            f"{matched} of them of a class; {len(collected.configurations)} configurations; "
            f"paints of {len(collected.paints)} models; {source.paid} answers paid in this run, "
            f"{calls_paid} calls in all")


def _unmatched(collected: Collected) -> list[str]:
    counts = Counter((match.how, model.api_class_id or "no class")
                     for price_list in collected.price_lists.values()
                     for model, match in price_list.models if match.class_id is None)
    lines = []
    for how in sorted({how for how, _ in counts}):
        named = sorted((name, count) for (why, name), count in counts.items() if why == how)
        total = sum(count for _, count in named)
        lines.append(f"{total} models of no class ({how}), listed in the table: "
                     + ", ".join(f"{name} {count}" for name, count in named))
    return lines


def _notes(collected: Collected) -> list[str]:
    return [f"null: {what} ({count})" for what, count in sorted(collected.notes.items())]
