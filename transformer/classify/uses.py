"""What the live parts of the image use of its packages: commands, libraries, data, modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from transformer.classify.root_set import Roots, words_of
from transformer.ecosystems import interpreted
from transformer.ecosystems.facts import data_packages
from transformer.ir.effects import Command, Interpretation, Library, Need, Path, Step
from transformer.ir.verdict import ProgramFacts
from transformer.knowledge import Release
from transformer.knowledge.packages import LIBRARY_FILE
from transformer.knowledge.programs import programs


class Uses:
    """What is used at run time in one file. ``runtime_programs`` gives what the final stage's own steps call,
    ``writing_steps`` those by hand of which something is in it.
    """

    def __init__(
        self,
        walk: Interpretation,
        roots: Roots,
        facts: tuple[ProgramFacts, ...],
        runtime_programs: Callable[[], dict[str, Step]],
        writing_steps: Callable[[], Iterable[Step]],
    ) -> None:
        self.walk, self.roots, self.facts = walk, roots, facts
        self.runtime_programs, self.writing_steps = runtime_programs, writing_steps
        closed = bool(facts) and all(f.closed_commands for f in facts) and not roots.unread
        self.closed = closed and not any(s.effects.opaque for s in walk.steps)
        """Whether every command that may be called is known."""
        self.links = any(f.links for f in facts)
        """Whether something may be linked with any library whose headers were there, or load it by its name."""
        unread = {f.ecosystem for f in facts if not f.closed_commands}
        known = programs()
        aside = {n for n in known.compiling_aside if roots.commands().keys().isdisjoint(known.interpreters[n])}
        self.no_headers = bool(unread & known.compiling_nothing) and unread <= known.compiling_nothing | aside
        """Whether code that was not read may call anything, but is of a language that compiles nothing when it runs."""

    @cached_property
    def packages(self) -> dict[str, str]:
        """Packages that modules of an interpreter use, with the reason."""
        return {package: reason.text for f in self.facts for package, reason in f.packages}

    @cached_property
    def data(self) -> tuple[str, ...]:
        """Packages of data that the program reads."""
        return data_packages(self.facts)

    def commands(self) -> dict[str, str]:
        """Return the commands that are called at run time, each with who calls it."""
        found = {n: live.reasons[-1].text for n, live in self.roots.commands().items()}
        for live in self.roots.live:
            folder, _, base = live.resource.path.rpartition("/") if isinstance(live.resource, Path) else ("", "", "")
            if folder in programs().program_directories:
                found.setdefault(base, live.reasons[-1].text)
        for need in self._needs():
            if isinstance(need.resource, Command):
                found.setdefault(need.resource.name.rpartition("/")[2], need.reason)
        for name, step in self.runtime_programs().items():
            found.setdefault(name, f"line {step.position.line} of the final stage")
        return found

    def caller(self, name: str, release: Release) -> str:
        """Return who calls a command of the package ``name`` at run time, or ""."""
        for called, reason in self.commands().items():
            if name == called or name in release.providers(called):
                return f"{called} is called: {reason}"
            if name in programs().companions.get(called, ()):
                return f"{called}, which is called, may use it: {reason}"
        return ""

    def namer(self, name: str, release: Release) -> str:
        """Return what names a command of the package ``name`` where a program may run it, or "": an argument of what
        runs, a variable, or a step that writes to the final image (``ln -s /usr/bin/git /usr/local/bin/g``).
        """
        for word, why in self.named():
            if word == name or name in release.providers(word):
                return f"{word}: {why}"
        return ""

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield the words that may be names of programs, each with what names it."""
        yield from ((word, reason.text) for word, reason in self.roots.named.items())
        for variable, value in self.walk.env.items():
            known = variable in self.walk.inherited or variable in programs().toolchain_variables or variable == "PATH"
            words = words_of(value or "") if not known else ()
            yield from ((word, f"ENV {variable} names it") for word in words)
        for step in self.writing_steps():
            why = f"line {step.position.line} names it"
            yield from ((word, why) for word in words_of(step.text))

    def libraries(self) -> tuple[str, ...]:
        """Return the names of the libraries (sonames) that something live is linked with or loads."""
        unread = any(a.code == "DF414" for s in self.walk.steps for a in s.effects.assumptions)
        return tuple(sorted(self._named_libraries() | set(programs().unread_libraries if unread else ())))

    def library_files(self) -> frozenset[str]:
        """Return the file names of libraries that a variable, a command line, the program or a step that writes to the
        final image names: ``LD_PRELOAD=…/libz.so.1``.
        """
        words = {word for word, _ in self.named()}
        words |= {word.rpartition("/")[2] for word in words}
        return self._libraries_in_texts | {word for word in words if LIBRARY_FILE.fullmatch(word)}

    @cached_property
    def _libraries_in_texts(self) -> frozenset[str]:
        words = {*self.roots.words, *(text for f in self.facts for text in f.strings)}
        words |= {text.rpartition("/")[2] for text in words}
        return frozenset(word for word in words if LIBRARY_FILE.fullmatch(word))

    def flagged_libraries(self) -> frozenset[str]:
        """Return the libraries that flags of a compiler name, not those that a foreign module may be linked with."""
        compiled = [s.effects.needs for s in self.walk.steps if not interpreted(s.effects.toolchain)]
        compiled += [f.needs for f in self.facts if not interpreted(f.ecosystem)]
        return frozenset(n.resource.name for needs in compiled for n in needs if isinstance(n.resource, Library))

    def _needs(self) -> Iterator[Need]:
        for facts in self.facts:
            yield from facts.needs
        for step in self.walk.steps:
            yield from step.effects.needs

    def _named_libraries(self) -> frozenset[str]:
        return self.library_files().union(n.resource.name for n in self._needs() if isinstance(n.resource, Library))
