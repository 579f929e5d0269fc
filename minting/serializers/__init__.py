"""Shapes of minting in JSON."""
