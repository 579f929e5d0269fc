"""`python -m bench.bare FOLDER THREADS`: a bare diffusers loop in a process of its own, with nothing of Colophon.

Each line of its input, as JSON, has the prompts of each call and the model's settings, and is answered by an empty
line when they are drawn. `bench.engine` compares with it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

OURS = ("CUBLAS_WORKSPACE_CONFIG", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY", "OMP_NUM_THREADS")
"""what the engine sets for itself"""


class Bare:
    """The process, seen from the bench."""

    def __init__(self, folder: str, *, threads: int) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.bare", folder, str(threads)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def draw(self, *, prompts: list[list[str]], settings: Mapping[str, object]) -> None:
        """Draw each list of prompts in one call."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps({"prompts": prompts, "settings": settings}), file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "\n"


def main() -> None:
    """What anybody would write."""
    import torch
    from diffusers import StableDiffusionPipeline

    torch.set_num_threads(int(sys.argv[2]))
    pipeline = StableDiffusionPipeline.from_pretrained(sys.argv[1])  # type: ignore[no-untyped-call]  # diffusers has no types
    pipeline.set_progress_bar_config(disable=True)
    for line in sys.stdin:
        asked, seed = json.loads(line), 0
        for prompts in asked["prompts"]:
            generators = [torch.Generator("cpu").manual_seed(seed + place) for place in range(len(prompts))]
            seed += len(prompts)
            assert len(pipeline(prompt=prompts, generator=generators, **asked["settings"]).images) == len(prompts)
        print(flush=True)


if __name__ == "__main__":
    main()
