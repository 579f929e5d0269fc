"""The words that each picture is drawn from: wildcards resolved, rules applied."""

from dataclasses import dataclass, field

from api.errors import FieldError
from generation import prompt_rules, wildcards
from generation.models import DiffusionModel, Wildcard
from generation.requests.faults import MAX_COUNT, prompt_errors


@dataclass(frozen=True, kw_only=True)
class Words:
    """Of each picture; both lists are empty when no wildcard was in the templates."""

    prompts: list[str] = field(default_factory=list)
    negative_prompts: list[str] = field(default_factory=list)
    flag_reason: str = ""
    """why the pictures are to be looked at, or nothing"""


def resolve_words(
    prompt: str, negative_prompt: str, *, seed: int, count: int, model: DiffusionModel, errors: list[FieldError]
) -> Words:
    """The words of each picture, chosen by its own seed; what is wrong with them is added to `errors`."""
    places = range(min(max(count, 1), MAX_COUNT))
    lists = _lists() if wildcards.is_template(prompt) or wildcards.is_template(negative_prompt) else {}
    resolved = {}
    for name, template in (("prompt", prompt), ("negative_prompt", negative_prompt)):
        try:
            resolved[name] = [wildcards.resolve(template, seed=seed + place, lists=lists) for place in places]
        except wildcards.TemplateError as error:
            errors.append(FieldError(field=name, code=error.code, detail=str(error)))
            return Words()
        if wildcards.is_template(template):
            faults = [prompt_errors(name, text, required=name == "prompt") for text in resolved[name]]
            errors += next((fault for fault in faults if fault), [])
    refusals, flags = prompt_rules.judge(resolved["prompt"]) if model.prompt_rules else ([], [])
    errors += [FieldError(field="prompt", code="prompt_refused", detail=reason) for reason in refusals]
    # A retried job draws the same words, though the lists may have changed by then.
    is_one = all(text == prompt for text in resolved["prompt"])
    is_one = is_one and all(text == negative_prompt for text in resolved["negative_prompt"])
    return Words(
        prompts=[] if is_one else resolved["prompt"],
        negative_prompts=[] if is_one else resolved["negative_prompt"],
        flag_reason=" ".join(flags)[:200],
    )


def _lists() -> dict[str, list[str]]:
    rows = Wildcard.objects.values_list("name", "options")
    return {name: [line.strip() for line in options.splitlines() if line.strip()] for name, options in rows}
