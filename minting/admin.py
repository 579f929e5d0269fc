"""The admin panel of minting."""
