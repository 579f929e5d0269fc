"""Works over the API: who sees what."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import Person
from generation.models import Job, Work
from provenance.digests import to_hex

WORKS = "/api/v1/works"


def test_anybody_sees_a_work(client: Client, job: Job, add_work: Callable[..., Work]) -> None:
    work = add_work(job)
    body = client.get(f"{WORKS}/{work.pk}").json()
    assert body["content_hash"] == to_hex(bytes(work.content_hash))
    assert body["prompt"] == "a teal sun over navy waves"
    assert (body["job"], body["index"], body["mints"]) == (str(job.pk), 0, [])
    assert body["urls"] == {
        "get": f"http://testserver/api/v1/works/{work.pk}",
        "web": f"http://testserver/works/{work.pk}/",
        "file": f"http://testserver/ipfs/{work.file.cid}",
        "preview": "http://testserver/media/previews/x.webp",
        "ipfs": f"ipfs://{work.file.cid}",
        "recipe": f"http://testserver/ipfs/{work.recipe_file.cid}",
        "reruns": f"http://testserver/api/v1/works/{work.pk}/reruns",
        "gateways": [],
    }
    assert (body["media_type"], body["ipfs_pin"], body["render_hash"], body["iscc"]) == ("image/png", None, None, "")


def test_a_private_prompt_is_its_makers(
    client: Client, program: Client, job: Job, add_work: Callable[..., Work]
) -> None:
    work = add_work(job, private_prompt=True)
    assert client.get(f"{WORKS}/{work.pk}").json()["prompt"] is None
    assert client.get(WORKS).json()["results"][0]["prompt"] is None
    assert program.get(f"{WORKS}/{work.pk}").json()["prompt"] == job.prompt


@pytest.mark.parametrize("state", ["hidden", "rejected"])
def test_a_hidden_work_is_there_for_its_maker_and_curators_only(
    client: Client,
    bob: Person,
    program: Client,
    client_with: Callable[..., Client],
    job: Job,
    add_work: Callable[..., Work],
    state: str,
) -> None:
    work = add_work(job, review_state=state)
    address, curator = f"{WORKS}/{work.pk}", client_with(bob)
    assert client.get(address).json()["code"] == "work_not_found"
    assert curator.get(address).status_code == 404
    assert program.get(address).json()["review_state"] == state
    bob.groups.add(Group.objects.get_or_create(name="Curators")[0])
    assert curator.get(address).status_code == 200
    assert client.get(WORKS).json()["results"] == []


def test_mine_is_mine(
    client: Client,
    bob: Person,
    program: Client,
    client_with: Callable[..., Client],
    job: Job,
    add_work: Callable[..., Work],
) -> None:
    add_work(job, review_state="hidden")
    mine = {"scope": "mine"}
    assert len(program.get(WORKS, mine).json()["results"]) == 1
    assert client_with(bob).get(WORKS, mine).json()["results"] == []
    assert client.get(WORKS, mine).status_code == 401
    assert client.get(WORKS, {"scope": "all"}).json()["errors"][0]["field"] == "scope"


def test_a_key_without_read_reads_no_works(ada: Person, client_with: Callable[..., Client]) -> None:
    assert client_with(ada, "mint").get(WORKS).json()["code"] == "missing_scope"


def test_models_are_public(client: Client, job: Job) -> None:
    [model] = client.get("/api/v1/models").json()["results"]
    assert (model["slug"], model["model_hash"], model["is_default"]) == ("tiny", None, True)
