"""Where cargo puts things: its home, the target directory, where programs are installed (The Cargo Book, "Cargo Home",
"Build Cache", "Configuration", "Environment Variables").
"""

from __future__ import annotations

import posixpath

from msgspec import Struct

from transformer.context.cargo import Settings, settings
from transformer.ecosystems.call import Arguments, World, absolute
from transformer.shell import Expanded

_FILES = ("config.toml", "config")
_PROFILES = {"dev": "debug", "test": "debug", "bench": "release"}
"""Profiles that share the directory of another one ("Profiles")."""
_FLAGS = ("RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS")
_TARGET = "CARGO_BUILD_TARGET"
_FOLDERS = ("CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR")
_OVERRIDES = ("build.", "target.", "install.", "env.", "unstable.")
"""Settings on the command line that may move what is built."""


class Output(Struct, frozen=True):
    """Where a build puts its products: ``top`` is the target directory, ``folder`` the one of the profile.

    ``static``: programs are linked with nothing; ``linked``: flags ask for libraries; ``dynamic``: they ask for the
    shared standard library, which only the toolchain has.
    """

    top: str
    folder: str
    static: bool
    linked: bool
    dynamic: bool


def cargo_home(world: World) -> str | None:
    """Return cargo's home, ``$HOME/.cargo`` by default; None if it is not known."""
    return _home("CARGO_HOME", ".cargo", world)


def rustup_home(world: World) -> str | None:
    """Return rustup's home, ``$HOME/.rustup`` by default; None if it is not known."""
    return _home("RUSTUP_HOME", ".rustup", world)


def output(arguments: Arguments, root: str, world: World) -> Output | None:
    """Return where a build goes whose workspace lies in ``root``; None if something is not known that decides it."""
    said = all_settings(world)
    values = [arguments.value("--target"), arguments.value("--target-dir"), arguments.value("--profile")]
    if said is None or any(v is not None and not v.known for v in values) or _overridden(arguments):
        return None
    if any(name in world.env and world.env[name] is None for name in (_TARGET, *_FOLDERS, *_FLAGS)):
        return None
    if sum(option == "--target" for option, _, _ in arguments.values) > 1:
        return None
    top = _top(values[1], said, root, world)
    triple = values[0].text if values[0] is not None else world.env.get(_TARGET) or _first(said, "target")
    triple = posixpath.basename(triple).removesuffix(".json")
    words = tuple(" ".join(_flags(said, world)).split())
    return Output(
        top,
        posixpath.join(top, triple, profile(arguments)),
        _is_static(triple, words),
        _links(words),
        "prefer-dynamic" in " ".join(words),
    )


def profile(arguments: Arguments) -> str:
    """Return the name of the directory of the profile."""
    named = arguments.value("--profile")
    name = "release" if arguments.flags & {"-r", "--release"} else "dev" if named is None else named.text
    return _PROFILES.get(name, name)


def install_folder(arguments: Arguments, world: World) -> str | None:
    """Return the directory that ``cargo install`` puts programs below; None if it is not known."""
    asked = arguments.value("--root")
    said = all_settings(world)
    if said is None or (asked is not None and not asked.known):
        return None
    if asked is not None:
        return absolute(asked.text, world.cwd)
    if "CARGO_INSTALL_ROOT" in world.env:
        named = world.env["CARGO_INSTALL_ROOT"]
        return absolute(named, world.cwd) if named else None
    root = next(((folder, one.install_root) for folder, one in said if one.install_root), None)
    return absolute(root[1], root[0]) if root is not None else cargo_home(world)


def all_settings(world: World) -> tuple[tuple[str, Settings], ...] | None:
    """Return the settings that hold in the working directory, the nearest first, each with the directory that its paths
    start from; None if a file cannot be read.
    """
    home = cargo_home(world)
    places = [*(f"{folder.rstrip('/')}/.cargo" for folder in _above(world.cwd)), *((home,) if home else ())]
    found: list[tuple[str, Settings]] = []
    for folder in dict.fromkeys(places):
        path = next((p for name in _FILES if _may_exist(p := f"{folder}/{name}", world)), "")
        text = world.read(path) if path else ""
        one = settings(text) if text is not None else None
        if one is None:
            return None
        found.append((posixpath.dirname(folder), one))
    return tuple(found)


def _may_exist(path: str, world: World) -> bool:
    return world.exists(path) or any(one.path == path for one in world.edited)


def _above(folder: str) -> tuple[str, ...]:
    places = [folder]
    while places[-1] != "/":
        places.append(posixpath.dirname(places[-1]))
    return tuple(places)


def _home(variable: str, name: str, world: World) -> str | None:
    if variable in world.env:
        value = world.env[variable]
        return absolute(value, world.cwd) if value else None
    home = world.env.get("HOME") or world.home()
    return f"{home.rstrip('/')}/{name}" if home else None


def _top(asked: Expanded | None, said: tuple[tuple[str, Settings], ...], root: str, world: World) -> str:
    if asked is not None:
        return absolute(asked.text, world.cwd)
    named = next((world.env[name] for name in _FOLDERS if world.env.get(name)), None)
    if named:
        return absolute(named, world.cwd)
    setting = next(((folder, one.target_folder) for folder, one in said if one.target_folder), None)
    return absolute(setting[1], setting[0]) if setting is not None else absolute("target", root)


def _first(said: tuple[tuple[str, Settings], ...], name: str) -> str:
    return next((getattr(one, name) for _, one in said if getattr(one, name)), "")


def _overridden(arguments: Arguments) -> bool:
    given = [value for option, _, value in arguments.values if option == "--config"]
    return any(not v.known or "=" not in v.text or v.text.startswith(_OVERRIDES) for v in given)


def _flags(said: tuple[tuple[str, Settings], ...], world: World) -> list[str]:
    given = [(world.env.get(name) or "").replace("\x1f", " ") for name in _FLAGS]
    own = [value or "" for name, value in world.env.items() if name.endswith("_RUSTFLAGS") and name not in _FLAGS]
    return [*given, *own, *(flag for _, one in said for flag in one.flags)]


def _is_static(triple: str, flags: tuple[str, ...]) -> bool:
    """Whether programs are linked with the C library as an archive: musl's targets do that by themselves (The Rust
    Reference, "Static and dynamic C runtimes").
    """
    text = " ".join(flags)
    return "+crt-static" in text or ("-musl" in triple and "-crt-static" not in text)


def _links(flags: tuple[str, ...]) -> bool:
    """Whether flags name libraries, or where these are looked for (rustc's manual, "-l", "-C link-arg", "-C rpath")."""
    named = ("-l", "link-arg=-l", "-Clink-arg=-l", "-Clink-args", "link-args")
    return any("rpath" in flag or (flag.startswith(named) and not flag.startswith("-link")) for flag in flags)
