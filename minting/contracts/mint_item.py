"""The contract's `MintItem`: one work to mint, as its functions take it."""

from provenance.attestations import Attestation

HIGHEST_BIT = 1 << 255


def attestation_fields(attestation: Attestation) -> tuple[object, ...]:
    """The contract's `Attestation`, in its order."""
    return (
        attestation.pixel_hash,
        attestation.recipe_hash,
        attestation.model_hash,
        attestation.creator,
        attestation.created_at,
    )


def compact_signature(signature: bytes) -> tuple[bytes, bytes]:
    """65 bytes `r ‖ s ‖ v` in two words (EIP-2098): r, and s with the parity of v in its highest bit.

    Raises ValueError for another length, a v that is neither 27 nor 28, and an s that needs the highest bit itself.
    """
    s = int.from_bytes(signature[32:64])
    if len(signature) != 65 or signature[64] not in (27, 28) or s >= HIGHEST_BIT:
        raise ValueError("the signature is malformed: 65 bytes r ‖ s ‖ v, a low s, v 27 or 28")
    return signature[:32], (s | (HIGHEST_BIT if signature[64] == 28 else 0)).to_bytes(32)


def mint_item(
    *, content_hash: bytes, metadata_hash: bytes, to: str, attestation: Attestation, signature: bytes
) -> tuple[object, ...]:
    """The contract's `MintItem`, in its order. `signature` is the attester's 65 bytes.

    Raises ValueError when the signature is malformed.
    """
    return (content_hash, metadata_hash, to, attestation_fields(attestation), compact_signature(signature))
