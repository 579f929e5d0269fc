"""Writes the model card and the training log that lie beside the weights."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from generation.starter.evaluation import Grade
from generation.starter.shipping import weight_hashes

KEPT_LINES: Final = 120
BARS: Final = {"background colour": 0.97, "main colour": 0.95, "position": 0.9, "count": 0.9, "motif": 0.9}


def write_card(target: Path, report: dict[str, object]) -> None:
    """Fill `card.md` with the figures of `report` and the hashes of the weights in `target`."""
    template = (Path(__file__).parent / "card.md").read_text(encoding="utf-8")
    hashes = "\n".join(f"| `{name}` | `{digest}` |" for name, digest in weight_hashes(target).items())
    text = template.replace("{figures}", str(report["table"])).replace("{hashes}", hashes)
    for key in ("seconds", "threads", "load", "classifier", "history", "round_trip"):
        text = text.replace("{" + key + "}", str(report[key]))
    (target / "README.md").write_text(text, encoding="utf-8")
    (target / "evaluation.json").write_text(json.dumps(report["figures"], indent=2) + "\n", encoding="utf-8")


def table(model: dict[str, Grade], control: dict[str, Grade]) -> str:
    """The figures as a Markdown table: the model, the bar, and the same measure on real drawings."""
    rows = ["| measure | model | bar | real drawings |", "|---|---|---|---|"]
    for name, grade in model.items():
        bar = f"{BARS[name]:.0%}" if name in BARS else "none set"
        real = control[name]
        rows.append(
            f"| {name} | {grade.right}/{grade.asked} ({grade.share:.1%}) | {bar} | {real.right}/{real.asked} |"
        )
    return "\n".join(rows)


def write_log(logs: list[Path], command: str, target: Path, *, earlier: str = "") -> None:
    """The training log without library noise, thinned to a readable length, after the exact command.

    `earlier` is the log of the run whose weights this one started from.
    """
    lines = [earlier.rstrip(), ""] if earlier else []
    lines += [f"$ {command}", ""]
    for log in logs:
        told = [line for line in log.read_text(encoding="utf-8").splitlines() if re.match(r"\d{4}-\d\d-\d\d ", line)]
        every = max(1, len(told) // KEPT_LINES)
        lines += [f"# {log.stem}", *told[::every], *([told[-1]] if told else []), ""]
    (target / "TRAINING.log").write_text("\n".join(lines), encoding="utf-8")
