"""What the sources of C, C++ and Fortran programs say."""

from __future__ import annotations

import posixpath

from transformer.context.native_source import read
from transformer.ecosystems.call import Project
from transformer.ecosystems.native.names import NAME
from transformer.ir.effects import Command, Library, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason


def facts(project: Project) -> ProgramFacts:
    """Return what the project's own sources say; system libraries' sources are never read."""
    program = read(project.context, project.folders)
    needs = [Need(Command(m.text), f"{m.path}:{m.line} runs it", Position(m.line, 1), m.path) for m in program.commands]
    needs += [
        Need(Library(posixpath.basename(m.text)), f"{m.path}:{m.line} loads it", Position(m.line, 1), m.path)
        for m in program.loads
    ]
    runs = bool(program.commands or program.scripts or program.dynamic_commands)
    closed = program.complete and not (program.dynamic_commands or program.dynamic_loads or program.scripts)
    services = closed and program.looks_up_services
    return ProgramFacts(
        NAME,
        program.complete and not (program.dynamic_opens or program.foreign or program.roams or runs),
        closed,
        frozenset(program.strings),
        frozenset(m.text for m in program.opens),
        tuple(needs),
        (("networks", Reason("the program looks up services by name")),) if services else (),
        program.foreign,
        read=program.complete,
        links=bool(program.foreign) or not program.complete,
    )
