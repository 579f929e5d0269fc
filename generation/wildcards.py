"""Wildcards in prompts: `__colour__` takes one line of a list, `{red|blue}` one of its parts, both by the seed.

The same template, seed and lists give the same words, on any machine. A backslash keeps what follows it as it is:
`\\{`, `\\|`, `\\}`, `\\__`. Choices may stand inside choices, and in lists.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence

DEEPEST = 8
LONGEST = 4000
"""characters while resolving; what comes out is bounded again as a prompt"""
_NAME = re.compile(r"__([a-z0-9]+(?:_[a-z0-9]+)*)__")
_INNERMOST = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_ESCAPED = re.compile(r"\\(__|[{}|])")
_HIDDEN = {"{": "\ue000", "}": "\ue001", "|": "\ue002", "__": "\ue003"}
"""private-use characters that stand for escaped ones meanwhile"""


class TemplateError(ValueError):
    """A template that names no list, or that never ends."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def is_template(text: str) -> bool:
    """Whether the text holds a wildcard, a choice or an escaped sign of one."""
    return bool(_NAME.search(text) or _INNERMOST.search(text) or _ESCAPED.search(text))


def resolve(template: str, *, seed: int, lists: Mapping[str, Sequence[str]]) -> str:
    """The words for this seed. Raises TemplateError."""
    if not is_template(template):
        return template
    text = _ESCAPED.sub(lambda match: _HIDDEN[match[1]], template)
    choose = _Chooser(seed)
    for _ in range(DEEPEST):
        text = _NAME.sub(lambda match: choose(_options(match[1], lists)), text)
        while _INNERMOST.search(text):
            text = _INNERMOST.sub(lambda match: choose(match[1].split("|")), text, count=1)
            _refuse_long(text)
        if not _NAME.search(text):
            return _shown(text)
        _refuse_long(text)
    raise TemplateError("wildcard_too_deep", f"Wildcards name wildcards more than {DEEPEST} times over.")


def escaped(text: str) -> str:
    """A template that resolves to exactly this text."""
    if not is_template(text):
        return text
    return re.sub(r"__|[{}|]", lambda match: "\\" + match[0], text)


class _Chooser:
    """Takes one of several: the n-th choice of a seed is the same everywhere."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made = 0

    def __call__(self, options: Sequence[str]) -> str:
        digest = hashlib.sha256(f"colophon-wildcards/1:{self._seed}:{self._made}".encode()).digest()
        self._made += 1
        return options[int.from_bytes(digest, "big") % len(options)]


def _options(name: str, lists: Mapping[str, Sequence[str]]) -> Sequence[str]:
    options = lists.get(name)
    if not options:
        known = ", ".join(f"__{other}__" for other in sorted(lists)) or "none"
        raise TemplateError("unknown_wildcard", f"There is no wildcard __{name}__ here. Known: {known}.")
    return options


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST:
        raise TemplateError("too_long", f"With wildcards the text has more than {LONGEST} characters; shorten it.")


def _shown(text: str) -> str:
    """With the escaped signs back, and single spaces, as prompts have them."""
    for sign, stand_in in _HIDDEN.items():
        text = text.replace(stand_in, sign)
    return " ".join(text.split())
