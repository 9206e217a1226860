"""What the Go sources of one module say."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from transformer.context.build_context import normal
from transformer.context.literals import Mention


@dataclass(frozen=True, slots=True)
class GoProgram:
    """What the Go sources of one module say, tests apart; of vendored packages only what the own ones import.

    ``mains`` are context directories, ``embeds`` patterns of context paths. ``scripts`` are command lines of programs
    that run what their arguments say (``sh -c …``), unless that is one plain command. ``complete`` is false when
    anything could not be read.
    """

    module: str | None = None
    modules: tuple[tuple[str, str], ...] = ()
    """Directory and path of each module, the innermost first."""
    mains: tuple[str, ...] = ()
    doubtful: frozenset[str] = frozenset()
    """Those of ``mains`` of which a build constraint decides whether they are programs."""
    imports: frozenset[str] = frozenset()
    stdlib_only: bool = True
    third_party: frozenset[str] = frozenset()
    vendored: bool = False
    cgo: bool = False
    cgo_flags: frozenset[str] = frozenset()
    """Words of the ``#cgo`` lines."""
    strings: frozenset[str] = frozenset()
    embeds: frozenset[str] = frozenset()
    commands: tuple[Mention, ...] = ()
    scripts: tuple[Mention, ...] = ()
    dynamic_commands: tuple[Mention, ...] = ()
    opens: tuple[Mention, ...] = ()
    dynamic_opens: tuple[Mention, ...] = ()
    uses_tls: bool = False
    uses_mime: bool = False
    uses_timezones: tuple[Mention, ...] = ()
    uses_netdb: bool = False
    uses_users: bool = False
    complete: bool = True


def main_name(program: GoProgram, package_dir: str) -> str | None:
    """Return the name that ``go build`` gives the binary of the main package in a context directory."""
    folder = normal(package_dir)
    for top, path in program.modules:
        if top in (".", folder) or folder.startswith(top + "/"):
            rest = posixpath.relpath(folder, top)
            elements = [part for part in (*path.split("/"), *rest.split("/")) if part not in ("", ".")]
            versioned = len(elements) > 1 and re.fullmatch(r"v([2-9]|[1-9]\d+)", elements[-1])
            return elements[-2 if versioned else -1] if elements else None
    return None if folder == "." else posixpath.basename(folder)
