"""The attestation against an independent computation of EIP-712, straight from its text."""

import json
from typing import Any

import pytest
from eth_keys.datatypes import PrivateKey, Signature
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance.attestations import (
    LATEST_TIME,
    Attestation,
    document,
    from_document,
    recover,
    sign,
    typed_message,
)

FIELDS = "bytes32 pixelHash,bytes32 recipeHash,bytes32 modelHash,address creator,uint64 createdAt"
KEY = keccak(text="a key for tests only")
ADDRESS = PrivateKey(KEY).public_key.to_checksum_address()
CREATOR = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
ATTESTATION = Attestation(
    pixel_hash=keccak(text="pixels"),
    recipe_hash=keccak(text="recipe"),
    model_hash=keccak(text="model"),
    creator=CREATOR,
    created_at=1_795_000_000,
)
HASHES = st.binary(min_size=32, max_size=32)
ATTESTATIONS = st.builds(
    Attestation,
    pixel_hash=HASHES,
    recipe_hash=HASHES,
    model_hash=HASHES,
    creator=st.binary(min_size=20, max_size=20).map(lambda address: "0x" + address.hex()),
    created_at=st.integers(0, LATEST_TIME),
)


def digest_by_hand(attestation: Attestation) -> bytes:
    """keccak256(0x19 0x01 ‖ domainSeparator ‖ hashStruct(message)), EIP-712."""
    domain_type = keccak(text="EIP712Domain(string name,string version)")
    domain_separator = keccak(domain_type + keccak(text="Colophon") + keccak(text="1"))
    message = keccak(
        keccak(text=f"Attestation({FIELDS})")
        + attestation.pixel_hash
        + attestation.recipe_hash
        + attestation.model_hash
        + bytes.fromhex(attestation.creator[2:]).rjust(32, b"\0")
        + attestation.created_at.to_bytes(32)
    )
    return keccak(b"\x19\x01" + domain_separator + message)


def signed_document(attestation: Attestation = ATTESTATION) -> dict[str, Any]:
    signature = sign(attestation, private_key=KEY)
    return document(attestation, signature=signature, attester=ADDRESS)


def test_the_signature_is_over_the_digest_computed_by_hand() -> None:
    signature = sign(ATTESTATION, private_key=KEY)
    for_keys = Signature(signature[:64] + bytes([signature[64] - 27]))
    public_key = for_keys.recover_public_key_from_msg_hash(digest_by_hand(ATTESTATION))
    assert public_key == PrivateKey(KEY).public_key


def test_a_signature_made_by_hand_is_recovered() -> None:
    by_hand = PrivateKey(KEY).sign_msg_hash(digest_by_hand(ATTESTATION)).to_bytes()
    assert recover(ATTESTATION, by_hand[:64] + bytes([by_hand[64] + 27])) == ADDRESS


def test_type_hashes_domain_and_digest_equal_those_of_another_implementation() -> None:
    # Computed with npm ethers 6.
    assert keccak(text=f"Attestation({FIELDS})").hex() == (
        "9bd006d0e86d9c4c77b378eecf72798e46c5d550913ab67c36bab9a0f613539e"
    )
    message = typed_message(ATTESTATION)
    assert message.header.hex() == "6d4937007aa2a1f2fdc45f36e54b183e7484725228c728e65d9bafbe149c6e17"
    digest = keccak(b"\x19\x01" + message.header + message.body)
    assert digest.hex() == "214a6740ee0a91b84b1adcc1d83a44dbd0a1e436c7292ac3a9ef7787691509ea"
    assert digest == digest_by_hand(ATTESTATION)


@settings(max_examples=30)
@given(ATTESTATIONS)
def test_a_document_comes_back_through_json_and_names_its_signer(attestation: Attestation) -> None:
    found, signature, attester = from_document(json.loads(json.dumps(signed_document(attestation))))
    assert (found.pixel_hash, found.recipe_hash, found.model_hash, found.created_at) == (
        attestation.pixel_hash,
        attestation.recipe_hash,
        attestation.model_hash,
        attestation.created_at,
    )
    assert found.creator.lower() == attestation.creator
    assert recover(found, signature) == attester == ADDRESS


def test_another_field_means_another_signer() -> None:
    signature = sign(ATTESTATION, private_key=KEY)
    changed = Attestation(**{**vars(ATTESTATION), "created_at": ATTESTATION.created_at + 1})
    assert recover(changed, signature) != ADDRESS


def test_the_second_signature_that_fits_the_curve_is_refused() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    signature = sign(ATTESTATION, private_key=KEY)
    high_s = (order - int.from_bytes(signature[32:64])).to_bytes(32)
    with pytest.raises(ValueError, match="malformed"):
        recover(ATTESTATION, signature[:32] + high_s + bytes([55 - signature[64]]))


@pytest.mark.parametrize(
    "signature", [b"", b"\x01" * 64, b"\x00" * 64 + b"\x1b", b"\xff" * 65, b"\x01" * 64 + b"\x00"]
)
def test_a_malformed_signature_is_a_value_error(signature: bytes) -> None:
    with pytest.raises(ValueError, match="malformed"):
        recover(ATTESTATION, signature)


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in signed_document().items() if key != name}


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "text",
        None,
        _without("signature"),
        _without("domain"),
        {**signed_document(), "superfluous": 1},
        {**signed_document(), "domain": {"name": "Colophon", "version": "2"}},
        {**signed_document(), "message": []},
        {**signed_document(), "signature": 5},
        {**signed_document(), "attester": "nobody"},
        {**signed_document(), "attester": ADDRESS.lower()},
        *(
            {**signed_document(), "message": {**signed_document()["message"], **change}}
            for change in (
                {"createdAt": "1_0"},
                {"createdAt": 10},
                {"createdAt": "-1"},
                {"createdAt": "9" * 30},
                {"createdAt": "9" * 9000},
                {"pixelHash": "0x00"},
                {"pixelHash": "0x" + "AB" * 32},
                {"creator": "0x0"},
                {"creator": None},
            )
        ),
    ],
)
def test_what_is_not_exactly_a_document_is_a_value_error(value: Any) -> None:  # noqa: ANN401 - any JSON
    with pytest.raises(ValueError, match="not an attestation document"):
        from_document(value)
