"""dockerfix: turn a single-stage Dockerfile into an equivalent multi-stage one, with reasons.

The library is what ``__all__`` names; importing the package costs nothing, the rest is imported when it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformer.api import transform
    from transformer.batch.run import transform_many
    from transformer.config import Options

__version__ = "0.1.0"

__all__ = ["Options", "__version__", "transform", "transform_many"]
_HOMES = {"Options": "config", "transform": "api", "transform_many": "batch.run"}


def __getattr__(name: str) -> Any:
    """Return a name of the library from the module that has it (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"transformer.{_HOMES[name]}"), name)
