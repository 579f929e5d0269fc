"""Examples in the API's schema; a test checks them against it."""

from drf_spectacular.utils import OpenApiExample

_JOB = "0199c0de-0000-7000-8000-000000000001"
_API = f"https://colophon.example/api/v1/jobs/{_JOB}"

JOB = [
    OpenApiExample("A prompt is enough", value={"prompt": "a teal sun over navy waves"}, request_only=True),
    OpenApiExample(
        "Everything that can be chosen",
        value={
            "prompt": "a teal sun over navy waves",
            "negative_prompt": "people",
            "model": "starter",
            "seed": 7,
            "steps": 20,
            "guidance_scale": 2.5,
            "width": 256,
            "height": 256,
            "count": 2,
            "private_prompt": False,
        },
        request_only=True,
    ),
    OpenApiExample(
        "From a picture, with adapters, weights and wildcards",
        value={
            "prompt": "a (teal)1.4 sun over __weather__ {waves|dunes}",
            "prompt_weighting": True,
            "adapters": [{"adapter": "ink", "weight": "0.8"}],
            "init_image": _JOB,
            "strength": 0.6,
        },
        request_only=True,
    ),
    OpenApiExample(
        "Waiting for a worker",
        value={
            "id": _JOB,
            "status": "queued",
            "progress": {"step": 0, "total": 20, "percent": 0},
            "queue_place": 1,
            "queue": {
                "place": 1,
                "ahead": 0,
                "workers": 1,
                "estimated_start_at": "2026-11-22T18:00:04Z",
                "estimated_finish_at": "2026-11-22T18:00:11Z",
                "reason": None,
            },
            "priority": "normal",
            "model": "starter",
            "prompt": "a teal sun over navy waves",
            "negative_prompt": "",
            "seed": 2883741592,
            "steps": 20,
            "guidance_scale": 2.0,
            "width": 256,
            "height": 256,
            "count": 1,
            "mode": "text_to_image",
            "prompts": [],
            "prompt_weighting": False,
            "adapters": [],
            "init_image": None,
            "init_work": None,
            "mask_image": None,
            "strength": None,
            "error": None,
            "works": [],
            "urls": {
                "get": _API,
                "cancel": f"{_API}/cancel",
                "events": f"{_API}/events",
                "preview": None,
                "web": f"https://colophon.example/jobs/{_JOB}/",
            },
            "deadline_at": None,
            "format": "png",
            "quality": None,
            "created_at": "2026-11-22T18:00:00Z",
            "started_at": None,
            "finished_at": None,
        },
        response_only=True,
        status_codes=["201"],
    ),
]
