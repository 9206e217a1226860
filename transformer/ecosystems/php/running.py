"""Calls of the interpreter: code on the command line, Composer and its installer, and programs of the project.

Source: the PHP manual, "Using PHP from the command line".
"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import urlsplit

from msgspec.structs import replace

from transformer.ecosystems.call import Call, World, absolute, parse_arguments
from transformer.ecosystems.php.composer import composer, installer
from transformer.ecosystems.php.extensions import NAME
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.knowledge.commands import command
from transformer.knowledge.programs import php_names
from transformer.shell import Expanded

_SAYING = frozenset(
    {
        "-v",
        "--version",
        "-m",
        "--modules",
        "-i",
        "--info",
        "-h",
        "--help",
        "--ini",
        "-l",
        "--rf",
        "--rc",
        "--re",
        "--ri",
    }
)
_SWITCHES = frozenset({"-n", "-q", "-C", "-e", "--no-php-ini", "--no-chdir"})
_VALUED = frozenset({"-d", "--define", "-c", "--php-ini"})
_FETCHED = re.compile(r"""copy\(\s*(['"])(?P<url>https?://[^'"]+)\1\s*,\s*(['"])(?P<file>[^'"$]+)\3\s*\)""")
_REMOVED = re.compile(r"""unlink\(\s*(['"])(?P<file>[^'"$]+)\1\s*\)""")
_CHECK = re.compile(
    r"\b(?:hash_file|hash_equals|hash|trim|file_get_contents|copy|unlink|exit|die|sha1_file|readfile)\b"
)
_CALL = re.compile(
    r"\b(?!if\b|echo\b|else\b|print\b|while\b)[A-Za-z_]\w*(?=\s*\()|`|\$\w+\s*\(|\bnew\b|\beval\b|\binclude|\brequire"
)
_PURE = re.compile(
    r"phpversion|phpinfo|extension_loaded|ini_get\w*|get_loaded_extensions|var_dump|print_r|version_compare|implode"
)


def php(call: Call, world: World) -> Effects | None:
    """Return what a call of the interpreter does; None for one that is not known."""
    words = list(call.words)
    while words and words[0].known and words[0].text.startswith("-"):
        option = words[0].text
        if option in _SAYING:
            return Effects()
        if option in {"--", "-"}:
            return _piped(tuple(words[1:]), world)
        if option in {"-r", "--run"}:
            return _line(words[1] if len(words) > 1 else None, world)
        if option == "-f":
            words.pop(0)
            break
        words.pop(0)
        if option in _VALUED and words:
            words.pop(0)
        elif not (option in _VALUED or option in _SWITCHES or option[:2] in _VALUED):
            return None
    if not words:
        return _piped((), world)
    return _file(words, call, world) if words[0].known else None


def _piped(words: tuple[Expanded, ...], world: World) -> Effects | None:
    """Code from a pipe: Composer's installer, if that is what was fetched."""
    return installer(words, world) if _is_installer(world.fed) else None


def _file(words: list[Expanded], call: Call, world: World) -> Effects | None:
    path = absolute(words[0].text, world.cwd)
    base = posixpath.basename(path)
    if not world.exists(path) and (_is_installer(world.downloads.get(path, "")) or base in php_names().installer_files):
        done = installer(tuple(words[1:]), world)
        return replace(done, reads=(Path(path),)) if done is not None else None
    spec = command(base)
    if spec is not None and spec.effect == "composer":
        rest = tuple(words[1:])
        inner = replace(call, name=base, spec=spec, words=rest, arguments=parse_arguments(spec, rest), program=path)
        done = composer(inner, world)
        return replace(done, reads=(*done.reads, Path(path))) if done is not None else None
    if _writes_in_project(base, words[1:]):
        here = Path(world.cwd, tree=True)
        return Effects(reads=(Path(path), here), writes=(Write(here, Nature.MODULES, must=False),), toolchain=NAME)
    return application(path, world)


def _writes_in_project(program: str, words: list[Expanded]) -> bool:
    """Whether the command of a framework's program is one that writes in the project alone."""
    verbs = [w.text for w in words if w.known and not (w.text.startswith("-") and w.text not in {"--version", "-V"})]
    return bool(verbs) and verbs[0] in php_names().commands.get(program, ())


def application(script: str, world: World) -> Effects:
    """Return the effects of running code of the project: it works in its directory, and nothing more is known."""
    reads = (Path(script),)
    if world.cwd == "/":
        return Effects(reads=reads, application=NAME)
    here = Path(world.cwd, tree=True)
    return Effects(reads=(*reads, here), writes=(Write(here, Nature.DATA, must=False),), application=NAME)


def _line(code: Expanded | None, world: World) -> Effects | None:
    """``php -r CODE``: copies and removes of files by name, checks and questions are known."""
    if code is None or not code.known:
        return None
    calls = {found[0] for found in _CALL.finditer(code.text)}
    if not all(_CHECK.fullmatch(name) or _PURE.fullmatch(name) for name in calls):
        return None
    fetched, removed = list(_FETCHED.finditer(code.text)), list(_REMOVED.finditer(code.text))
    if len(fetched) < code.text.count("copy(") or len(removed) < code.text.count("unlink("):
        return None
    writes = []
    for found in fetched:
        path = absolute(found["file"], world.cwd)
        world.downloads[path] = found["url"]
        writes.append(Write(Path(path), Nature.DOWNLOAD))
    certain = "if" not in re.findall(r"\w+", code.text)
    gone = tuple(Path(absolute(found["file"], world.cwd)) for found in removed) if certain else ()
    return Effects(writes=tuple(writes), removes=gone)


def _is_installer(address: str) -> bool:
    parts = urlsplit(address)
    return f"{parts.netloc}{parts.path}".startswith(php_names().installers)
