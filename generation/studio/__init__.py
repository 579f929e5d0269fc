"""The creator's studio: boards, favourites, presets, search over prompts, comparing, and its pages."""
