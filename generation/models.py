"""Everything that `generation` keeps in the database, gathered for Django from the rooms where it stands."""

from generation.queue_models import Allowance, Priority, StepTime, Turn, Worker
from generation.studio.models import Board, BoardWork, Favourite, Preset
from generation.tables.adapters import Adapter
from generation.tables.diffusion_models import DiffusionModel
from generation.tables.files import StoredFile
from generation.tables.images import SourceImage, WorkParent
from generation.tables.jobs import Job
from generation.tables.likeness import PerceptualHash, Resemblance
from generation.tables.outside import Pin, TimeStamp
from generation.tables.prompting import PromptRule, Wildcard
from generation.tables.reruns import Rerun, RerunRecord, Trajectory
from generation.tables.works import Work

__all__ = [
    "Adapter",
    "Allowance",
    "Board",
    "BoardWork",
    "DiffusionModel",
    "Favourite",
    "Job",
    "PerceptualHash",
    "Pin",
    "Preset",
    "Priority",
    "PromptRule",
    "Rerun",
    "RerunRecord",
    "Resemblance",
    "SourceImage",
    "StepTime",
    "StoredFile",
    "TimeStamp",
    "Trajectory",
    "Turn",
    "Wildcard",
    "Work",
    "WorkParent",
    "Worker",
]
