"""Text from the files of ``templates/``. They print what they are given and decide nothing; the only user of Jinja2."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment


def render(name: str, **context: object) -> str:
    """Return the text of the template ``name`` (``folder/file.j2``). A name that is not in ``context`` is an error."""
    return _environment().get_template(name).render(**context)


class TemplateError(Exception):
    """A template of the user's own cannot be rendered; the message says where and why."""


def render_text(source: str, **context: object) -> str:
    """Return the text of a template that the user wrote, in the same sandbox. Raises TemplateError."""
    from jinja2 import TemplateError as Problem
    from jinja2 import TemplateSyntaxError

    try:
        return _environment().from_string(source).render(**context)
    except TemplateSyntaxError as error:
        raise TemplateError(f"line {error.lineno}: {error.message}") from None
    except (Problem, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise TemplateError(str(error)) from None


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_folder()),
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
