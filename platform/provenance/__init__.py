"""Digests, CIDs, canonical JSON, EIP-712 and C2PA: pure functions, no Django models."""
