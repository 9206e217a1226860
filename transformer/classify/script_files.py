"""Where the scripts lie that command lines name, and what their first lines say."""

from __future__ import annotations

import posixpath

from transformer.context.build_context import BuildContext
from transformer.ecosystems.call import absolute
from transformer.ir.effects import Interpretation, Nature, Path, context_path

ARGUMENTS = frozenset({"$@", "${@}", "$*", "${*}", "$1", "${1}"})
"""A script's own arguments: what CMD says, which is followed for itself."""
_SHELL_FILES = (".sh", ".bash")


class ScriptFiles:
    """The files of one image that may be scripts; without a context none can be read."""

    def __init__(self, walk: Interpretation, context: BuildContext | None) -> None:
        self.walk, self.context = walk, context

    def text(self, path: str) -> str | None:
        """Return the text of the context's file at a path of the image; None if it has none there."""
        source = context_path(path, self.walk.copies)
        return self.context.read(source) if source is not None and self.context is not None else None

    def is_shell_script(self, path: str) -> bool:
        """Whether a path leads to a shell script of the context: a program that is given it may run it."""
        text = self.text(path)
        return text is not None and (path.endswith(_SHELL_FILES) or "sh" in interpreter_of(text))

    def given(self, name: str) -> str:
        """Return the path of a script that a shell is given: it looks where it works, then along PATH (bash(1))."""
        if "/" in name:
            return name
        folders = (self.walk.cwd, *(self.walk.env.get("PATH") or "").split(":"))
        places = [absolute(name, folder or "/") for folder in folders]
        return next((p for p in places if p in self.walk.inline or self.text(p) is not None), f"./{name}")

    def places(self, name: str, target: str) -> list[str]:
        """Return where a program may lie that is called by its path: ``target``, or every place that has a file of
        its name, where a variable or an earlier ``cd`` leaves open which; nothing if there is none.
        """
        if name.strip('"') in ARGUMENTS or not self._is_astray(name, target):
            return [target]
        return self.named(name.replace('"', "").rpartition("/")[2])

    def origins(self, path: str) -> list[str]:
        """Return where the files may lie of which a RUN made a file: it copied, moved or linked them there."""
        found: list[str] = []
        for step in self.walk.steps:
            effects, target = step.effects, Path(path)
            by_hand = step.keyword == "RUN" and not (effects.toolchain or effects.installs)
            if by_hand and any(w.path.covers(target) for w in effects.writes if w.path not in effects.reads):
                taken = (*effects.reads, *(n.resource for n in effects.needs))
                found += [p for r in taken if isinstance(r, Path) for p in self._files_at(r, posixpath.basename(path))]
        return found

    def _files_at(self, place: Path, name: str) -> list[str]:
        """Return a place, which may be a file, or made by a step itself, and the files of a name below it."""
        below = [p for p in self.named(name) if Path(place.path, tree=True).covers(Path(p))]
        return [place.path, *below]

    def named(self, name: str) -> list[str]:
        """Return where COPY brings files of a name: a script may have put their directory into PATH."""
        files = [(c, f) for c in self.walk.copies for f in self.context.under(c.source)] if self.context else []
        return sorted({c.arrival(f) for c, f in files if posixpath.basename(f) == name})

    def _is_astray(self, name: str, target: str) -> bool:
        """Whether neither the context nor a step brings a program to where its path leads."""
        if "$" in name:
            return True
        if name.startswith("/") or self.context is None or target in self.walk.inline:
            return False
        source = context_path(target, self.walk.copies)
        if source is not None and self.context.is_file(source):
            return False
        writes = [(w, s.effects.reads) for s in self.walk.steps for w in s.effects.writes]
        made = (w for w, reads in writes if w.nature is not Nature.CONTEXT and w.path not in reads)
        return not any(w.path.covers(Path(target)) for w in made)


def interpreter_of(text: str) -> str:
    """Return the interpreter that the first line of a script names, with its arguments; "" without one."""
    first = text.partition("\n")[0]
    return first[2:].strip() if first.startswith("#!") else ""
