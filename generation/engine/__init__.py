"""The engine: diffusers pipelines. Only the GPU worker imports what is in here (law 6); this file imports nothing."""

ENGINE_VERSION = "colophon-engine/2"
"""named in every recipe; changes when this package would draw other pixels from the same recipe"""
