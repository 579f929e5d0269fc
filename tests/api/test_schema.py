"""The OpenAPI document: valid, complete, and true to what the endpoints answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
import yaml
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker
from pytest_django import Settings
from referencing import Registry, Resource

from generation.models import Job, Work
from generation.serializers import MINT_STATUSES
from minting.models import Chain, Collection, Mint

Schema = dict[str, Any]
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def schema() -> Schema:
    return generate()


def generate() -> Schema:
    """The document as plain JSON."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call] # drf-spectacular has no types
    generated: Schema = json.loads(json.dumps(generator.get_schema(request=None, public=True), default=str))  # type: ignore[no-untyped-call] # as above
    return generated


def operations(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for path, item in schema["paths"].items():
        for method in METHODS & set(item):
            yield f"{method} {path}", item[method]


def fits(schema: Schema, component: str, value: object) -> None:
    """Raises jsonschema.ValidationError when a value is not as the component says."""
    registry: Registry[Any] = Registry().with_resource("urn:schema", Resource.opaque(schema))
    reference = {"$ref": f"urn:schema#/components/schemas/{component}"}
    Draft202012Validator(reference, registry=registry, format_checker=FormatChecker()).validate(value)


def test_it_is_valid_openapi_3_1_made_without_a_warning() -> None:
    with GENERATOR_STATS.silence():
        GENERATOR_STATS.reset()
        generated = generate()
        assert not GENERATOR_STATS._warn_cache
        assert not GENERATOR_STATS._error_cache
    assert generated["openapi"] == "3.1.0"
    openapi_spec_validator.validate(generated)


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern).lstrip("/")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path


def test_every_route_is_described(schema: Schema) -> None:
    found = {path for path in routes(get_resolver().url_patterns) if path.startswith("/api/v1/")}
    assert len({_shape(path) for path in found}) == len(found)
    assert {_shape(path) for path in found} == {_shape(path) for path in schema["paths"]}


def _shape(path: str) -> str:
    """A path with its parameters' names left out: Django's `<uuid:job_id>` and OpenAPI's `{job_id}`."""
    return "/".join("*" if part[:1] in {"<", "{"} else part for part in path.split("/"))


def test_every_operation_tells_its_purpose_rights_errors_and_headers(schema: Schema) -> None:
    for name, operation in operations(schema):
        assert operation["summary"], name
        assert operation["operationId"], name
        for status in ("429", "500"):
            assert operation["responses"][status] == {"$ref": f"#/components/responses/Problem{status}"}, name
        if operation.get("security"):
            assert "401" in operation["responses"], name
        successes = [answer for status, answer in operation["responses"].items() if status < "400"]
        assert successes, name
        for answer in successes:
            assert answer["description"], name
            assert "X-Request-Id" in answer["headers"], name


@pytest.mark.parametrize(
    ("path", "method", "security"),
    [
        ("/api/v1/jobs", "post", [{"key": ["generate"]}, {"session": []}]),
        ("/api/v1/mints", "post", [{"key": ["mint"]}, {"session": []}]),
        ("/api/v1/mints", "get", [{"key": ["read"]}, {"session": []}]),
        ("/api/v1/works", "get", [{"key": ["read"]}, {"session": []}, {}]),
        ("/api/v1/keys", "post", [{"session": []}]),
        ("/api/v1/models", "get", None),
    ],
)
def test_the_scope_a_key_needs_is_told(schema: Schema, path: str, method: str, security: object) -> None:
    assert schema["paths"][path][method].get("security") == security


def test_every_right_that_is_asked_for_is_explained(schema: Schema) -> None:
    asked = {name for _, operation in operations(schema) for way in operation.get("security", []) for name in way}
    assert asked == set(schema["components"]["securitySchemes"])
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/mints"])
def test_what_makes_something_tells_its_headers(schema: Schema, path: str) -> None:
    operation = schema["paths"][path]["post"]
    assert {"Idempotency-Key", "Prefer"} <= {parameter["name"] for parameter in operation["parameters"]}
    assert {"Location", "Preference-Applied", "Idempotent-Replayed"} <= set(operation["responses"]["201"]["headers"])
    assert {"400", "409", "413", "415", "422"} <= set(operation["responses"])


def test_the_examples_are_true(schema: Schema) -> None:
    for _, operation in operations(schema):
        parts = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (part.get("content", {}).get("application/json", {}) for part in parts):
            for example in content.get("examples", {}).values():
                fits(schema, content["schema"]["$ref"].rsplit("/", 1)[1], example["value"])
    fits(schema, "Problem", schema["components"]["schemas"]["Problem"]["examples"][0])


def test_the_statuses_of_a_mint_are_mintings_own() -> None:
    assert [value for value, _ in MINT_STATUSES] == Mint.Status.values


def test_what_the_endpoints_answer_is_as_described(
    schema: Schema, program: Client, job: Job, add_work: Callable[..., Work], tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    work = add_work(job, private_prompt=True)
    chain = Chain.objects.create(chain_id=31337, name="Test chain", genesis_hash=bytes(32))
    Collection.objects.create(
        slug="c", chain=chain, name="C", symbol="C", status="ready", is_default=True, address="0x" + "11" * 20
    )
    wish = {"work": str(work.pk), "to": "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"}
    mint = program.post("/api/v1/mints", wish, content_type="application/json").json()
    fits(schema, "Mint", mint)
    fits(schema, "Job", program.get(f"/api/v1/jobs/{job.pk}").json())
    fits(schema, "Work", program.get(f"/api/v1/works/{work.pk}").json())
    fits(schema, "Person", program.get("/api/v1/me").json())
    fits(schema, "Challenge", program.get("/api/v1/sign-in/challenge").json())
    fits(schema, "Problem", program.get("/api/v1/nothing").json())
    for path, component in [
        ("jobs", "JobPage"),
        ("works", "WorkPage"),
        ("mints", "MintPage"),
        ("collections", "CollectionPage"),
        ("models", "DiffusionModelPage"),
        ("keys", "KeyPage"),
    ]:
        page = program.get(f"/api/v1/{path}").json()
        assert len(page["results"]) == 1, path
        fits(schema, component, page)


@pytest.mark.django_db
def test_it_is_served_as_json_and_as_yaml(client: Client) -> None:
    as_json = client.get("/api/schema/")
    assert as_json["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert json.loads(as_json.content)["openapi"] == "3.1.0"
    as_yaml = client.get("/api/schema/?format=yaml")
    assert yaml.safe_load(as_yaml.content)["info"]["title"] == "Colophon"


@pytest.mark.django_db
def test_the_page_to_try_it_at_loads_nothing_from_elsewhere(client: Client, settings: Settings) -> None:
    # Without `collectstatic` there is no manifest of hashed names.
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    page = client.get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert "cdn" not in page


def test_a_refused_sign_in_is_told(schema: Schema) -> None:
    answers = schema["paths"]["/api/v1/sign-in/wallet"]["post"]["responses"]
    assert answers["401"] == {"$ref": "#/components/responses/Problem401"}
