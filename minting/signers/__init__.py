"""Who signs transactions: one interface, and behind it a key file, a keystore, a Web3Signer or a cloud's KMS."""

from minting.signers.interface import SignedTransaction, Signer
from minting.signers.local import KeyFileSigner
from minting.signers.pool import attester_address, platform_signer, signers_for

__all__ = ["KeyFileSigner", "SignedTransaction", "Signer", "attester_address", "platform_signer", "signers_for"]
