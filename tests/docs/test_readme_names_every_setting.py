"""The README's table is complete: who reads it needs no look into the settings."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_names_every_environment_variable() -> None:
    settings = (ROOT / "platform/colophon/settings.py").read_text()
    names = set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", settings))
    readme = (ROOT / "README.md").read_text()
    assert {name for name in names if f"| `{name}` |" not in readme} == set()


def test_the_readme_says_what_each_dependency_is_for() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    names = {line.partition("==")[0] for line in lines if " # " in line}
    readme = (ROOT / "README.md").read_text()
    assert {name for name in names if f"| {name} |" not in readme} == set()
