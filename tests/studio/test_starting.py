"""Beginning from a picture in the prompt line: an upload, a kept one, or a work."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import Person
from generation.models import DiffusionModel, Job, SourceImage
from tests.web import samples

WORDS = {"prompt": "a lighthouse in fog"}


def a_model() -> DiffusionModel:
    model = samples.a_model()
    DiffusionModel.objects.filter(pk=model.pk).update(pipeline_class="StableDiffusionPipeline")
    return model


def a_file(colour: str = "teal") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    Image.new("RGB", (256, 256), colour).save(buffer, "PNG")
    return SimpleUploadedFile("mine.png", buffer.getvalue())


def test_a_picture_that_is_brought_along_is_kept_and_begun_from(as_ada: Client, ada: Person) -> None:
    a_model()
    answer = as_ada.post("/jobs/", {**WORDS, "picture": a_file(), "strength": "0.4"})
    job, upload = Job.objects.get(), SourceImage.objects.get(person=ada)
    assert (job.mode, job.init_image, str(job.strength)) == ("image_to_image", upload, "0.400")
    page = as_ada.get(answer["Location"]).content.decode()
    assert f'name="init_image" value="{upload.pk}" checked' in page
    assert f'src="/api/v1/images/{upload.pk}/file"' in page


def test_a_mask_says_where_it_changes(as_ada: Client, ada: Person) -> None:
    a_model()
    as_ada.post("/jobs/", {**WORDS, "picture": a_file(), "mask": a_file("white")})
    job = Job.objects.get()
    assert job.mode == "inpainting"
    assert job.mask_image is not None


def test_what_is_no_picture_is_told_beside_its_field_and_nothing_is_queued(as_ada: Client, ada: Person) -> None:
    a_model()
    answer = as_ada.post("/jobs/", {**WORDS, "picture": SimpleUploadedFile("words.png", b"words")})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This is not a PNG, JPEG or WebP picture" in page
    assert "a lighthouse in fog</textarea>" in page
    assert not Job.objects.exists()
    assert not SourceImage.objects.exists()


def test_a_work_is_begun_from(as_ada: Client, ada: Person) -> None:
    work = samples.a_work(ada)
    DiffusionModel.objects.update(pipeline_class="StableDiffusionPipeline")
    page = as_ada.get("/studio/", {"from": str(work.pk)}).content.decode()
    assert f'name="init_work" value="{work.pk}" checked' in page
    as_ada.post("/jobs/", {**WORDS, "init_work": str(work.pk)})
    job = Job.objects.exclude(pk=work.job_id).get()
    assert (job.mode, job.init_work) == ("image_to_image", work)


def test_somebody_elses_upload_is_not_named_when_her_work_is_edited(as_ada: Client, ada: Person, bo: Person) -> None:
    a_model()
    as_ada.post("/jobs/", {**WORDS, "picture": a_file()})
    upload = SourceImage.objects.get()
    work = samples.a_work(bo)
    Job.objects.filter(pk=work.job_id).update(mode="image_to_image", init_image=upload)
    assert str(upload.pk) not in as_ada.get("/studio/", {"edit": str(work.pk)}).content.decode()
