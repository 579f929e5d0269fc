"""How a model is loaded and drawn with: columns of DiffusionModel."""

from django.db import models


class LoadingSettings(models.Model):
    """What a model's configuration decides besides its files. All that changes pixels is named in recipes (law 9)."""

    class Dtype(models.TextChoices):
        AUTO = "auto", "as TORCH_DTYPE says"
        FLOAT32 = "float32", "float32"
        FLOAT16 = "float16", "float16"
        BFLOAT16 = "bfloat16", "bfloat16"

    class Attention(models.TextChoices):
        AUTO = "auto", "as the pipeline comes"
        SDPA = "sdpa", "scaled dot product attention"
        EAGER = "eager", "written out"
        SLICED = "sliced", "in slices, for little memory"

    class Offload(models.TextChoices):
        NONE = "none", "all on the device"
        MODEL = "model", "one network at a time on the device"
        SEQUENTIAL = "sequential", "one layer at a time on the device"

    class ImageChecker(models.TextChoices):
        PIPELINE = "pipeline", "the pipeline's own safety checker, where it has one"
        NONE = "none", "none"

    dtype = models.CharField(max_length=10, choices=Dtype.choices, default=Dtype.AUTO, db_default="auto")
    attention = models.CharField(max_length=10, choices=Attention.choices, default=Attention.AUTO, db_default="auto")
    channels_last = models.BooleanField(default=False, db_default=False)
    compile = models.BooleanField(default=False, db_default=False, help_text="torch.compile of the denoiser")
    offload = models.CharField(max_length=10, choices=Offload.choices, default=Offload.NONE, db_default="none")
    image_checker = models.CharField(
        max_length=10, choices=ImageChecker.choices, default=ImageChecker.PIPELINE, db_default="pipeline"
    )
    prompt_rules = models.BooleanField(default=True, db_default=True, help_text="whether prompt rules apply")

    config = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="folder that configures a single file"
    )
    pipeline_class = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="empty until its files are here"
    )
    takes_negative_prompt = models.BooleanField(default=True, db_default=True)
    has_image_checker = models.BooleanField(default=False, db_default=False)

    configured = models.BooleanField(default=True, db_default=True, help_text="named in GENERATION_MODELS")
    switched_off = models.BooleanField(default=False, db_default=False, help_text="by an operator")
    warming_requested_at = models.DateTimeField(null=True, blank=True)
    loaded_at = models.DateTimeField(null=True, blank=True, help_text="when a worker last loaded it")
    load_error = models.TextField(blank=True, default="", db_default="", help_text="why the last loading failed")

    class Meta:
        abstract = True
