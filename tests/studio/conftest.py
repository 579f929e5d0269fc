"""The studio in tests: the pages' people and files."""

from tests.web.conftest import ada, as_ada, as_bo, bo, plain_static_files

__all__ = ["ada", "as_ada", "as_bo", "bo", "plain_static_files"]
