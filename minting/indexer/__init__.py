"""The index: what the chain's logs say of our collections, kept in tables that the chain alone can rebuild."""
