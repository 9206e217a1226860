"""What the sources of Go programs say."""

from __future__ import annotations

from transformer.context.native_source import Mention
from transformer.ecosystems.call import Project
from transformer.ecosystems.go.places import NAME, import_path, sources
from transformer.ir.effects import Command, Need
from transformer.ir.source import Position
from transformer.ir.verdict import ProgramFacts, Reason


def facts(project: Project) -> ProgramFacts:
    """Return what the project's own and vendored sources say; modules that are not vendored are unread."""
    programs = [sources(project.context, root, import_path(place)) for root, place in project.roots]
    unread = tuple(sorted({m for p in programs if not p.vendored for m in p.third_party}))
    closed = all(p.complete for p in programs) and not unread
    # what another program is given may be a file (`sh run.sh`, `convert logo.svg`)
    runs = any(p.commands or p.dynamic_commands or p.scripts for p in programs)
    data = [
        (kind, Reason(reason))
        for program in programs
        for kind, used, reason in (
            ("certificates", program.uses_tls, "the program can make TLS connections"),
            ("media-types", program.uses_mime, "the program looks up media types"),
            (
                "networks",
                program.uses_netdb and ("net" in program.imports or program.vendored),
                "the program may look up services and protocols by name",
            ),
            ("time-zones", bool(program.uses_timezones), "the program loads time zones"),
        )
        if used or not closed
    ]
    return ProgramFacts(
        NAME,
        closed and not runs and not any(p.dynamic_opens for p in programs),
        closed and not any(p.dynamic_commands or p.scripts for p in programs),
        frozenset(s for p in programs for s in p.strings),
        frozenset(m.text for p in programs for m in p.opens),
        tuple(_run(m) for p in programs for m in p.commands),
        tuple(dict.fromkeys(data)),
        unread,
        read=all(p.complete and p.mains for p in programs),
        calls_itself=True,
    )


def _run(mention: Mention) -> Need:
    return Need(
        Command(mention.text), f"{mention.path}:{mention.line} runs it", Position(mention.line, 1), mention.path
    )
