"""Trains the starter model, stage by stage: `python -m generation.starter.train` runs all of them.

Every long stage keeps a checkpoint in the folder and goes on from it, with the minutes counted over all of its runs;
asking for more minutes than were used trains further.
"""

from __future__ import annotations

import argparse
import logging
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from generation.starter.drawing.facts import MIXES
from generation.starter.logs import log_to
from generation.starter.parallel import launch

logger = logging.getLogger(__name__)


def run_tokenizer(options: argparse.Namespace) -> None:
    """Learn the vocabulary."""
    from generation.starter.tokenizer import build_tokenizer
    from generation.starter.warm_start import take_tokenizer

    if options.start_from:
        take_tokenizer(options.start_from, options.folder)
    else:
        build_tokenizer(options.folder / "tokenizer")


def run_unet(options: argparse.Namespace) -> None:
    """Train UNet and text encoder."""
    from generation.starter.unet_training import UnetRun, work

    run = UnetRun(
        options.folder,
        options.unet_minutes,
        start_from=options.start_from,
        rate=options.unet_rate,
        first_seed=options.first_seed,
        mix=MIXES[options.mix],
    )
    launch(work, options.processes, run)


def run_decoder(options: argparse.Namespace) -> None:
    """Train the decoder on clean and noisy latents."""
    from generation.starter.decoder_training import DecoderRun, work

    start, seed = options.start_from, options.first_seed
    run = DecoderRun(
        options.folder, options.decoder_minutes, start_from=start, first_seed=seed, rate=options.decoder_rate
    )
    launch(work, options.processes, run)


def run_mend(options: argparse.Namespace) -> None:
    """Train the decoder further, on what the UNet makes of the latents."""
    from generation.starter.decoder_training import DecoderRun, work

    before = options.decoder_minutes
    run = DecoderRun(
        options.folder,
        before + options.mend_minutes,
        since=before,
        repainted=0.75,
        rate=0.8 * options.decoder_rate,
        start_from=options.start_from,
        first_seed=options.first_seed,
    )
    launch(work, options.processes, run)


def run_blend(options: argparse.Namespace) -> None:
    """Average the mended decoder with the one it started from, if any."""
    from generation.starter.decoder_training import blend

    if options.start_from:
        blend(options.folder, options.start_from)


def run_classifier(options: argparse.Namespace) -> None:
    """Train the classifier that grades motifs."""
    from generation.starter.classifier import train_classifier

    logger.info("classifier accuracy %.3f", train_classifier(options.folder, options.classifier_steps))


def run_export(options: argparse.Namespace) -> None:
    """Write the pipeline folder."""
    from generation.starter.shipping import export

    logger.info("%s holds %d bytes", options.target, export(options.folder, options.target))


def run_evaluate(options: argparse.Namespace) -> None:
    """Grade the pipeline folder; write its sheet, log and card."""
    import torch

    from generation.starter.report import report

    torch.set_num_threads(options.processes)
    command = options.command or shlex.join(["python", "-m", "generation.starter.train", *sys.argv[1:]])
    report(options.folder, options.target, command, options.start_from)


STAGES: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "tokenizer": run_tokenizer,
    "unet": run_unet,
    "decoder": run_decoder,
    "mend": run_mend,
    "blend": run_blend,
    "classifier": run_classifier,
    "export": run_export,
    "evaluate": run_evaluate,
}


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    stages = "\n".join(f"  {name:<11}{(stage.__doc__ or '').strip()}" for name, stage in STAGES.items())
    parser = argparse.ArgumentParser(
        prog="python -m generation.starter.train",
        description=f"{__doc__}\nstages:\n{stages}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("stages", nargs="*", help="stages to run, in order; all when none is named")
    parser.add_argument(
        "--folder", type=Path, default=Path("var/starter"), help="where checkpoints and logs are kept"
    )
    parser.add_argument("--target", type=Path, default=Path(__file__).parent / "model", help="where the model goes")
    parser.add_argument("--processes", type=int, default=2, help="training processes, one thread each")
    parser.add_argument("--start-from", type=Path, help="exported model to go on from")
    parser.add_argument("--first-seed", type=int, default=0, help="of the first picture; another one for each run")
    parser.add_argument("--unet-minutes", type=float, default=100)
    parser.add_argument("--unet-rate", type=float, default=1.0, help="share of the usual learning rate")
    parser.add_argument("--mix", choices=sorted(MIXES), default="even", help="what the UNet's pictures show most")
    parser.add_argument("--decoder-minutes", type=float, default=10)
    parser.add_argument("--decoder-rate", type=float, default=1.0, help="share of the usual learning rate")
    parser.add_argument("--mend-minutes", type=float, default=12)
    parser.add_argument("--classifier-steps", type=int, default=1000)
    parser.add_argument("--command", default="", help="the command to name in the log, if the stages ran one by one")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.stages if name not in STAGES]:
        parser.error(f"no such stage: {', '.join(unknown)}")
    return options


def main() -> None:
    """Run the stages."""
    options = parse()
    for stage in options.stages or list(STAGES):
        log_to(options.folder / f"{stage}.log")
        STAGES[stage](options)


if __name__ == "__main__":
    main()
