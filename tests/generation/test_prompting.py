"""Weighted words, wildcards and rules."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Person
from api.errors import InvalidInput
from generation import prompt_rules, registry, wildcards
from generation.engine import pipelines
from generation.engine.errors import EngineError
from generation.engine.rendering import Drawing, draw
from generation.models import DiffusionModel, Job, PromptRule, Wildcard
from generation.patterns import check_pattern, check_wildcard_name
from generation.services import submit_job
from generation.worker import run_waiting_jobs
from provenance.digests import pixel_hash

pytestmark = pytest.mark.django_db
SETUP = pipelines.prepare(device="cpu", dtype="float32", threads=1, slots=1)


@pytest.fixture(scope="module")
def loaded() -> pipelines.Loaded:
    return pipelines.PipelineCache(SETUP).get(registry.ensure_tiny_model(), b"")


def hash_of(loaded: pipelines.Loaded, prompt: str, *, weighting: bool) -> bytes:
    wish = Drawing(
        prompt=prompt, negative_prompt="", seeds=[7], steps=2, guidance_scale=2, width=64, height=64,
        prompt_weighting=weighting,
    )  # fmt: skip
    return pixel_hash(draw(loaded, wish, setup=SETUP, on_step=lambda _: None)[0].image)


def test_without_weights_the_words_mean_the_same(loaded: pipelines.Loaded) -> None:
    assert hash_of(loaded, "a sun", weighting=True) == hash_of(loaded, "a sun", weighting=False)


def test_weights_count_only_when_asked_for(loaded: pipelines.Loaded) -> None:
    hashes = {hash_of(loaded, prompt, weighting=True) for prompt in ("a sun", "a (sun)1.5", "a sun--")}
    assert len(hashes) == 3
    assert hash_of(loaded, "a (sun)1.5", weighting=False) not in hashes


def test_weights_that_cannot_be_read_are_told(loaded: pipelines.Loaded) -> None:
    with pytest.raises(EngineError) as error:
        hash_of(loaded, "((()))", weighting=True)
    assert error.value.code == "weights_unreadable"


LISTS = {"colour": ["teal", "navy", "brass"], "scene": ["a __colour__ sun", "{calm|rough} sea"], "loop": ["__loop__"]}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("a sun", "a sun"),
        ("a {b} c", "a {b} c"),
        (r"a \{b|c\} \__colour\__", "a {b|c} __colour__"),
        ("{same|same}", "same"),
        ("a {|} sun", "a sun"),
    ],
)
def test_a_template_resolves_to_words(template: str, words: str) -> None:
    assert wildcards.resolve(template, seed=7, lists=LISTS) == words


def test_the_seed_decides_and_decides_the_same_everywhere() -> None:
    template = "a __colour__ sun over {calm|rough|glassy} __scene__"
    found = [wildcards.resolve(template, seed=seed, lists=LISTS) for seed in range(40)]
    assert found == [wildcards.resolve(template, seed=seed, lists=LISTS) for seed in range(40)]
    assert found[7] == wildcards.resolve(template, seed=7, lists=LISTS)
    assert len(set(found)) > 15
    assert not any("_" in words or "{" in words for words in found)


def test_choices_stand_inside_choices() -> None:
    found = {wildcards.resolve("{a|{b|c} d}", seed=seed, lists={}) for seed in range(60)}
    assert found == {"a", "b d", "c d"}


@pytest.mark.parametrize(
    ("template", "code"), [("__nothing__", "unknown_wildcard"), ("__loop__", "wildcard_too_deep")]
)
def test_a_template_that_leads_nowhere_is_refused(template: str, code: str) -> None:
    with pytest.raises(wildcards.TemplateError) as error:
        wildcards.resolve(template, seed=1, lists=LISTS)
    assert error.value.code == code


@pytest.mark.parametrize("text", ["a sun", "a {b|c}", "__init__ {x}", r"\{", "____"])
def test_an_escaped_text_resolves_to_itself(text: str) -> None:
    assert wildcards.resolve(wildcards.escaped(text), seed=1, lists={}) == text


def test_each_picture_has_words_of_its_own_and_the_template_is_kept(alice: Person, model: DiffusionModel) -> None:
    Wildcard.objects.create(name="colour", options="teal\nnavy\n\nbrass\n")
    job = submit_job(person=alice, prompt="a __colour__ {sun|moon}", seed=7, count=8)
    assert job.prompt == "a __colour__ {sun|moon}"
    assert len(job.prompts) == 8
    assert len(set(job.prompts)) > 1
    assert submit_job(person=alice, prompt="a __colour__ {sun|moon}", seed=9).prompts == [job.prompts[2]]


@pytest.mark.django_db(transaction=True)
def test_the_resolved_words_are_in_the_recipe(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="{teal|navy}", negative_prompt="{dark|grim}", seed=7, count=2)
    run_waiting_jobs(worker="w", stopping=lambda: False)
    works = list(job.works.order_by("index"))
    assert [work.prompt for work in works] == job.prompts
    assert [work.recipe["prompt"] for work in works] == job.prompts
    assert [work.recipe["negative_prompt"] for work in works] == job.negative_prompts
    assert set(job.prompts) <= {"teal", "navy"}


@pytest.mark.django_db(transaction=True)
def test_weighting_is_in_the_recipe(alice: Person, model: DiffusionModel) -> None:
    job = submit_job(person=alice, prompt="a (sun)1.5", prompt_weighting=True)
    run_waiting_jobs(worker="w", stopping=lambda: False)
    recipe = job.works.get().recipe
    assert (recipe["prompt"], recipe["prompt_weighting"]) == ("a (sun)1.5", "compel")
    assert recipe["reproducibility_class"]["compel"]


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown wildcard": ({"prompt": "a __colour__ sun"}, "prompt", "unknown_wildcard"),
    "wildcard in the negative": ({"negative_prompt": "__colour__"}, "negative_prompt", "unknown_wildcard"),
    "nothing left": ({"prompt": "{|}"}, "prompt", "required"),
}


@pytest.mark.parametrize(("change", "field", "code"), BAD.values(), ids=BAD.keys())
def test_a_bad_template_is_named_and_nothing_is_queued(
    alice: Person, model: DiffusionModel, change: dict[str, Any], field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submit_job(**{"person": alice, "prompt": "a sun", **change})
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]
    assert not Job.objects.exists()


def test_a_refused_prompt_is_told_the_rules_reason(alice: Person, model: DiffusionModel) -> None:
    PromptRule.objects.create(pattern=r"\bdragons?\b", action="refuse", reason="No dragons on this site.")
    with pytest.raises(InvalidInput) as refusal:
        submit_job(person=alice, prompt="two DRAGONS")
    assert [(e.field, e.code, e.detail) for e in refusal.value.errors] == [
        ("prompt", "prompt_refused", "No dragons on this site.")
    ]
    assert not Job.objects.exists()
    submit_job(person=alice, prompt="a dragonfly")


def test_a_rule_sees_the_resolved_words(alice: Person, model: DiffusionModel) -> None:
    PromptRule.objects.create(pattern="dragon", action="refuse", reason="No dragons.")
    with pytest.raises(InvalidInput):
        submit_job(person=alice, prompt="a {dra|dra}gon")


@pytest.mark.django_db(transaction=True)
def test_a_flagged_prompt_has_its_pictures_looked_at(alice: Person, model: DiffusionModel) -> None:
    PromptRule.objects.create(pattern="sun", action="flag", reason="Suns need a look.")
    job = submit_job(person=alice, prompt="a sun")
    run_waiting_jobs(worker="w", stopping=lambda: False)
    work = job.works.get()
    assert (work.flagged, work.flag_reason, work.review_state) == (True, "Suns need a look.", "pending")


def test_rules_count_only_while_enabled_and_for_models_that_have_them(alice: Person, model: DiffusionModel) -> None:
    rule = PromptRule.objects.create(pattern="sun", action="refuse", reason="No suns.")
    DiffusionModel.objects.update(prompt_rules=False)
    submit_job(person=alice, prompt="a sun")
    DiffusionModel.objects.update(prompt_rules=True)
    PromptRule.objects.filter(pk=rule.pk).update(enabled=False)
    submit_job(person=alice, prompt="a sun")


def test_a_slow_pattern_is_no_way_past_a_rule(db: None) -> None:
    PromptRule.objects.create(pattern=r"((a|b)*?a){12}(?=[cd])", action="refuse", reason="Slow.")
    assert prompt_rules.judge(["ab" * 100]) == ([], ["A prompt rule could not be applied in time."])


@pytest.mark.parametrize("pattern", ["(", "a*", ""])
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        check_pattern(pattern)


@pytest.mark.parametrize("name", ["Colour", "a__b", "_a", "a_", ""])
def test_a_name_that_cannot_be_written_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        check_wildcard_name(name)
