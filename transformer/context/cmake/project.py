"""What a CMake project builds and installs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Install:
    """One install rule. ``names`` are files below ``destination``, which is relative to the prefix or absolute.

    No names: anything below the destination. Not ``known``: anything below the prefix (``code``: anywhere).
    """

    kind: str
    """``targets``, ``files``, ``programs``, ``directory`` or ``code`` (a script)."""
    names: tuple[str, ...]
    destination: str
    known: bool = True


@dataclass(frozen=True, slots=True)
class CMakeProject:
    """A project. ``bounded``: building it writes nothing outside of its build tree; ``reasons`` say why not."""

    executables: tuple[tuple[str, str], ...] = ()
    """Directory and file name of each program that a build makes. A directory is one in the build tree, an absolute
    one, or begins with ``SOURCE``.
    """
    shared_libraries: tuple[tuple[str, str, str, str], ...] = ()
    """Directory, file name (``libx.so``), VERSION and SOVERSION; empty where there is none."""
    static_libraries: tuple[tuple[str, str], ...] = ()
    installs: tuple[Install, ...] = ()
    libraries: tuple[str, ...] = ()
    """What is linked and no target of the project: names, paths, ``Imported::targets``; ``${X}`` where not known."""
    bounded: bool = True
    reasons: tuple[str, ...] = ()
