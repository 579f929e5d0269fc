"""Reading a manifest, whatever the bytes are."""

import base64
import binascii
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import c2pa

from provenance.credentials.labels import ACTIONS_LABELS, AI_MADE, ASSERTION_LABEL, SOFT_BINDING_LABEL, SoftBinding

EXPIRED = "signingCredential.expired"


@dataclass(frozen=True, kw_only=True)
class IngredientReport:
    """A picture that the manifest says this one was made from.

    `credentials`: whether it had a manifest of its own, which is then carried along; `signer` and
    `digital_source_type` are what that one says. `codes` are C2PA's failure codes from when it was taken in.
    """

    title: str | None
    relationship: str | None
    credentials: bool
    signer: str | None = None
    digital_source_type: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CredentialsReport:
    """What a file's active manifest says, and whether it holds.

    `state`: `none` (no manifest), `invalid` (altered, broken or expired), `valid` (intact, but signed by somebody
    whose root we do not trust), `trusted`. `codes` are C2PA's own failure codes, an untrusted signer's included.
    `recipe` and `attestation` are as found, checked by nobody yet. `signed_at` is the time-stamp authority's RFC 3339
    time, None when there is no time-stamp: an unstamped manifest does not prove when it was signed, nor does one
    whose authority nobody trusts (`stamp_trusted`). `note` is what else our own assertion holds: what was noted when
    the file was published.
    """

    state: str
    codes: tuple[str, ...] = ()
    recipe: dict[str, Any] | None = None
    attestation: dict[str, Any] | None = None
    digital_source_type: str | None = None
    signer: str | None = None
    signed_at: str | None = None
    stamp_trusted: bool = False
    note: Mapping[str, Any] = field(default_factory=dict)
    soft_bindings: tuple[SoftBinding, ...] = ()
    ingredients: tuple[IngredientReport, ...] = ()

    @property
    def says_ai_made(self) -> bool:
        """Whether the manifest marks the picture as made by or with a trained model, with IPTC's exact code."""
        return self.digital_source_type in AI_MADE


def read(data: bytes, *, media_type: str, anchors_pem: str, stamp_anchors_pem: str = "") -> CredentialsReport:
    """Read and validate the active manifest of a file against the roots in `anchors_pem`.

    `stamp_anchors_pem`: the roots of time-stamp authorities. They vouch for times only: the library would take them
    for signers' roots as well, so who signed is judged without them. Never raises, whatever the bytes are; what
    cannot be parsed is `invalid` with the code `manifest.unreadable`.
    """
    report = _read(data, media_type=media_type, anchors_pem=anchors_pem)
    if not stamp_anchors_pem or report.signed_at is None:
        return report
    with_stamps = _read(data, media_type=media_type, anchors_pem=anchors_pem + "\n" + stamp_anchors_pem)
    report = replace(report, stamp_trusted=with_stamps.stamp_trusted)
    if EXPIRED not in report.codes or with_stamps.state != "trusted":
        return report
    # The signer's certificate has expired since. With the stamp it holds, by our roots or by the authority's: those
    # alone must not be enough.
    by_the_authority = _read(data, media_type=media_type, anchors_pem=stamp_anchors_pem)
    return report if by_the_authority.state == "trusted" else with_stamps


def _read(data: bytes, *, media_type: str, anchors_pem: str) -> CredentialsReport:
    settings = {
        "verify": {
            "verify_after_reading": True,
            "verify_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "trust": {"trust_anchors": anchors_pem},
    }
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(media_type, io.BytesIO(data), context=context) as reader,
        ):
            store = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return CredentialsReport(state="none")
    except (c2pa.C2paError, ValueError, RecursionError):
        return CredentialsReport(state="invalid", codes=("manifest.unreadable",))
    return _report(_object(store))


def _report(store: Mapping[str, Any]) -> CredentialsReport:
    """The report of a manifest store as the library writes it; every shape in it may be a stranger's."""
    manifest = _object(_object(store.get("manifests")).get(str(store.get("active_manifest"))))
    note = next((data for label, data in _assertions(manifest) if label == ASSERTION_LABEL), {})
    signature = _object(manifest.get("signature_info"))
    return CredentialsReport(
        state=_state(store),
        codes=tuple(_failure_codes(store)),
        recipe=_object_or_none(note.get("recipe")),
        attestation=_object_or_none(note.get("attestation")),
        digital_source_type=_digital_source_type(manifest),
        signer=_text_or_none(signature.get("common_name")),
        signed_at=_text_or_none(signature.get("time")),
        stamp_trusted="timeStamp.trusted" in _success_codes(store),
        note={name: value for name, value in note.items() if name not in ("recipe", "attestation")},
        soft_bindings=tuple(_soft_bindings(manifest)),
        ingredients=tuple(_ingredients(manifest, _object(store.get("manifests")))),
    )


def _state(store: Mapping[str, Any]) -> str:
    """The library counts a stranger's signature on an ingredient against the whole; who signed this one is asked."""
    codes = _success_codes(store)
    match store.get("validation_state"):
        case "Trusted":
            return "trusted"
        case "Valid":
            is_trusted = "signingCredential.trusted" in codes and not any(_failure_codes(store))
            return "trusted" if is_trusted else "valid"
    return "invalid"


def _assertions(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in _list(manifest.get("assertions")):
        assertion = _object(entry)
        yield str(assertion.get("label")), _object(assertion.get("data"))


def _digital_source_type(manifest: Mapping[str, Any]) -> str | None:
    """What the picture comes from, by the action that drew it: `c2pa.created`, or `c2pa.edited` on an opened one."""
    for label, data in _assertions(manifest):
        if label in ACTIONS_LABELS:
            for entry in _list(data.get("actions")):
                action = _object(entry)
                if action.get("action") in ("c2pa.created", "c2pa.edited"):
                    return _text_or_none(action.get("digitalSourceType"))
    return None


def _soft_bindings(manifest: Mapping[str, Any]) -> Iterator[SoftBinding]:
    for label, data in _assertions(manifest):
        algorithm = _text_or_none(data.get("alg"))
        if not label.startswith(SOFT_BINDING_LABEL) or algorithm is None:
            continue
        for block in _list(data.get("blocks")):
            value = _bytes_or_none(_object(block).get("value"))
            if value is not None:
                yield SoftBinding(algorithm=algorithm, value=value)


def _ingredients(manifest: Mapping[str, Any], manifests: Mapping[str, Any]) -> Iterator[IngredientReport]:
    for entry in _list(manifest.get("ingredients")):
        ingredient = _object(entry)
        own = _object(manifests.get(str(ingredient.get("active_manifest"))))
        yield IngredientReport(
            title=_text_or_none(ingredient.get("title")),
            relationship=_text_or_none(ingredient.get("relationship")),
            credentials=bool(own),
            signer=_text_or_none(_object(own.get("signature_info")).get("common_name")),
            digital_source_type=_digital_source_type(own),
            codes=tuple(_failure_codes(ingredient)),
        )


def _bytes_or_none(value: object) -> bytes | None:
    """A byte string as the library writes it: base64 text, or a list of numbers."""
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
        return bytes(value) if isinstance(value, list) else None
    except (binascii.Error, ValueError, TypeError):
        return None


def _success_codes(store: Mapping[str, Any]) -> set[object]:
    active = _object(_object(store.get("validation_results")).get("activeManifest"))
    return {_object(entry).get("code") for entry in _list(active.get("success"))}


def _failure_codes(store: Mapping[str, Any]) -> Iterator[str]:
    """Of a store, or of an ingredient from when it was taken in."""
    active = _object(_object(store.get("validation_results")).get("activeManifest"))
    for entry in _list(active.get("failure")):
        code = _text_or_none(_object(entry).get("code"))
        if code is not None:
            yield code


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _object_or_none(value: object) -> dict[str, Any] | None:
    return value if isinstance(value, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None
