"""What operators' rules say about prompts."""

import logging
from collections.abc import Iterable

from generation.models import PromptRule
from generation.patterns import matches

logger = logging.getLogger(__name__)


def judge(prompts: Iterable[str]) -> tuple[list[str], list[str]]:
    """The reasons to refuse the prompts, and the reasons to have their pictures looked at, each once.

    A rule that takes too long on a prompt counts as a reason to look: nobody gets past a rule by a slow prompt.
    """
    texts = set(prompts)
    refusals: list[str] = []
    flags: list[str] = []
    for rule in PromptRule.objects.filter(enabled=True):
        try:
            found = any(matches(rule.pattern, text) for text in texts)
        except TimeoutError:
            logger.warning("prompt rule %s takes too long; rewrite its pattern", rule.pk)
            flags.append("A prompt rule could not be applied in time.")
            continue
        if found:
            (refusals if rule.action == PromptRule.Action.REFUSE else flags).append(rule.reason)
    return list(dict.fromkeys(refusals)), list(dict.fromkeys(flags))
