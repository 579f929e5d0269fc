"""The engine: diffusers pipelines. Only the GPU worker imports what is in here (law 6); this file imports no part."""

import os

# Before any module of this package imports torch, whose libraries read these when they are loaded.
# cuBLAS is deterministic only with a fixed workspace.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
# Threads that wait for each other in a long loop starve everything else on a small machine (9 s for a picture of
# 1 s). Those that sleep at once are woken so often that two draw slower than one (docs/performance.md): a short loop.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

ENGINE_VERSION = "colophon-engine/2"
"""named in every recipe; changes when this package would draw other pixels from the same recipe"""
