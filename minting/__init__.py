"""Works to tokens: contracts, chain client, transaction engine."""
