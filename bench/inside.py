"""`python -m bench.inside MODULE …`: its `main`, with Django set up on the Colophon that the environment names."""

import importlib
import sys

import django


def main() -> None:
    """Set up, and only then import: models cannot be imported before."""
    django.setup()
    module = importlib.import_module(sys.argv.pop(1))
    module.main()


if __name__ == "__main__":
    main()
