import hashlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provenance.canonical import canonical_json
from provenance.digests import prompt_commitment, to_hex
from provenance.recipes import Recipe, build_recipe, decimal_text, nfc, recipe_hash

SALT = bytes(range(32))


def recipe(**changes: Any) -> Recipe:  # noqa: ANN401 - passed on to build_recipe, refusals included
    values: dict[str, Any] = {
        "engine_version": "1",
        "model": {"source": "colophon/starter", "model_hash": "0x" + "11" * 32},
        "prompt": "a teal sun",
        "seed": 2**64 - 1,
        "steps": 20,
        "guidance_scale": Decimal("7.500"),
        "scheduler": {"name": "DDIMScheduler", "config_hash": "0x" + "22" * 32},
        "width": 256,
        "height": 192,
        "reproducibility_class": {
            "torch": "2.13.0+cpu",
            "diffusers": "0.42.1",
            "transformers": "5.23.0",
            "device": "cpu AVX2",
            "dtype": "float32",
            "threads": 2,
            "attention": "AttnProcessor2_0",
            "slots": 1,
        },
    }
    return build_recipe(**{**values, **changes})


def test_the_canonical_bytes_of_a_whole_recipe() -> None:
    written = (
        '{"adapters":[],"engine_version":"1","guidance_scale":"7.5","height":192,'
        '"model":{"model_hash":"0x' + "11" * 32 + '","source":"colophon/starter"},"prompt":"a teal sun",'
        '"reproducibility_class":{"attention":"AttnProcessor2_0","device":"cpu AVX2","diffusers":"0.42.1",'
        '"dtype":"float32","slots":1,"threads":2,"torch":"2.13.0+cpu","transformers":"5.23.0"},'
        '"scheduler":{"config_hash":"0x' + "22" * 32 + '","name":"DDIMScheduler"},'
        '"schema":"org.colophon.recipe/1","seed":"18446744073709551615","steps":20,"width":256}'
    ).encode()
    assert canonical_json(recipe()) == written
    assert recipe_hash(recipe()) == hashlib.sha256(written).digest()


def test_what_is_absent_is_left_out() -> None:
    assert not {"negative_prompt", "prompt_commitment", "start", "prompt_weighting"} & recipe().keys()
    assert b"null" not in canonical_json(recipe())


def test_what_is_given_is_there() -> None:
    full = recipe(
        negative_prompt="blur",
        start={"mode": "image_to_image", "strength": "0.6", "init_image": {"content_hash": "0x", "pixel_hash": "0x"}},
        prompt_weighting="compel",
        adapters=[{"source": "x/lora", "model_hash": "0x", "scale": "0.8"}],
    )
    assert full["negative_prompt"] == "blur"
    assert full["start"]["init_image"] == {"content_hash": "0x", "pixel_hash": "0x"}
    assert full["prompt_weighting"] == "compel"
    assert full["adapters"] == [{"source": "x/lora", "model_hash": "0x", "scale": "0.8"}]


@given(prompt=st.text(), negative=st.text())
def test_a_private_prompt_never_appears(prompt: str, negative: str) -> None:
    # The leaf marks the prompts: short texts may well appear among a recipe's own words.
    private = recipe(prompt=nfc(f"❦{prompt}"), negative_prompt=nfc(f"❦{negative}"), prompt_salt=SALT)
    written = canonical_json(private)
    assert "❦".encode() not in written
    assert b"\\u2766" not in written
    assert not {"prompt", "negative_prompt"} & private.keys()


def test_a_private_prompt_can_be_opened_with_its_salt() -> None:
    private = recipe(negative_prompt="blur", prompt_salt=SALT)
    assert private["prompt_commitment"] == to_hex(prompt_commitment(salt=SALT, prompt="a teal sun"))
    assert private["negative_prompt_commitment"] == to_hex(prompt_commitment(salt=SALT, prompt="blur"))


def test_another_salt_hides_the_same_prompt_differently() -> None:
    assert recipe_hash(recipe(prompt_salt=SALT)) != recipe_hash(recipe(prompt_salt=bytes(32)))


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_text_that_is_not_nfc_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match="normalization form C"):
        recipe(**{field: "e\u0301"})


@pytest.mark.parametrize(
    ("value", "text"),
    [("2", "2"), ("2.000", "2"), ("7.50", "7.5"), ("0.001", "0.001"), ("1E+2", "100"), ("100", "100"), ("-0.0", "0")],
)
def test_a_number_has_one_spelling(value: str, text: str) -> None:
    assert decimal_text(Decimal(value)) == text


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        decimal_text(Decimal(value))
