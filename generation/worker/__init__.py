"""A GPU worker: it claims jobs, draws them with whoever may share their batch, and keeps its promises meanwhile."""

from generation.worker.running import run_waiting_jobs, warm_up

__all__ = ["run_waiting_jobs", "warm_up"]
