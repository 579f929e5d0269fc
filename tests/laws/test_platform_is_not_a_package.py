"""`platform/` holds packages only, or it would shadow the standard library's `platform`."""

from pathlib import Path

PLATFORM = Path(__file__).resolve().parents[2] / "platform"


def test_platform_holds_no_module_of_its_own() -> None:
    assert list(PLATFORM.glob("*.py")) == []
