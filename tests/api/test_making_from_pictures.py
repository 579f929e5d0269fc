"""Uploads, variations, enlargements, adapters and lineage over the API."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from generation.models import Adapter, DiffusionModel, Job, SourceImage, Work, WorkParent

IMAGES = "/api/v1/images"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, colour: str = "teal") -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.new("RGB", (96, 64), colour).save(buffer, format="PNG")
    file = SimpleUploadedFile("p.png", buffer.getvalue(), content_type="image/png")
    response = client.post(IMAGES, {"file": file})
    assert response.status_code == 201, response.content
    body: dict[str, Any] = response.json()
    assert response["Location"] == f"http://testserver{IMAGES}/{body['id']}"
    return body


def test_an_upload_is_kept_shown_and_forgotten(program: Client, model: DiffusionModel) -> None:
    body = upload(program)
    assert (body["width"], body["height"]) == (96, 64)
    assert program.get(f"{IMAGES}/{body['id']}").json() == body
    assert program.get(IMAGES).json()["results"] == [body]
    file = program.get(f"{IMAGES}/{body['id']}/file")
    assert (file["Content-Type"], file["Cache-Control"]) == ("image/png", "private, no-store")
    assert program.delete(f"{IMAGES}/{body['id']}").status_code == 204
    assert program.get(IMAGES).json()["results"] == []


@pytest.mark.parametrize("path", ["", "/file"])
def test_somebody_elses_upload_is_not_there(
    program: Client, bob: Person, model: DiffusionModel, client_with: Callable[..., Client], path: str
) -> None:
    body = upload(program)
    response = client_with(bob).get(f"{IMAGES}/{body['id']}{path}")
    assert (response.status_code, response.json()["code"]) == (404, "image_not_found")
    assert client_with(bob).delete(f"{IMAGES}/{body['id']}").status_code == 404
    assert SourceImage.objects.exists()


def test_a_file_must_be_sent(program: Client, model: DiffusionModel) -> None:
    response = program.post(IMAGES, {})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (422, "file")


def test_uploading_needs_its_scope(ada: Person, client_with: Callable[..., Client]) -> None:
    response = client_with(ada, "read").post(IMAGES, {})
    assert (response.status_code, response.json()["code"]) == (403, "missing_scope")


def test_a_job_starts_from_an_upload(program: Client, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(pipeline_class="StableDiffusionPipeline")
    body = upload(program)
    wish = {"prompt": "p", "init_image": body["id"], "mask_image": body["id"], "strength": 0.75, "steps": 8}
    job = program.post("/api/v1/jobs", wish, content_type="application/json").json()
    assert (job["mode"], job["init_image"], job["mask_image"], job["strength"]) == (
        "inpainting", body["id"], body["id"], 0.75,
    )  # fmt: skip


def test_a_mode_that_the_model_lacks_is_refused(program: Client, model: DiffusionModel) -> None:
    wish = {"prompt": "p", "init_image": upload(program)["id"]}
    response = program.post("/api/v1/jobs", wish, content_type="application/json")
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "not_with_this_model"
    assert not Job.objects.exists()


def test_adapters_are_listed_and_named_in_a_job(program: Client, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(pipeline_class="StableDiffusionPipeline")
    Adapter.objects.create(slug="teal", name="Teal", source="/x", family="sd", licence="MIT")
    listed = program.get("/api/v1/adapters").json()["results"]
    assert listed == [{"slug": "teal", "name": "Teal", "family": "sd", "licence": "MIT", "adapter_hash": None}]
    wish = {"prompt": "p", "adapters": [{"adapter": "teal", "weight": "0.80"}]}
    job = program.post("/api/v1/jobs", wish, content_type="application/json").json()
    assert job["adapters"] == [{"adapter": "teal", "weight": "0.8"}]


@pytest.mark.parametrize(
    ("path", "wish", "mode"),
    [("variations", {"strength": "strong", "count": 2}, "variation"), ("upscale", {}, "upscale")],
)
def test_works_are_made_from_works_once_for_a_key(
    program: Client, job: Job, add_work: Callable[..., Work], path: str, wish: dict[str, object], mode: str
) -> None:
    DiffusionModel.objects.update(pipeline_class="StableDiffusionPipeline")
    work = add_work(job)
    address = f"/api/v1/works/{work.pk}/{path}"
    first, second = (
        program.post(address, wish, content_type="application/json", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 200), first.content
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["mode"], first.json()["init_work"]) == (mode, str(work.pk))


@pytest.mark.parametrize("path", ["variations", "upscale"])
def test_a_work_that_cannot_be_seen_is_no_start(
    job: Job, bob: Person, add_work: Callable[..., Work], client_with: Callable[..., Client], path: str
) -> None:
    work = add_work(job)
    Work.objects.update(review_state="rejected")
    response = client_with(bob).post(
        f"/api/v1/works/{work.pk}/{path}", {"strength": "subtle"} if path == "variations" else {},
        content_type="application/json",
    )  # fmt: skip
    assert (response.status_code, response.json()["code"]) == (404, "work_not_found")


def test_lineage_shows_what_the_caller_can_see(
    program: Client, bob: Person, job: Job, add_work: Callable[..., Work], client_with: Callable[..., Client]
) -> None:
    parent, child, hidden = add_work(job), add_work(job), add_work(job)
    for work in (child, hidden):
        WorkParent.objects.create(work=work, parent=parent, role="variation_of")
    Work.objects.filter(pk=hidden.pk).update(review_state="hidden")
    mine = program.get(f"/api/v1/works/{parent.pk}").json()
    assert {link["work"] for link in mine["children"]} == {str(child.pk), str(hidden.pk)}
    others = client_with(bob).get(f"/api/v1/works/{parent.pk}").json()
    assert others["children"] == [{"role": "variation_of", "work": str(child.pk)}]
    Work.objects.filter(pk=parent.pk).update(review_state="hidden")
    seen = client_with(bob).get(f"/api/v1/works/{child.pk}").json()
    assert seen["parents"] == [{"role": "variation_of", "work": None, "image": None}]


def test_an_uploaded_parent_is_told_to_its_owner_only(
    program: Client, bob: Person, job: Job, add_work: Callable[..., Work], client_with: Callable[..., Client]
) -> None:
    image, work = upload(program), add_work(job)
    WorkParent.objects.create(work=work, image_id=image["id"], role="init")
    path = f"/api/v1/works/{work.pk}"
    assert program.get(path).json()["parents"] == [{"role": "init", "work": None, "image": image["id"]}]
    assert client_with(bob).get(path).json()["parents"] == [{"role": "init", "work": None, "image": None}]


def test_a_model_tells_what_it_can_and_what_looks_at_its_pictures(program: Client, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(pipeline_class="FluxPipeline", takes_negative_prompt=False)
    told = program.get("/api/v1/models").json()["results"][0]
    assert (told["family"], told["takes_negative_prompt"], told["takes_prompt_weighting"]) == ("flux", False, True)
    assert told["modes"] == ["text_to_image", "image_to_image", "inpainting", "variation", "upscale"]
    assert (told["image_checker"], told["prompt_rules"], told["max_steps"], told["max_count"]) == (
        "none", True, 100, 8,
    )  # fmt: skip
    DiffusionModel.objects.update(has_image_checker=True)
    assert program.get("/api/v1/models").json()["results"][0]["image_checker"] == "pipeline"
    DiffusionModel.objects.update(image_checker="none")
    assert program.get("/api/v1/models").json()["results"][0]["image_checker"] == "none"
