"""What became of each cell of the fault matrix."""

results: dict[tuple[str, str], str] = {}
"""by kill point and fault: `1 token` when all holds, `FAILED` otherwise"""


def lines() -> list[str]:
    """The table, in Markdown: a row for each fault, a column for each point at which the process was killed."""
    points = list(dict.fromkeys(point for point, _ in results))
    faults = list(dict.fromkeys(fault for _, fault in results))
    rows = [["fault", *points], ["---"] * (len(points) + 1)]
    rows += [[fault, *(results.get((point, fault), "") for point in points)] for fault in faults]
    failed = sum(outcome == "FAILED" for outcome in results.values())
    return [
        *("| " + " | ".join(row) + " |" for row in rows),
        f"{len(results)} cells, {failed} failed",
    ]
