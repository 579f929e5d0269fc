"""The prompt line and its choices. Types only: the rules are the service's."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser

from accounts.models import Person
from generation import prompts
from generation.models import Adapter, DiffusionModel, Job, Priority
from generation.modes import Mode
from generation.publishing.encoding import DEFAULT_QUALITY, LEAST_QUALITY
from generation.quotas import best_priority
from generation.studio.shapes import SHAPES, size_of

ADAPTER = "adapter-"
"""begins the names of the fields that hold adapters' weights"""
COUNTS = [(1, "1 picture"), (2, "2 pictures"), (4, "4 pictures"), (8, "8 pictures")]

DEADLINES = [("", "No deadline"), (300, "5 minutes"), (1800, "30 minutes"), (7200, "2 hours")]
"""in seconds"""
FILES = ("picture", "mask")
"""fields for files, which become uploads before the line is sent on"""
FORMATS = [(Job.Format.PNG, "PNG"), (Job.Format.JPEG, "JPEG"), (Job.Format.WEBP, "WebP")]


class PromptForm(forms.Form):
    """What `generation.services.submit_job` takes; what is left empty takes the model's default.

    `shape` is a size by name; width and height, when they are given, say it themselves. `is_draft`: filled in with
    what was sent before signing in.
    """

    is_draft = False

    prompt = forms.CharField(
        label="Describe a picture",
        max_length=prompts.MAX_LENGTH,
        widget=forms.Textarea(
            attrs={
                "rows": 1,
                "dir": "auto",
                "placeholder": "A gold sun over teal waves",
                "data-send-on-enter": "",
                "enterkeyhint": "go",
            }
        ),
        error_messages={
            "required": "Describe the picture first: a few words are enough.",
            "max_length": f"This has more than {prompts.MAX_LENGTH} characters. Shorten it; nothing was lost.",
        },
    )
    model = forms.ChoiceField(required=False)
    count = forms.TypedChoiceField(coerce=int, choices=COUNTS, required=False, initial=1)
    shape = forms.ChoiceField(
        required=False, choices=[("", "Usual shape"), *((name, words) for name, (words, _) in SHAPES.items())]
    )
    negative_prompt = forms.CharField(
        required=False, max_length=prompts.MAX_LENGTH, label="What should not be in it", widget=forms.TextInput
    )
    width = forms.IntegerField(required=False, min_value=1, help_text="pixels")
    height = forms.IntegerField(required=False, min_value=1, help_text="pixels")
    steps = forms.IntegerField(required=False, min_value=1, help_text="more steps, more time")
    guidance_scale = forms.DecimalField(required=False, label="Guidance", help_text="how closely to follow the words")
    seed = forms.IntegerField(required=False, min_value=0, help_text="same seed and recipe, same picture")
    format = forms.ChoiceField(
        required=False, label="File", choices=FORMATS, initial=Job.Format.PNG, help_text="PNG keeps every pixel"
    )
    quality = forms.IntegerField(required=False, min_value=1, help_text=f"of JPEG and WebP, {LEAST_QUALITY} to 100")
    cancel_after = forms.TypedChoiceField(
        required=False,
        label="Give up after",
        choices=DEADLINES,
        coerce=int,
        empty_value=None,
        help_text="pictures that are done by then are kept",
    )
    picture = forms.FileField(
        required=False, allow_empty_file=True, label="Begin from a picture of yours", help_text="only you see it"
    )
    mask = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="Change it only in places",
        help_text="a picture that is light there and dark elsewhere",
    )
    priority = forms.ChoiceField(
        required=False, label="Place in the queue", help_text="a better class is served first"
    )
    strength = forms.DecimalField(required=False, help_text="how much of that picture changes, 0 to 1")
    init_image = forms.UUIDField(required=False)
    init_work = forms.UUIDField(required=False)
    mask_image = forms.UUIDField(required=False)
    prompt_weighting = forms.BooleanField(
        required=False, label="Weigh the words", help_text="(teal)1.4 then counts for more, waves-- for less."
    )
    private_prompt = forms.BooleanField(
        required=False,
        label="Keep the words private",
        help_text="The recipe then holds a sealed commitment in their place.",
    )

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - Form's own
        models: list[DiffusionModel],
        person: Person | AnonymousUser,
        **kwargs: Any,  # noqa: ANN401 - Form's own
    ) -> None:
        super().__init__(*args, **kwargs)
        self.models = models
        self._offer_classes(person)
        self.adapters = list(Adapter.objects.filter(enabled=True))
        for adapter in self.adapters:
            self.fields[f"{ADAPTER}{adapter.slug}"] = forms.DecimalField(
                required=False, label=f"Adapter {adapter.name}", help_text="its weight, as 0.8; empty: not used"
            )
        field = self.fields["model"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(model.slug, model.name) for model in models]
        if models:
            default = models[0]
            hints = {
                "width": default.default_width,
                "height": default.default_height,
                "steps": default.default_steps,
                "guidance_scale": f"{default.default_guidance_scale.normalize():f}",
                "seed": "chosen for you",
                "quality": DEFAULT_QUALITY,
            }
            for name, hint in hints.items():
                self.fields[name].widget.attrs["placeholder"] = hint

    def _offer_classes(self, person: Person | AnonymousUser) -> None:
        """The classes of the queue, where a better one than usual is open; to others there is nothing to say."""
        best = Priority.NORMAL if isinstance(person, AnonymousUser) else best_priority(person=person)
        if best >= Priority.NORMAL:
            del self.fields["priority"]
            return
        field = self.fields["priority"]
        assert isinstance(field, forms.ChoiceField)
        others = [each for each in Priority if each >= best and each != Priority.NORMAL]
        field.choices = [("", "Usual"), *((each.name.lower(), each.label.capitalize()) for each in others)]

    def clean_count(self) -> int:
        """One picture when the choice is left out."""
        return self.cleaned_data["count"] or 1

    def adapter_fields(self) -> list[forms.BoundField]:
        """The weights of the adapters that there are."""
        return [self[f"{ADAPTER}{adapter.slug}"] for adapter in self.adapters]

    def start_fields(self) -> list[forms.BoundField]:
        """What names pictures that are here already."""
        return [self[name] for name in ("init_image", "init_work", "mask_image")]

    def request(self) -> dict[str, Any]:
        """The valid form as `submit_job` takes it."""
        wish = {**self.cleaned_data, "model": self.cleaned_data["model"] or None}
        for name in FILES:
            wish.pop(name, None)
        shape = wish.pop("shape")
        wish["output_format"] = wish.pop("format") or Job.Format.PNG
        wish["output_quality"] = wish.pop("quality")
        wish["priority"] = wish.pop("priority", "") or None
        seconds = wish.pop("cancel_after")
        wish["cancel_after"] = timedelta(seconds=seconds) if seconds else None
        weights = {adapter.slug: wish.pop(f"{ADAPTER}{adapter.slug}") for adapter in self.adapters}
        wish["adapters"] = [{"adapter": slug, "weight": weight} for slug, weight in weights.items() if weight]
        model = next((model for model in self.models if wish["model"] in {None, model.slug}), None)
        if shape and model and wish["width"] is None and wish["height"] is None:
            wish["width"], wish["height"] = size_of(shape, model=model)
        return wish


def choices_of(job: Job, *, seed: int | None) -> dict[str, object]:
    """The prompt line filled in to make a picture of this job again, or, without the seed, one much like it."""
    return {
        "prompt": job.prompt,
        "negative_prompt": job.negative_prompt,
        "model": job.model.slug,
        "seed": seed,
        "steps": _unless(job.steps, job.model.default_steps),
        "guidance_scale": _unless(
            f"{job.guidance_scale.normalize():f}", f"{job.model.default_guidance_scale.normalize():f}"
        ),
        **_size_choices(job),
        "format": job.output_format,
        "quality": _unless(job.output_quality, DEFAULT_QUALITY),
        "prompt_weighting": job.prompt_weighting,
        "private_prompt": job.private_prompt,
        **{f"{ADAPTER}{use['adapter']}": use["weight"] for use in job.adapters},
        **_start_choices(job),
        "count": 1,
    }


def _start_choices(job: Job) -> dict[str, object]:
    """The pictures that it began from. (A variation or an enlargement is asked for by a button of its own.)"""
    if job.mode not in {Mode.IMAGE_TO_IMAGE, Mode.INPAINTING}:
        return {}
    strength = None if job.strength is None else f"{job.strength.normalize():f}"
    return {
        "init_image": job.init_image_id,
        "init_work": job.init_work_id,
        "mask_image": job.mask_image_id,
        "strength": strength,
    }


def _unless(value: object, usual: object) -> object:
    """What must be filled in: nothing, when the model does the same by itself."""
    return None if value == usual else value


def _size_choices(job: Job) -> dict[str, object]:
    size, model = (job.width, job.height), job.model
    if size == (model.default_width, model.default_height):
        return {}
    for shape in SHAPES:
        if size_of(shape, model=model) == size:
            return {"shape": shape}
    return {"width": job.width, "height": job.height}
