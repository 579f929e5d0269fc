"""Prompts to pictures: models, queue, engine (diffusers), works."""
