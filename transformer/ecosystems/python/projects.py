"""pipenv, poetry and uv: managers of a project's environment, where that lies and what they install into it.

Sources: pipenv's "Configuration", poetry's "Configuration" and "Commands", uv's "Projects" and "Environment variables".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from transformer.context.requirements import locked
from transformer.ecosystems.call import Arguments, Call, World, absolute, parse_arguments
from transformer.ecosystems.python.interpreter import application, environment_made
from transformer.ecosystems.python.pip import NAME, install, installed, is_plain, own_dependencies, replacing
from transformer.ecosystems.python.schemes import SYSTEM, places
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.effects import Distribution, Effects, Nature, Path, Write
from transformer.knowledge.commands import command

_FALSE = frozenset({"false", "0", "no", "off", "never"})
_TRUE = frozenset({"true", "1", "yes", "on"})
_PURE = frozenset(
    {"--version", "-V", "--help", "-h", "check", "graph", "show", "env", "version", "about", "tree", "help"}
)


def managed(call: Call, world: World) -> Effects | None:
    """Return what a call of a project manager does; None for one that is not known."""
    texts = [w.text for w in call.words if w.known]
    if len(texts) < len(call.words):
        return None
    verb = next((t for t in texts if not t.startswith("-")), "")
    if (not verb and set(texts) <= _PURE) or verb in _PURE:
        return Effects()
    if verb == "run":
        return application(None, world)
    return _MANAGERS[call.spec.name](verb, call, world)


def _pipenv(verb: str, call: Call, world: World) -> Effects | None:
    flags = {w.text for w in call.words}
    if verb == "lock":
        return Effects(writes=(Write(Path(absolute("Pipfile.lock", world.cwd)), Nature.MODULES),), toolchain=NAME)
    if verb not in {"install", "sync"} or flags & {"-r", "--requirements", "--python", "--three", "--site-packages"}:
        return None
    names = [w.text for w in call.words if not w.text.startswith("-") and w.text != verb]
    tree = (
        SYSTEM
        if "--system" in flags
        else _home_of_environments(world, ".local/share/virtualenvs", "PIPENV_VENV_IN_PROJECT")
    )
    lock = () if "--skip-lock" in flags or names else ("Pipfile.lock",)
    return _installed(tree, lock, world, editable=False)


def _poetry(verb: str, call: Call, world: World) -> Effects | None:
    flags = {w.text.partition("=")[0] for w in call.words}
    words = [w.text for w in call.words if not w.text.startswith("-")]
    if verb == "config":
        world.settings[f"poetry {words[1] if len(words) > 1 else ''}"] = words[2] if len(words) > 2 else ""  # noqa: PLR2004
        place = world.home()
        write = Write(Path(f"{place}/.config/pypoetry", tree=True), Nature.MODULES)
        return Effects(writes=(write,), toolchain=NAME) if place else None
    if verb in {"export", "lock", "build", "self"}:
        here = Path(world.cwd, tree=True)
        return (
            Effects(reads=(here,), writes=(Write(here, Nature.MODULES, must=False),), toolchain=NAME)
            if verb != "self"
            else None
        )
    if verb not in {"install", "sync"} or flags & {"-C", "--directory", "-P", "--project"}:
        return None
    creates = _setting("virtualenvs.create", world) not in _FALSE
    tree = (
        _home_of_environments(world, ".cache/pypoetry/virtualenvs", "POETRY_VIRTUALENVS_IN_PROJECT")
        if creates
        else SYSTEM
    )
    if creates and _setting("virtualenvs.in-project", world) in _TRUE:
        tree = Path(absolute(".venv", world.cwd), tree=True)
    return _installed(tree, ("poetry.lock",), world, editable="--no-root" not in flags)


def _uv(verb: str, call: Call, world: World) -> Effects | None:
    words = tuple(w for w in call.words if w.text != verb or verb not in {"pip", "venv"})
    if verb == "venv":
        spec = command("virtualenv")
        places_made = [w for w in words if not w.text.startswith("-")] or []
        if spec is None or not places_made:
            return _environment(absolute(".venv", world.cwd), world) if spec else None
        return environment_made(replace(call, arguments=parse_arguments(spec, words)), world)
    if verb == "pip":
        spec = command("pip")
        arguments = parse_arguments(spec, tuple(w for w in words if w.text != "install")) if spec else None
        if arguments is None or arguments.unknown or "install" not in {w.text for w in words}:
            return None
        return _uv_pip(arguments, world)
    if verb != "sync":
        return None
    flags = {w.text.partition("=")[0] for w in words}
    named = world.env.get("UV_PROJECT_ENVIRONMENT", ".venv")
    if named is None or flags & {"--project", "--directory", "--active", "--script", "--package", "--all-packages"}:
        return None
    tree = Path(absolute(named, world.cwd), tree=True)
    world.environments.add(tree.path)
    found = _installed(tree, ("uv.lock",), world, editable="--no-install-project" not in flags)
    quiet = (world.env.get("UV_PYTHON_DOWNLOADS") or "").lower() in _FALSE or "--no-managed-python" in flags
    if found is None or quiet or ("--python" not in flags and "-p" not in flags and _fits_image(world)):
        return found
    message = "the environment's interpreter is taken to be the image's: uv may fetch another one"
    return replace(found, assumptions=(Diagnostic("DF414", message, world.position, "set UV_PYTHON_DOWNLOADS=never"),))


def _fits_image(world: World) -> bool:
    """Whether uv surely takes the interpreter of the image: it looks for one on the system before it fetches one, for
    the version that ``.python-version`` or ``requires-python`` asks for (uv, "Python versions").
    """
    image = world.image
    told = any(v.startswith(("UV_PYTHON", "UV_MANAGED", "UV_CONFIG")) for v in world.env)
    text = world.read(absolute("pyproject.toml", world.cwd))
    if image is None or image.family != NAME or not image.version or told or text is None:
        return False
    settings = "python-preference" in text or world.read(absolute("uv.toml", world.cwd)) is not None
    return not settings and all(_holds(wanted, image.version) for wanted in _wanted(text, world))


def _wanted(pyproject: str, world: World) -> Iterator[str]:
    """Yield what the project asks of the interpreter's version, as specifiers (PEP 440)."""
    found = re.search(r"""(?m)^requires-python\s*=\s*["']([^"'\n]*)["']""", pyproject)
    yield found[1] if found else ""
    folder = world.cwd
    while folder != posixpath.dirname(folder):
        pinned = world.read(posixpath.join(folder, ".python-version"))
        if pinned is not None:
            yield f"=={pinned.strip()}.*" if re.fullmatch(r"\s*[0-9]+\.[0-9]+\s*", pinned) else "<0"
            return
        folder = posixpath.dirname(folder)


def _holds(wanted: str, version: str) -> bool:
    """Whether every patch release of a minor version fits."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifier = SpecifierSet(wanted)
    except InvalidSpecifier:
        return False
    minor = ".".join(version.split(".")[:2])
    return specifier.contains(f"{minor}.0") and specifier.contains(f"{minor}.999")


def _uv_pip(arguments: Arguments, world: World) -> Effects | None:
    if "--system" in arguments.flags or (world.env.get("UV_SYSTEM_PYTHON") or "").lower() in _TRUE:
        return install(replace(arguments, flags=arguments.flags - {"--system", "--user"}), "pip", world)
    active = world.env.get("VIRTUAL_ENV") or absolute(".venv", world.cwd)
    return install(arguments, f"{active}/bin/pip", world) if active in world.environments else None


def _environment(path: str, world: World) -> Effects:
    world.environments.add(path)
    return Effects(writes=(Write(Path(path, tree=True), Nature.MODULES),), toolchain=NAME)


def _home_of_environments(world: World, folder: str, in_project: str) -> Path | None:
    """Return where a manager keeps a project's environment: in the project, or among others in the home directory."""
    if (world.env.get(in_project) or "").lower() in _TRUE:
        return Path(absolute(".venv", world.cwd), tree=True)
    place = world.home()
    return Path(f"{place}/{folder}", tree=True) if place and in_project not in world.env else None


def _setting(name: str, world: World) -> str:
    variable = "POETRY_" + name.upper().replace(".", "_").replace("-", "_")
    return (world.env.get(variable) or world.settings.get(f"poetry {name}") or "").lower()


def _installed(tree: Path | None, locks: tuple[str, ...], world: World, *, editable: bool) -> Effects | None:
    """Return the effects of installing what a lock file names into a tree."""
    if tree is None:
        return None
    found = _named(locks, world)
    here = Path(world.cwd, tree=True)
    writes = [Write(p, Nature.MODULES) for p in places(tree, world, plain=is_plain(found, world) and not editable)]
    writes += [Write(here, Nature.MODULES, must=False)] if editable else []
    reads = (here,) if editable else tuple(Path(absolute(n, world.cwd)) for n in locks)
    own = tuple(own_dependencies(world.cwd, world)) if editable and not locks else ()
    done = installed(tuple(writes), reads, (*found, *own), world)
    return replace(done, assumptions=replacing(tree, {d.name for d in found if d.exact}, world))


def _named(locks: tuple[str, ...], world: World) -> tuple[Distribution, ...]:
    for name in locks:
        path = absolute(name, world.cwd)
        text = world.read(path)
        items = locked(path, text) if text is not None else None
        if items is not None:
            return tuple(Distribution(NAME, r.name, True, posixpath.basename(path), True) for r in items)
    return (Distribution(NAME, "", False, "the project"),)


_MANAGERS: dict[str, Callable[[str, Call, World], Effects | None]] = {"pipenv": _pipenv, "poetry": _poetry, "uv": _uv}
