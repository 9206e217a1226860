"""The manual page, made from the options: ``pytest tests/docs --update`` writes it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from transformer.cli import main
from transformer.cli.batch import batch
from transformer.cli.config import config
from transformer.cli.explain import explain
from transformer.cli.templates import templates
from transformer.cli.verify import verify

COMMANDS = {"": main, "explain": explain, "verify": verify, "batch": batch, "config": config, "templates": templates}


def page() -> str:
    """Return ``dockerfix(1)`` in the man macros (man-pages(7), groff_man(7))."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield '.TH DOCKERFIX 1 "" "dockerfix" "User commands"'
    yield from (".SH NAME", r"dockerfix \- split single\-stage Dockerfiles into a build stage and a smaller image")
    yield ".SH SYNOPSIS"
    for name, command in COMMANDS.items():
        yield from (".br", f".B dockerfix {name}".rstrip(), _text(_usage(command)))
    for name, command in COMMANDS.items():
        yield f".SH {'DESCRIPTION' if not name else f'DOCKERFIX {name.upper()}'}"
        for number, paragraph in enumerate(inspect.cleandoc(command.help or "").split("\n\n")):
            yield from ([".PP"] if number else [])
            yield _text(" ".join(paragraph.split()))
        for option in (p for p in command.params if isinstance(p, click.Option)):
            yield from _option(option)
    yield ".SH EXIT STATUS"
    yield from (".TP", ".B 0", "Fine, refusals included.")
    yield from (".TP", ".B 1", _text("--check, --strict or --fail-on found what it looks for, or verify a difference."))
    yield from (".TP", ".B 2", "Usage, or a file that cannot be read or parsed.")
    yield ".SH FILES"
    yield from (
        ".TP",
        ".I .dockerfix.toml, pyproject.toml",
        _text("Defaults of options; `dockerfix config --show` prints them."),
    )
    yield ".SH ENVIRONMENT"
    yield from (".TP", ".B DOCKERFIX_NAME", _text("The default of the option --name, such as DOCKERFIX_MIN_SAVING."))
    yield from (".TP", ".B NO_COLOR", "No colours.")


def _usage(command: click.Command) -> str:
    arguments = [a.make_metavar(click.Context(command)) for a in command.params if isinstance(a, click.Argument)]
    return " ".join(["[OPTIONS]", *arguments])


def _option(option: click.Option) -> Iterator[str]:
    context = click.Context(click.Command("x"))
    record = option.get_help_record(context)
    if record is None:
        return
    yield from (".TP", f".B {_text(record[0])}", _text(record[1]))


def _text(text: str) -> str:
    """Return text as roff takes it: hyphens of options are minus signs, and no line is a request."""
    plain = text.replace("\\", r"\e").replace("-", r"\-").replace("`", "")
    return rf"\&{plain}" if plain[:1] in {".", "'"} else plain
