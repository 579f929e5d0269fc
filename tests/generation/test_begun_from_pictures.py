"""Pictures that begin from an upload or a work, and starts that cannot be meant."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image

from accounts.models import Person
from api.errors import InvalidInput
from generation.models import DiffusionModel, Job
from generation.services import submit_job
from provenance.digests import to_hex
from tests.generation.uploads import draw_all, keep

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_picture_from_a_picture_says_so(alice: Person, model: DiffusionModel) -> None:
    image, mask = keep(alice), keep(alice, Image.new("L", (96, 64), 255))
    job = submit_job(
        person=alice, prompt="a sun", init_image=image.pk, mask_image=mask.pk, strength=Decimal("0.7"), steps=3
    )
    assert (job.mode, job.width, job.height, job.sampling_key) == ("inpainting", 96, 64, "")
    draw_all()
    work = job.works.get()
    assert work.recipe["start"] == {
        "mode": "inpainting",
        "strength": "0.7",
        "init_image": {
            "content_hash": to_hex(bytes(image.file.sha256)),
            "pixel_hash": to_hex(bytes(image.pixel_hash)),
        },
        "mask_image": {"content_hash": to_hex(bytes(mask.file.sha256)), "pixel_hash": to_hex(bytes(mask.pixel_hash))},
    }
    assert work.recipe["reproducibility_class"]["pillow"]
    links = work.parent_links.order_by("role")
    assert [(link.role, link.image, link.parent) for link in links] == [("init", image, None), ("mask", mask, None)]


def test_the_same_picture_and_seed_give_the_same_pixels(alice: Person, model: DiffusionModel) -> None:
    image = keep(alice)
    jobs = [submit_job(person=alice, prompt="a sun", init_image=image.pk, seed=7) for _ in range(2)]
    draw_all()
    assert len({bytes(work.pixel_hash) for job in jobs for work in job.works.all()}) == 1


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown upload": ({"init_image": uuid4()}, "init_image", "unknown_image"),
    "unknown work": ({"init_work": uuid4()}, "init_work", "unknown_work"),
    "strength without a picture": ({"strength": Decimal("0.5")}, "strength", "no_effect"),
    "strength 0": ({"strength": Decimal(0)}, "strength", "out_of_range"),
    "strength 2": ({"strength": Decimal(2)}, "strength", "out_of_range"),
}


@pytest.mark.parametrize(("change", "field", "code"), BAD.values(), ids=BAD.keys())
def test_a_start_that_cannot_be_meant_is_named(
    alice: Person, model: DiffusionModel, change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", **change)
    assert (field, code) in [(error.field, error.code) for error in refusal.value.errors]
    assert not Job.objects.exists()


def test_a_mask_alone_has_no_effect(alice: Person, model: DiffusionModel) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", mask_image=keep(alice).pk)
    assert [error.code for error in refusal.value.errors] == ["no_effect"]


def test_a_strength_that_leaves_no_step_is_told(alice: Person, model: DiffusionModel) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", init_image=keep(alice).pk, steps=3, strength=Decimal("0.3"))
    assert refusal.value.errors[0].field == "strength"
    assert not Job.objects.exists()


def test_a_mode_that_the_model_lacks_is_told(alice: Person, model: DiffusionModel) -> None:
    DiffusionModel.objects.update(pipeline_class="LatentConsistencyModelPipeline", takes_negative_prompt=False)
    image = keep(alice)
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", init_image=image.pk, mask_image=image.pk)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == ("mask_image", "not_with_this_model")
    assert "image_to_image" in refusal.value.detail


@pytest.mark.parametrize("change", [{"guidance_scale": Decimal(1)}, {"guidance_scale": Decimal(0)}])
def test_a_negative_prompt_that_would_be_ignored_is_told(
    alice: Person, model: DiffusionModel, change: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="a sun", negative_prompt="people", **change)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == ("negative_prompt", "no_effect")
