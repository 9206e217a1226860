"""The ecosystem of compiled C, C++ and Fortran programs."""

from __future__ import annotations

from transformer.ecosystems.call import Call, World
from transformer.ecosystems.ecosystem import Ecosystem, Handler
from transformer.ecosystems.native.cmake import cmake
from transformer.ecosystems.native.compilers import archive_library, compiled, edit_last, object_copy
from transformer.ecosystems.native.configure import configure, meson, prepare
from transformer.ecosystems.native.make import make, make_install
from transformer.ecosystems.native.names import NAME
from transformer.ir.effects import Effects

_LISTING = frozenset({"--version", "-v", "--help", "-h", "-V", "-dumpversion", "-dumpmachine", "-n", "--dry-run"})


def _unless_asking(handler: Handler) -> Handler:
    """Return the handler for calls that do something: ``gcc --version`` does not."""

    def handled(call: Call, world: World) -> Effects | None:
        if call.words and all(w.known and w.text in _LISTING for w in call.words):
            return Effects(toolchain=NAME)
        return handler(call, world)

    return handled


_TOOLS: dict[str, Handler] = {
    "compile": compiled,
    "archive-library": archive_library,
    "edit-last": edit_last,
    "objcopy": object_copy,
    "prepare": prepare,
    "configure": configure,
    "make": make,
    "make-install": make_install,
    "cmake": cmake,
    "meson": meson,
}

ECOSYSTEM = Ecosystem(NAME, {effect: _unless_asking(handler) for effect, handler in _TOOLS.items()}, links=True)
