"""Rate limits, told on every answer."""

from collections.abc import Callable
from unittest import mock

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisGone

from accounts.models import Person

ME = "/api/v1/me"


@pytest.fixture(autouse=True)
def two_a_minute(settings: Settings) -> None:
    settings.API_RATE_LIMITS = {"read": (2, 3600), "write": (1, 3600), "sign-in": (1, 3600)}


def test_the_limit_is_told_and_kept(program: Client) -> None:
    first, second, third = (program.get(ME) for _ in range(3))
    assert first["RateLimit-Policy"] == '"read";q=2;w=3600'
    assert first["RateLimit"].startswith('"read";r=1;t=')
    assert second["RateLimit"].startswith('"read";r=0;t=')
    assert (third.status_code, third.json()["code"]) == (429, "too_many_requests")
    assert third["Retry-After"] == third["RateLimit"].split("t=")[1]


def test_each_key_has_its_own_count(ada: Person, client_with: Callable[..., Client]) -> None:
    one, other = client_with(ada), client_with(ada)
    assert [one.get(ME).status_code for _ in range(3)] == [200, 200, 429]
    assert other.get(ME).status_code == 200


@pytest.mark.django_db
def test_sign_ins_are_counted_by_address(client: Client) -> None:
    assert client.get("/api/v1/sign-in/challenge").status_code == 200
    assert client.get("/api/v1/sign-in/challenge").status_code == 429
    assert client.get("/api/v1/sign-in/challenge", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_without_redis_requests_pass(program: Client) -> None:
    with mock.patch.object(cache, "add", side_effect=RedisGone("gone")):
        answers = [program.get(ME) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "RateLimit" not in answers[0]
