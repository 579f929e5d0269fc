"""The transaction engine: from waiting mints to final tokens, exactly once (laws 1 to 5).

`drive` runs one round for each chain: look for receipts, give waiting mints a nonce, sign and store, send,
look again. Every step reads its work from Postgres, so a crash between any two is continued by the next round.
"""
