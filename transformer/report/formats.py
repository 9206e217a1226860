"""What the answers of a run are printed as: one table of formats, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TypeAlias

from transformer.report.documents import Document

Renderer: TypeAlias = Callable[[Iterable[Document]], Iterator[str]]

_RENDERERS = {
    "json": "json_v1:render",
    "markdown": "review:markdown",
    "html": "review:html",
    "sarif": "sarif:render",
    "github": "github:workflow",
    "github-review": "github:review",
    "gitlab": "gitlab:render",
}
"""Module and function of each format that prints a whole run; ``text`` and ``diff`` are printed file by file."""


def renderer(name: str) -> Renderer:
    """Return what prints a run in a format, piece by piece."""
    module, _, function = _RENDERERS[name].partition(":")
    render: Renderer = getattr(import_module(f"transformer.report.{module}"), function)
    return render
