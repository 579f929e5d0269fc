"""The system checks of the whole site: one per misconfiguration, with stable ids."""

from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from pytest_django.fixtures import Settings

from colophon import checks


def _ids(found: list[CheckMessage]) -> list[str | None]:
    return [each.id for each in found]


@pytest.mark.parametrize("key", ["django-insecure-" + "a1B2c3D4e5" * 5, "short", "a" * 60])
def test_a_weak_secret_key_outside_debug_is_an_error(settings: Settings, key: str) -> None:
    settings.SECRET_KEY, settings.DEBUG = key, False
    assert _ids(checks.check_secret_key()) == ["colophon.E001"]


def test_the_secret_key_made_on_first_start_is_fine(settings: Settings) -> None:
    settings.DEBUG = False
    assert checks.check_secret_key() == []


def test_debug_on_a_public_address_is_an_error(settings: Settings) -> None:
    settings.DEBUG, settings.SITE_URL = True, "https://colophon.example"
    assert _ids(checks.check_debug()) == ["colophon.E002"]


def test_debug_at_home_is_fine(settings: Settings) -> None:
    settings.DEBUG, settings.SITE_URL = True, "http://localhost:8000"
    assert checks.check_debug() == []


def test_a_missing_state_folder_is_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.COLOPHON_HOME = tmp_path / "nowhere"
    assert _ids(checks.check_state_folder()) == ["colophon.E003"]


def test_a_state_folder_of_another_version_is_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.COLOPHON_HOME = tmp_path
    (tmp_path / "version").write_text("2")
    assert _ids(checks.check_state_folder()) == ["colophon.E004"]


def test_a_site_url_whose_host_would_be_refused_is_an_error(settings: Settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://colophon.example", ["localhost"]
    assert _ids(checks.check_site_url()) == ["colophon.E006"]


def test_a_public_site_without_tls_is_a_warning(settings: Settings) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "http://colophon.example", ["colophon.example"]
    assert _ids(checks.check_site_url()) == ["colophon.W001"]


def test_no_chain_is_a_warning(settings: Settings) -> None:
    settings.CHAINS = ()
    assert _ids(checks.check_chains()) == ["colophon.W002"]
