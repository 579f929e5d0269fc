"""`/healthz` and `/readyz`."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from colophon.models import WorkerSeen
from colophon.worker_life import say_so


def test_healthz_asks_nothing_of_anybody(client: Client) -> None:
    # No database mark: any query would fail this test.
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_is_503_until_both_workers_were_seen(client: Client) -> None:
    say_so(name="generation@here", queue="generation")
    answer = client.get("/readyz")
    parts = answer.json()["parts"]
    assert answer.status_code == 503
    assert {name for name, part in parts.items() if not part["ok"]} == {"chain_worker"}
    say_so(name="chain@here", queue="chain")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_worker_last_seen_half_a_minute_ago_counts_as_missing(client: Client) -> None:
    say_so(name="generation@here", queue="generation")
    say_so(name="chain@here", queue="chain")
    WorkerSeen.objects.filter(queue="chain").update(seen_at=timezone.now() - timedelta(seconds=31))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (
        answer.json()["parts"]["chain_worker"]["detail"] == "No worker of the queue chain was seen in the last 30 s."
    )


@pytest.mark.django_db
def test_an_unreachable_redis_is_named(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    parts = client.get("/readyz").json()["parts"]
    assert parts["redis"] == {"ok": False, "detail": "Redis does not answer."}


@pytest.mark.django_db
def test_a_worker_that_was_silent_for_a_day_is_forgotten() -> None:
    say_so(name="old@gone", queue="chain")
    WorkerSeen.objects.update(seen_at=timezone.now() - timedelta(days=2))
    say_so(name="chain@here", queue="chain")
    assert list(WorkerSeen.objects.values_list("name", flat=True)) == ["chain@here"]
