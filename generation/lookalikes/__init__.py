"""Works that look like a picture: found by perceptual hashes, confirmed by comparing the pictures themselves."""

from generation.lookalikes.searching import Match, look_alikes

__all__ = ["Match", "look_alikes"]
