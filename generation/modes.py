"""How a picture comes about. Without Django's registry, so that the engine can be used by itself."""

from django.db.models import TextChoices


class Mode(TextChoices):
    """What a job asks of its model."""

    TEXT_TO_IMAGE = "text_to_image", "from the words"
    IMAGE_TO_IMAGE = "image_to_image", "from a picture and the words"
    INPAINTING = "inpainting", "a part of a picture anew"
    VARIATION = "variation", "a variation of a work"
    UPSCALE = "upscale", "an enlargement of a work"
