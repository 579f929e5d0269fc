"""REST endpoints of minting."""
