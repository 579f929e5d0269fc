"""Making, signing and embedding a manifest."""

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import c2pa
from PIL import Image

from provenance.certificates import ClaimSigner
from provenance.credentials.labels import (
    AI_MADE,
    ASSERTION_LABEL,
    COMPOSITE_WITH_TRAINED_MEDIA,
    GENERATOR,
    KEPT_INGREDIENT,
    MEDIA_TYPES,
    SOFT_BINDING_LABEL,
    TRAINED_ALGORITHMIC_MEDIA,
    Ingredient,
    SoftBinding,
)

_SIGNING = {
    # A thumbnail would add 140 KB to every file and nothing to the proof.
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_after_sign": True, "verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


class CredentialsNotEmbedded(RuntimeError):
    """The manifest could not be made, signed or written; the message gives the library's reason."""


def embed(
    data: bytes,
    *,
    media_type: str,
    recipe: Mapping[str, Any],
    attestation_document: Mapping[str, Any],
    title: str,
    signer: ClaimSigner,
    note: Mapping[str, Any] | None = None,
    soft_bindings: Sequence[SoftBinding] = (),
    ingredients: Sequence[Ingredient] = (),
) -> bytes:
    """The same picture with a signed manifest inside; pixels are untouched.

    `data` is a whole PNG, JPEG or WebP file. `note` goes into our own assertion beside recipe and attestation. With
    ingredients the picture is marked as a composite made with a trained model, without as made by one. Two calls
    never give the same bytes. With a time-stamp authority the call waits for its answer, however long that takes.
    Raises CredentialsNotEmbedded, also for more than one parent.
    """
    for each in (media_type, *(ingredient.media_type for ingredient in ingredients)):
        if each not in MEDIA_TYPES:
            raise CredentialsNotEmbedded(f"{each} is not one of {', '.join(MEDIA_TYPES)}.")
    manifest = {
        "claim_generator_info": [GENERATOR],
        "title": title,
        "format": media_type,
        "assertions": [
            _created_assertion("c2pa.actions.v2", {"actions": _actions(ingredients)}),
            {
                **_created_assertion(
                    ASSERTION_LABEL, {**(note or {}), "recipe": recipe, "attestation": attestation_document}
                ),
                "kind": "Json",
            },
            *(_created_assertion(SOFT_BINDING_LABEL, _soft_binding(binding)) for binding in soft_bindings),
        ],
    }
    return _sign(data, manifest=manifest, media_type=media_type, signer=signer, ingredients=ingredients)


def _created_assertion(label: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An assertion that the signer itself vouches for, in C2PA's word a created one."""
    return {"label": label, "data": data, "created": True}


def _actions(ingredients: Sequence[Ingredient]) -> list[dict[str, Any]]:
    """What was done, in order: drawn from nothing; or the parent opened, the others placed, all of it drawn over."""
    if not ingredients:
        return [_action("c2pa.created", source_type=TRAINED_ALGORITHMIC_MEDIA)]
    parents = [name for name, each in _named(ingredients) if each.relationship == "parentOf"]
    if len(parents) > 1:
        raise CredentialsNotEmbedded("A picture has at most one parent; name the others components.")
    components = [name for name, each in _named(ingredients) if each.relationship == "componentOf"]
    actions = [{"action": "c2pa.opened", "parameters": {"ingredientIds": parents}}] if parents else []
    if not parents:
        actions.append(_action("c2pa.created", source_type=COMPOSITE_WITH_TRAINED_MEDIA))
    actions += [{"action": "c2pa.placed", "parameters": {"ingredientIds": [name]}} for name in components]
    if parents:
        actions.append(_action("c2pa.edited", source_type=COMPOSITE_WITH_TRAINED_MEDIA))
    return actions


def _action(name: str, *, source_type: str) -> dict[str, Any]:
    if source_type not in AI_MADE:
        # The library signs any address at all.
        raise CredentialsNotEmbedded(f"{source_type} is not IPTC's code for what a trained model makes.")
    return {"action": name, "digitalSourceType": source_type, "softwareAgent": GENERATOR}


def _soft_binding(binding: SoftBinding) -> dict[str, Any]:
    return {"alg": binding.algorithm, "blocks": [{"scope": {}, "value": list(binding.value)}]}


def _named(ingredients: Sequence[Ingredient]) -> list[tuple[str, Ingredient]]:
    names = (f"ingredient-{number}" for number in range(1, len(ingredients) + 1))
    return [
        (name if each.kept is None else KEPT_INGREDIENT, each) for name, each in zip(names, ingredients, strict=True)
    ]


def _sign(
    data: bytes,
    *,
    manifest: Mapping[str, Any],
    media_type: str,
    signer: ClaimSigner,
    ingredients: Sequence[Ingredient],
) -> bytes:
    signed = io.BytesIO()
    failures: list[Exception] = []
    try:
        with ExitStack() as stack:
            context = stack.enter_context(c2pa.Context.from_dict(_SIGNING))
            claim_signer = stack.enter_context(_signer(signer, failures))
            builder = stack.enter_context(c2pa.Builder(manifest, context=context))
            for name, each in _named(ingredients):
                definition = {"title": each.title, "relationship": each.relationship, "label": name}
                _add_ingredient(builder, definition, each)
            builder.sign(claim_signer, media_type, io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        # What a key service raised is not in the library's message.
        cause = failures[0] if failures else error
        raise CredentialsNotEmbedded(f"the content credentials could not be embedded: {cause}") from cause
    return signed.getvalue()


def _add_ingredient(builder: Any, definition: Mapping[str, str], ingredient: Ingredient) -> None:  # noqa: ANN401 - untyped
    if ingredient.kept is not None:
        builder.add_ingredient_from_archive(io.BytesIO(ingredient.kept))
        return
    try:
        builder.add_ingredient(definition, ingredient.media_type, io.BytesIO(ingredient.data))
    except c2pa.C2paError:
        # What stands there is no manifest that could be kept; the picture was used all the same, and that is said.
        builder.add_ingredient(definition, "image/png", io.BytesIO(_bare_png(ingredient)))


def _bare_png(ingredient: Ingredient) -> bytes:
    try:
        with Image.open(io.BytesIO(ingredient.data)) as picture:
            file = io.BytesIO()
            picture.convert("RGB").save(file, "PNG")
    except (OSError, ValueError) as error:
        raise CredentialsNotEmbedded(f"the ingredient {ingredient.title!r} is no picture: {error}") from error
    return file.getvalue()


def _signer(signer: ClaimSigner, failures: list[Exception]) -> Any:  # noqa: ANN401 - the library has no types
    if signer.key_pem is not None:
        info = c2pa.C2paSignerInfo(
            c2pa.C2paSigningAlg.ES256, signer.chain_pem.encode(), signer.key_pem.encode(), signer.timestamp_url
        )
        return c2pa.Signer.from_info(info)
    assert signer.sign is not None
    callback = _remembering(signer.sign, failures)
    return c2pa.Signer.from_callback(callback, c2pa.C2paSigningAlg.ES256, signer.chain_pem, signer.timestamp_url)


def _remembering(sign: Callable[[bytes], bytes], failures: list[Exception]) -> Callable[[bytes], bytes]:
    def call(data: bytes) -> bytes:
        try:
            return sign(data)
        except Exception as error:
            failures.append(error)
            raise

    return call
