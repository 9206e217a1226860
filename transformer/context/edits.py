"""Files that were copied from the context and are no more what the context has: a step wrote into them."""

from __future__ import annotations

import re

from transformer.ir.effects import Effects, Nature, Path
from transformer.knowledge.programs import programs

_LINE_ENDS = re.compile(r"sed (?:-\S+ )*(?:-e )?['\"]?s([/,|#])\\r\$?\1\1g?['\"]? .*")
"""A call of sed that takes away nothing but the ends of Windows' lines."""


def edited(effects: Effects, text: str) -> tuple[Path, ...]:
    """Return the files, and the directories of files, that a step writes anew or changes: not where it only builds,
    runs code of the project, or changes modes, owners and line ends alone. ``text`` is the step's.
    """
    if (effects.programs and set(effects.programs) <= programs().keeping_text) or _LINE_ENDS.fullmatch(text):
        return ()
    builds = bool(effects.toolchain or effects.application)
    meant = (w for w in effects.writes if w.nature in {Nature.DATA, Nature.DOWNLOAD} and not (builds and w.path.tree))
    return tuple(_changed(w.path, effects) for w in meant)


def _changed(path: Path, effects: Effects) -> Path:
    """Return what a write changes: what is in a directory that is read as well, and is not the system's own; of what
    arrives in a directory only a file of that very name is known to be another one.
    """
    own = path in effects.reads and path.path not in programs().populated
    return path if own or not path.tree else Path(path.path)
