"""Pages of minting."""
