"""People, wallets and Sign-In with Ethereum."""
