"""The options about the analysis, which all commands have, and what is made of them."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from transformer.config import Options

_FOLDER = click.Path(exists=True, file_okay=False)
_RESERVED = ("context", "scratch")
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _pairs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of ``--base-map A=B``."""
    pairs = [value.partition("=") for value in values]
    for old, _equals, new in pairs:
        if not (old.strip() and new.strip()):
            raise click.BadParameter(f"write OLD=NEW, such as golang:1.22=debian:bookworm-slim; got {old!r}")
    return tuple((old.strip(), new.strip()) for old, _equals, new in pairs)


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of ``--keep``, which may also be given with commas, as in the pragma."""
    return tuple(name for value in values for name in re.split(r"[,\s]+", value) if name)


def _stage(_: click.Context, __: click.Parameter, value: str) -> str:
    """Return the name of ``--stage`` if BuildKit takes it for one (frontend/dockerfile/instructions/parse.go)."""
    if value and (not re.fullmatch(r"[a-z][a-z0-9_.-]*", value) or value in _RESERVED):
        raise click.BadParameter(
            f"a stage's name is a-z, then a-z, 0-9, '-', '_', '.', and none of {_RESERVED}; got {value!r}"
        )
    return value


SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
"""What click is told for every command."""

_ANALYSIS = (
    click.option(
        "--context",
        type=_FOLDER,
        help="The build context. Default: what Compose or Bake files say, or the directory of the Dockerfile.",
    ),
    click.option("--no-context", is_flag=True, help="Read nothing but the Dockerfile."),
    click.option("--no-cache", is_flag=True, help="Read and build everything anew."),
    click.option(
        "--runtime-base",
        type=click.Choice(["auto", "same", "minimal"]),
        default="auto",
        show_default=True,
        help="Base of the final stage: the old image's runtime variant where that is proven to do, or the old image.",
    ),
    click.option(
        "--knowledge",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="A TOML file with package names, base images and modules of your own.",
    ),
    click.option("--base-map", multiple=True, metavar="A=B", callback=_pairs, help="Use image B in place of A."),
    click.option(
        "--guard", is_flag=True, help="Let the build fail if a library or module is missing in the final stage."
    ),
    click.option("--pin", is_flag=True, help="Pin both FROM lines to the release that their tag means now."),
    click.option("--keep", multiple=True, metavar="NAME", callback=_names, help="A package or command that stays."),
    click.option(
        "--min-saving", type=click.FloatRange(min=0), default=0, metavar="MB", help="Leave smaller gains alone."
    ),
    click.option("--unsafe", is_flag=True, help="Also make splits that rest on something likely and not proven."),
    click.option(
        "--template-dir",
        type=click.Path(exists=True, file_okay=False, resolve_path=True),
        metavar="DIR",
        callback=lambda _, __, value: value or "",
        help="Templates of your own, which go before ours: `dockerfix templates --list`.",
    ),
    click.option("--require-reason", is_flag=True, help="Refuse a pragma that gives no reason=."),
    click.option(
        "--stage", metavar="NAME", default="", callback=_stage, help="Name of the build stage.  [default: build]"
    ),
    click.option(
        "--blank-lines",
        type=click.IntRange(0, 9),
        default=1,
        metavar="N",
        show_default=True,
        help="Blank lines between the stages.",
    ),
    click.option("--comment", is_flag=True, help="Put a comment above the final stage."),
    click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Default: on a terminal."
    ),
)


def analysis_options(command: _Function) -> _Function:
    """Return a command with the options about the analysis."""
    for option in reversed(_ANALYSIS):
        command = option(command)
    return command


def options_of(settings: dict[str, Any]) -> Options:
    """Return the options of a run; raises UsageError for those that exclude each other."""
    if settings["runtime_base"] == "minimal":
        raise click.UsageError("--runtime-base minimal is not supported yet: use auto or same")
    if settings["context"] is not None and settings["no_context"]:
        raise click.UsageError("--context and --no-context exclude each other")
    from transformer.config import MEGABYTE, Options

    saving = round(settings["min_saving"] * MEGABYTE)
    return Options(**{name: settings[name] for name in Options.__struct_fields__} | {"min_saving": saving})


def colour_of(choice: str, output: str | None) -> bool:
    """Decide on colour: a terminal that can show it, and nobody who set NO_COLOR."""
    if choice != "auto":
        return choice == "always"
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return output is None and not plain and sys.stdout.isatty()


@contextmanager
def overlaid(knowledge: str | None, templates: str = "") -> Iterator[None]:
    """Return the context in which the tables are asked together with the user's own rows, and reports are rendered by
    templates of the user's own.
    """
    with ExitStack() as stack:
        if knowledge is not None:
            stack.enter_context(_rows(knowledge))
        if not templates:
            yield
            return
        from transformer.templating import TemplateError, using

        try:
            stack.enter_context(using(templates))
            yield
        except TemplateError as error:
            raise click.UsageError(f"--template-dir: {error}") from None


def _rows(path: str) -> AbstractContextManager[None]:
    from transformer.knowledge.overlay import using
    from transformer.knowledge.overlay_file import OverlayError, load

    try:
        return using(load(path))
    except OverlayError as error:
        raise click.UsageError(str(error)) from None
