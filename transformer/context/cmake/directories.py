"""The installation directories of GNUInstallDirs."""

from __future__ import annotations

import posixpath

from transformer.context.cmake.state import PREFIX, State

_DIRECTORIES = dict(
    word.split("=")
    for word in """
    BINDIR=bin SBINDIR=sbin LIBEXECDIR=libexec SYSCONFDIR=etc SHAREDSTATEDIR=com LOCALSTATEDIR=var RUNSTATEDIR=var/run
    INCLUDEDIR=include OLDINCLUDEDIR=/usr/include DATAROOTDIR=share DATADIR=share INFODIR=share/info
    LOCALEDIR=share/locale MANDIR=share/man
    """.split()  # noqa: SIM905 a table
)
"""LIBDIR depends on the system, DOCDIR on the project; for /usr, /etc and /var are the caller's."""


def set_install_directories(state: State) -> None:
    """Do what ``include(GNUInstallDirs)`` does."""
    project = state.variables.get("PROJECT_NAME")
    computed = {"LIBDIR": state.libdir, "DOCDIR": f"share/doc/{project}" if project else None}
    for name, value in {**_DIRECTORIES, **computed}.items():
        known = state.definitions.get(f"CMAKE_INSTALL_{name}", value)
        state.variables[f"CMAKE_INSTALL_{name}"] = known
        state.variables[f"CMAKE_INSTALL_FULL_{name}"] = None if known is None else posixpath.join(PREFIX, known)


def install_directory(state: State, name: str) -> str | None:
    """Return where files of a kind are installed if nothing else is said; None if it is not known."""
    fallback = state.libdir if name == "LIBDIR" else _DIRECTORIES.get(name)
    return state.variables.get(f"CMAKE_INSTALL_{name}", fallback)
