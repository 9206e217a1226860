"""What the sources of a program in C or C++ say."""

from __future__ import annotations

from dataclasses import dataclass

from transformer.context.literals import Mention


@dataclass(frozen=True, slots=True)
class NativeProgram:
    """What C and C++ sources say. ``complete`` is false when anything could not be read.

    ``scripts`` are command lines for a shell; of plain ones only the first word is noted, as one of ``commands``.
    ``dynamic_…`` are the places where the name is not a literal; ``foreign`` the headers of other projects, whose
    functions may open, run and load what they like. ``roams`` says that files may be opened by names from anywhere,
    by the language's own functions for paths: no library of others is linked for them.
    """

    commands: tuple[Mention, ...] = ()
    scripts: tuple[Mention, ...] = ()
    dynamic_commands: tuple[Mention, ...] = ()
    loads: tuple[Mention, ...] = ()
    dynamic_loads: tuple[Mention, ...] = ()
    opens: tuple[Mention, ...] = ()
    dynamic_opens: tuple[Mention, ...] = ()
    strings: frozenset[str] = frozenset()
    services: tuple[Mention, ...] = ()
    """Services that are looked up by a name, or a number (getaddrinfo(3)); those of ``dynamic_services`` may be any."""
    dynamic_services: tuple[Mention, ...] = ()
    foreign: tuple[str, ...] = ()
    roams: bool = False
    complete: bool = True

    @property
    def looks_up_services(self) -> bool:
        """Whether it may ask for a service or protocol by its name, or for the name (services(5), protocols(5))."""
        return bool(self.dynamic_services) or any(not m.text.strip().isdigit() for m in self.services)
