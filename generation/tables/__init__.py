"""Tables that stand around models, jobs and works; `generation.models` gathers them for Django."""
