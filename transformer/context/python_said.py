"""What one Python script says: the types of what is read in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A place in a script. ``text`` is the value, or the code if not literal; ``words`` are the arguments of a program.

    A command without words is a shell script.
    """

    text: str
    line: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PythonSource:
    """What one script says; what is not literal is in a ``dynamic_…`` field.

    ``imports`` are names of top-level modules, ``imported`` their first places; ``relative`` says that modules of its
    own package are among them. ``strings`` are all literals. ``dynamic_imports`` bring in modules by names that do not
    stand there, and ``dynamic_code`` runs code that does not.
    """

    imports: frozenset[str] = frozenset()
    imported: tuple[Mention, ...] = ()
    relative: bool = False
    commands: tuple[Mention, ...] = ()
    dynamic_commands: tuple[Mention, ...] = ()
    dynamic_imports: tuple[Mention, ...] = ()
    dynamic_code: tuple[Mention, ...] = ()
    loads: tuple[Mention, ...] = ()
    dynamic_loads: tuple[Mention, ...] = ()
    opens: tuple[Mention, ...] = ()
    dynamic_opens: tuple[Mention, ...] = ()
    strings: frozenset[str] = frozenset()

    @property
    def runs(self) -> bool:
        """Whether it runs a program, loads a library, or may do so."""
        found = (self.commands, self.dynamic_commands, self.dynamic_code, self.loads, self.dynamic_loads)
        return any(found)
