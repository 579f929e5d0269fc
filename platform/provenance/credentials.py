"""Content Credentials (C2PA) in the file itself: AI-made, by whom signed, and with the recipe inside (law 7).

Signing is not deterministic (fresh identifiers, a fresh ECDSA nonce): a file is signed once, and the bytes that came
out are stored and hashed. Reading trusts nothing: remote manifests and revocation servers are never fetched.
"""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import c2pa

from provenance.certificates import ClaimSigner

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
ASSERTION_LABEL = "org.colophon.generation"
"""our own assertion: `{"recipe": …, "attestation": …}` as JSON"""
TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""IPTC's code for what a trained model made; the C2PA library accepts any address here, so reading compares it"""
GENERATOR = {"name": "Colophon", "version": "1"}

_SIGNING = {
    # A thumbnail would add 140 KB to every file and nothing to the proof.
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_after_sign": True, "verify_trust": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


class CredentialsNotEmbedded(RuntimeError):
    """The manifest could not be made, signed or written; the message gives the library's reason."""


@dataclass(frozen=True, kw_only=True)
class CredentialsReport:
    """What a file's active manifest says, and whether it holds.

    `state`: `none` (no manifest), `invalid` (altered, broken or expired), `valid` (intact, but signed by somebody
    whose root we do not trust), `trusted`. `codes` are C2PA's own failure codes, an untrusted signer's included.
    `recipe` and `attestation` are as found, checked by nobody yet. `signed_at` is the time-stamp authority's RFC 3339
    time, None when there is no time-stamp: an unstamped manifest does not prove when it was signed.
    """

    state: str
    codes: tuple[str, ...] = ()
    recipe: dict[str, Any] | None = None
    attestation: dict[str, Any] | None = None
    digital_source_type: str | None = None
    signer: str | None = None
    signed_at: str | None = None

    @property
    def says_ai_made(self) -> bool:
        """Whether the manifest marks the picture as made by a trained model, with IPTC's exact code."""
        return self.digital_source_type == TRAINED_ALGORITHMIC_MEDIA


def embed(
    data: bytes,
    *,
    media_type: str,
    recipe: Mapping[str, Any],
    attestation_document: Mapping[str, Any],
    title: str,
    signer: ClaimSigner,
) -> bytes:
    """The same picture with a signed manifest inside; pixels are untouched.

    `data` is a whole PNG, JPEG or WebP file. Two calls never give the same bytes. With a time-stamp authority the
    call waits for its answer. Raises CredentialsNotEmbedded.
    """
    if media_type not in MEDIA_TYPES:
        raise CredentialsNotEmbedded(f"{media_type} is not one of {', '.join(MEDIA_TYPES)}.")
    manifest = _manifest(title=title, media_type=media_type, recipe=recipe, attestation=attestation_document)
    signed = io.BytesIO()
    try:
        with (
            c2pa.Context.from_dict(_SIGNING) as context,
            c2pa.Signer.from_info(_signer_info(signer)) as claim_signer,
            c2pa.Builder(manifest, context=context) as builder,
        ):
            builder.sign(claim_signer, media_type, io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        raise CredentialsNotEmbedded(f"the content credentials could not be embedded: {error}") from error
    return signed.getvalue()


def read(data: bytes, *, media_type: str, anchors_pem: str) -> CredentialsReport:
    """Read and validate the active manifest of a file against the roots in `anchors_pem`.

    Never raises, whatever the bytes are; what cannot be parsed is `invalid` with the code `manifest.unreadable`.
    """
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


def _manifest(
    *, title: str, media_type: str, recipe: Mapping[str, Any], attestation: Mapping[str, Any]
) -> dict[str, Any]:
    """The manifest definition. `created` assertions are those the signer itself vouches for."""
    created = {
        "action": "c2pa.created",
        "digitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        "softwareAgent": GENERATOR,
    }
    return {
        "claim_generator_info": [GENERATOR],
        "title": title,
        "format": media_type,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}, "created": True},
            {
                "label": ASSERTION_LABEL,
                "kind": "Json",
                "data": {"recipe": recipe, "attestation": attestation},
                "created": True,
            },
        ],
    }


def _signer_info(signer: ClaimSigner) -> c2pa.C2paSignerInfo:
    return c2pa.C2paSignerInfo(
        c2pa.C2paSigningAlg.ES256, signer.chain_pem.encode(), signer.key_pem.encode(), signer.timestamp_url
    )


def _report(store: Mapping[str, Any]) -> CredentialsReport:
    """The report of a manifest store as the library writes it; every shape in it may be a stranger's."""
    manifest = _object(_object(store.get("manifests")).get(str(store.get("active_manifest"))))
    note = next((data for label, data in _assertions(manifest) if label == ASSERTION_LABEL), {})
    signature = _object(manifest.get("signature_info"))
    states = {"Trusted": "trusted", "Valid": "valid"}
    return CredentialsReport(
        state=states.get(str(store.get("validation_state")), "invalid"),
        codes=tuple(_failure_codes(store)),
        recipe=_object_or_none(note.get("recipe")),
        attestation=_object_or_none(note.get("attestation")),
        digital_source_type=_digital_source_type(manifest),
        signer=_text_or_none(signature.get("common_name")),
        signed_at=_text_or_none(signature.get("time")),
    )


def _assertions(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for entry in _list(manifest.get("assertions")):
        assertion = _object(entry)
        yield str(assertion.get("label")), _object(assertion.get("data"))


def _digital_source_type(manifest: Mapping[str, Any]) -> str | None:
    """What the `c2pa.created` action says the picture comes from."""
    for label, data in _assertions(manifest):
        if label in ("c2pa.actions", "c2pa.actions.v2"):
            for entry in _list(data.get("actions")):
                action = _object(entry)
                if action.get("action") == "c2pa.created":
                    return _text_or_none(action.get("digitalSourceType"))
    return None


def _failure_codes(store: Mapping[str, Any]) -> Iterator[str]:
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
