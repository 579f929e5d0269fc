"""REST conventions: keys and scopes, problem+json, idempotency, cursors, throttles, schema."""
