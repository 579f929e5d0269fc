"""What a claim costs the database does not grow with the number of waiting jobs: the plans, node by node."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generation.models import DiffusionModel, Job
from generation.queue import claim_jobs
from generation.queue.turns import mend_turns

pytestmark = pytest.mark.django_db

FILL = """
INSERT INTO accounts_person (id, password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
                             date_joined, display_name)
SELECT gen_random_uuid(), '', false, 'p' || n, '', '', '', false, true, now(), '' FROM generate_series(1, 50) AS n;
INSERT INTO generation_job (id, person_id, model_id, prompt, negative_prompt, private_prompt, seed, steps,
    guidance_scale, width, height, count, status, step, total_steps, revision, attempts, error_code, error_detail,
    leased_by, created_at, queued_at, sampling_key)
SELECT gen_random_uuid(), p.id, %(model)s, 'a sun', '', false, n, 20, 2, 64, 64, 1, 'queued', 0, 20, 1, 0, '', '', '',
       now(), now() - n * interval '1 second', 'key' || n %% 3
FROM generate_series(1, %(jobs)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY username) - 1 AS place FROM accounts_person) AS p
  ON p.place = least(n %% 50, n %% 70 %% 50, n %% 90 %% 50);
"""
"""as many jobs as wished of 50 people, of whom the first few have the most"""


def fill(model: DiffusionModel, *, jobs: int, analyzed: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"model": model.pk, "jobs": jobs})
    mend_turns()
    if analyzed:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE generation_job, generation_turn, accounts_person")


@contextmanager
def plans() -> Iterator[list[dict[str, Any]]]:
    """The plan of every statement in the block that reads jobs or turns, as it ran."""
    found: list[dict[str, Any]] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    for query in captured.captured_queries:
        sql = query["sql"]
        if sql.lstrip().startswith(("SELECT", "WITH")) and "generation_" in sql and "nextval" not in sql:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql.replace("%", "%%"), [])
                (plan,) = cursor.fetchone()
            found.append((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def pages_read(found: list[dict[str, Any]]) -> int:
    return sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in found)


def claimed_with_plans(model: DiffusionModel) -> list[dict[str, Any]]:
    """The plans of a claim with companions for its batch, of joining that batch, and of looking for a warm job."""
    warm = DiffusionModel.objects.get_or_create(slug="warm", defaults={"name": "Warm", "source": "warm"})[0]
    with plans() as found:
        (first, *_) = claim_jobs(worker="w", limit=4, models=[model.pk])
        claim_jobs(worker="w", limit=4, models=[model.pk], sampling_key=first.job.sampling_key)
        claim_jobs(worker="w", limit=1, models=[model.pk, warm.pk], warm_model=warm.pk)
    assert len(found) >= 10
    return found


@pytest.mark.parametrize("analyzed", [True, False], ids=["analyzed", "never analyzed"])
def test_no_plan_scans_or_sorts_the_waiting_jobs(model: DiffusionModel, *, analyzed: bool) -> None:
    fill(model, jobs=5_000, analyzed=analyzed)
    for plan in claimed_with_plans(model):
        for node in nodes(plan):
            if node.get("Relation Name") == "generation_job":
                assert node["Node Type"] in {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}, node
                assert node["Actual Rows"] * node["Actual Loops"] <= 400, node
            if "Sort" in node["Node Type"]:
                assert node["Actual Rows"] <= 400, node


def test_a_claim_reads_as_few_pages_of_five_thousand_jobs_as_of_fifty(model: DiffusionModel) -> None:
    fill(model, jobs=100, analyzed=True)
    few = pages_read(claimed_with_plans(model))
    Job.objects.all().delete()
    fill_more(model)
    many = pages_read(claimed_with_plans(model))
    assert many <= 3 * few


def fill_more(model: DiffusionModel) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM generation_turn; DELETE FROM accounts_person")
    fill(model, jobs=5_000, analyzed=True)
