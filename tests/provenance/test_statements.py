"""Statements beside the attestation: signed, read again, and refused when anything about them was changed."""

import copy
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from provenance import attestations, reruns, statements
from provenance.digests import to_hex
from provenance.trajectories import TRAJECTORY

KEY = b"\x42" * 32
HASHES = st.binary(min_size=32, max_size=32).map(to_hex)
VALUES = {
    "bytes32": HASHES,
    "uint32": st.integers(0, 2**32 - 1).map(str),
    "uint64": st.integers(0, 2**64 - 1).map(str),
    "bool": st.booleans(),
    "string": st.text(max_size=20),
}


def message_of(data: st.DataObject, kind: statements.Kind) -> dict[str, Any]:
    return {name: data.draw(VALUES[solidity]) for name, solidity in kind.fields}


def a_trajectory() -> dict[str, Any]:
    message = {"attestation": "0x" + "11" * 32, "renderHash": "0x" + "22" * 32, "root": "0x" + "33" * 32}
    return statements.signed_document(TRAJECTORY, {**message, "leaves": "4"}, private_key=KEY)


@examples(max_examples=15, deadline=None)
@given(st.sampled_from([TRAJECTORY, reruns.REEXECUTION, reruns.AUDIT]), st.data())
def test_what_is_signed_is_read_again_and_genuine(kind: statements.Kind, data: st.DataObject) -> None:
    message = message_of(data, kind)
    read = statements.read_document(kind, statements.signed_document(kind, message, private_key=KEY))
    assert read.message == message
    assert read.is_genuine
    assert read.signer == Account.from_key(KEY).address


def test_the_signature_is_of_the_eip_712_message() -> None:
    document = a_trajectory()
    whole = {
        "domain": document["domain"],
        "primaryType": "Trajectory",
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
            **document["types"],
        },
        "message": {**document["message"], "leaves": 4},
    }
    recovered = Account.recover_message(encode_typed_data(full_message=whole), signature=document["signature"])
    assert recovered == document["attester"]


@pytest.mark.parametrize("field", ["attestation", "renderHash", "root"])
def test_a_changed_field_is_somebody_elses_signature(field: str) -> None:
    document = copy.deepcopy(a_trajectory())
    document["message"][field] = "0x" + "99" * 32
    assert not statements.read_document(TRAJECTORY, document).is_genuine


def test_another_named_key_is_not_genuine() -> None:
    document = {**a_trajectory(), "attester": Account.from_key(b"\x43" * 32).address}
    assert not statements.read_document(TRAJECTORY, document).is_genuine


@pytest.mark.parametrize(
    "change",
    [
        {"domain": {"name": "Colophon", "version": "2"}},
        {"primary_type": "Audit"},
        {"types": {}},
        {"message": {}},
        {"signature": "0x00"},
        {"more": 1},
    ],
)
def test_what_is_no_such_document_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"signature|document"):
        statements.read_document(TRAJECTORY, {**a_trajectory(), **change})


@pytest.mark.parametrize("value", [None, 7, [], {}])
def test_what_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a document"):
        statements.read_document(TRAJECTORY, value)


@pytest.mark.parametrize("leaves", ["-1", str(2**32), "four"])
def test_a_number_that_does_not_fit_is_not_signed(leaves: str) -> None:
    message = {**a_trajectory()["message"], "leaves": leaves}
    with pytest.raises(ValueError, match=r"fit|invalid"):
        statements.signed_document(TRAJECTORY, message, private_key=KEY)


def test_an_attestation_is_named_by_what_its_attester_signed() -> None:
    attestation = attestations.Attestation(
        pixel_hash=b"\x01" * 32,
        recipe_hash=b"\x02" * 32,
        model_hash=b"\x03" * 32,
        creator=attestations.NO_CREATOR,
        created_at=7,
    )
    signature = attestations.sign(attestation, private_key=KEY)
    digest = statements.attestation_digest(attestation)
    # What the digest is of is seen from the other side: the key is recovered from it and the signature.
    assert Account._recover_hash(digest, signature=signature) == Account.from_key(KEY).address


def test_numbers_are_written_bounded() -> None:
    assert [reruns.psnr_hundredths(each) for each in (float("inf"), 41.237, -3.0, 400.0)] == [10_000, 4124, 0, 10_000]
    assert [reruns.error_billionths(each) for each in (0.0, 1.5e-9, float("inf"), float("nan"))] == [
        0,
        2,
        10**12,
        10**12,
    ]
