"""Works and their notes on IPFS: addresses that gateways know, and pins at a Kubo node."""
