"""Text from the files of ``templates/``, or of a folder of the user's own. They print what they are given and decide
nothing; the only user of Jinja2.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import BaseLoader
    from jinja2.sandbox import SandboxedEnvironment

BUILTIN = "builtin"
"""The folder in which a template of the user's own finds ours: ``{% extends "builtin/dockerfile/split.j2" %}``."""
_own: list[str] = []


class TemplateError(Exception):
    """A template of the user's own cannot be rendered; the message says where and why."""


def render(name: str, **context: object) -> str:
    """Return the text of a report's template ``name`` (``folder/file.j2``), of the user's own if there is one.

    A name that is not in ``context`` is an error. Raises TemplateError for one of the user's own.
    """
    return render_from(_own[-1] if _own else "", name, **context)


def render_from(folder: str, name: str, **context: object) -> str:
    """Return the text of the template ``name`` in ``folder``, or of ours if it has none; "" is no folder."""
    if not folder:
        return _environment("").get_template(name).render(**context)
    with _explained(folder):
        return _environment(folder).get_template(name).render(**context)


def render_text(source: str, **context: object) -> str:
    """Return the text of a template that the user wrote, in the same sandbox. Raises TemplateError."""
    with _explained(""):
        return _environment("").from_string(source).render(**context)


@contextmanager
def using(folder: str) -> Iterator[None]:
    """Let reports be rendered by the templates of a folder. Raises TemplateError for one that cannot be read."""
    check(folder)
    _own.append(folder)
    try:
        yield
    finally:
        _own.pop()


def check(folder: str) -> None:
    """Raise TemplateError for a template in a folder that has the name of none of ours, or cannot be parsed."""
    known = {name: text for name, text in builtin()}
    for file in sorted(Path(folder).rglob("*.j2")):
        name = file.relative_to(folder).as_posix()
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise TemplateError(f"{file}: there is no template {name} to override{hint}")
        with _explained(folder):
            _environment(folder).get_template(name)


def builtin() -> Iterator[tuple[str, str]]:
    """Yield the names of our templates, with the first comment of each, or ""."""
    folder = _folder()
    for file in sorted(folder.rglob("*.j2")):
        head, _, _ = file.read_text(encoding="utf-8").partition("#}")
        said = " ".join(head.removeprefix("{#-").removeprefix("{#").removesuffix("-").split())
        yield file.relative_to(folder).as_posix(), said if head.startswith("{#") else ""


def source(name: str) -> str:
    """Return the text of one of our templates. Raises KeyError for another name."""
    if name not in dict(builtin()):
        raise KeyError(name)
    return (_folder() / name).read_text(encoding="utf-8")


@contextmanager
def _explained(folder: str) -> Iterator[None]:
    """Turn what a user's template raises into a TemplateError that says where it went wrong."""
    from jinja2 import TemplateError as Problem
    from jinja2 import TemplateSyntaxError

    try:
        yield
    except TemplateSyntaxError as error:
        place = f"{error.filename or error.name}:{error.lineno}: " if folder else f"line {error.lineno}: "
        raise TemplateError(f"{place}{error.message}") from None
    except (Problem, ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise TemplateError(f"{_line_of(error, folder)}{error}") from None


def _line_of(error: BaseException, folder: str) -> str:
    """Return file and line of the template that an error comes from, or ""."""
    found, step = "", error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if folder and Path(name).is_relative_to(folder):
            found = f"{name}:{step.tb_lineno}: "
        step = step.tb_next
    return found


@cache
def _environment(folder: str) -> SandboxedEnvironment:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    ours: BaseLoader = FileSystemLoader(_folder())
    loader = ChoiceLoader([FileSystemLoader(folder), PrefixLoader({BUILTIN: ours}), ours]) if folder else ours
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=False,
        auto_reload=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    return environment


def _cell(text: object) -> str:
    """Return text for a table or a summary of Markdown: on one line, with nothing that would become markup."""
    plain = " ".join(str(text).split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").replace("`", "&#96;")


def _folder() -> Path:
    """Return ``templates/``: inside the package in a wheel, beside it in a checkout or an editable install."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"
