"""Works side by side: what of their recipes differs, and what is the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

from generation.models import Work
from generation.studio.errors import CannotCompare

FEWEST, MOST = 2, 4

# In the order they are read; what is not named here follows under its own name.
LABELS = {
    "prompt": "Words",
    "negative_prompt": "Without",
    "model.source": "Model",
    "seed": "Seed",
    "steps": "Steps",
    "guidance_scale": "Guidance",
    "scheduler.name": "Scheduler",
    "width": "Width",
    "height": "Height",
    "adapters": "Adapters",
    "init_image_hash": "Made from",
}
HIDDEN = {"schema", "prompt_commitment", "negative_prompt_commitment"}
"""the first says nothing about a picture; the others differ even for the same words, by their salts"""
PRIVATE = "kept private"


@dataclass(frozen=True, kw_only=True)
class Word:
    """A piece of a value; `is_other` when the first picture has something else in its place."""

    text: str
    is_other: bool


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the recipes: its value for each work, cut where it differs from the first one's."""

    label: str
    values: list[list[Word]]
    differs: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The works in the order they were asked for, and the lines of their recipes."""

    works: list[Work]
    different: list[Row]
    same: list[Row]


def compare(works: Sequence[Work], *, viewer_id: UUID | None) -> Comparison:
    """Compare two to four works. Words that were kept private are read by their maker only. Raises CannotCompare."""
    if not FEWEST <= len(works) <= MOST:
        raise CannotCompare(f"{FEWEST} to {MOST} pictures can be compared; these are {len(works)}.")
    flat = [_lines(work, viewer_id) for work in works]
    names = list(dict.fromkeys(name for lines in flat for name in lines))
    names.sort(key=lambda name: list(LABELS).index(name) if name in LABELS else len(LABELS))
    rows = [_row(name, [lines.get(name, "") for lines in flat]) for name in names]
    return Comparison(
        works=list(works),
        different=[row for row in rows if row.differs],
        same=[row for row in rows if not row.differs],
    )


def _row(name: str, values: list[str]) -> Row:
    label = LABELS.get(name, name.replace(".", ": ").replace("_", " ").capitalize())
    differs = len(set(values)) > 1
    return Row(label=label, values=[_cut(value, values[0]) for value in values], differs=differs)


def _cut(value: str, first: str) -> list[Word]:
    """The value word by word: which of its words are not the first one's."""
    if not value:
        return [Word(text="none", is_other=bool(first))]
    words, others = value.split(" "), first.split(" ")
    blocks = SequenceMatcher(a=others, b=words, autojunk=False).get_opcodes()
    return [
        Word(text=" ".join(words[start:end]), is_other=kind != "equal")
        for kind, _, _, start, end in blocks
        if end > start
    ]


def _lines(work: Work, viewer_id: UUID | None) -> dict[str, str]:
    lines = {name: text for name, text in _flat(work.recipe, "").items() if name not in HIDDEN and text}
    if work.private_prompt:
        is_own = viewer_id == work.person_id
        lines["prompt"] = work.prompt if is_own else PRIVATE
        if "negative_prompt_commitment" in work.recipe:
            lines["negative_prompt"] = work.job.negative_prompt if is_own else PRIVATE
    return lines


def _flat(value: Any, path: str) -> dict[str, str]:  # noqa: ANN401 - JSON of any shape
    """Nested objects as `scheduler.name`; a list in one line."""
    if isinstance(value, Mapping):
        return {
            name: text
            for key, inner in value.items()
            for name, text in _flat(inner, f"{path}.{key}" if path else str(key)).items()
        }
    if isinstance(value, list):
        return {path: "; ".join(", ".join(_flat(each, "").values()) for each in value)}
    return {path: str(value)}
