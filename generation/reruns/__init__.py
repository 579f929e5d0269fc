"""Running recipes again: whole, or one step of them, by the queue's workers; docs/REPRODUCE.md says what it shows."""
