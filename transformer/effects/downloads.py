"""Fetchers, and the check of what they fetch."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from urllib.parse import urlsplit

from transformer.ecosystems.call import Call, World, absolute, resolve
from transformer.effects.combine import opaque
from transformer.ir.effects import Effects, Nature, Path, Write
from transformer.ir.script import Command, SimpleCommand
from transformer.knowledge.commands import command as known_command
from transformer.knowledge.programs import programs
from transformer.shell import Expanded


def curl(call: Call, world: World) -> Effects:
    """``curl``: -o and -O write; otherwise the answer goes to standard output."""
    if call.arguments.unknown:
        return opaque(f"option {call.arguments.unknown[0]} of curl is not known")
    folder = call.arguments.value("--output-dir")
    if folder is not None and not folder.known:
        return opaque("the directory of curl is not known")
    cwd = world.cwd if folder is None else absolute(folder.text, world.cwd)
    writes = [
        Write(p, Nature.DOWNLOAD)
        for _, role, value in call.arguments.values
        if role in {"download", "write"} and value.text != "-"
        for p in [resolve(value, cwd if role == "download" else world.cwd)]
        if p is not None
    ]
    asked = sum(role in {"download", "write"} and value.text != "-" for _, role, value in call.arguments.values)
    if len(writes) < asked:
        return opaque("a file of curl is not known")
    if call.arguments.flags & {"-J", "--remote-header-name"}:
        writes.append(Write(Path(cwd, tree=True), Nature.DOWNLOAD))  # the server says the name
    elif call.arguments.flags & {"-O", "--remote-name", "--remote-name-all"}:
        writes += [Write(_remote_name(w, cwd), Nature.DOWNLOAD) for w in call.arguments.operands]
    _note(call, writes, world)
    return Effects(writes=tuple(w for w in writes if w.path.path != "/dev/null"))


def wget(call: Call, world: World) -> Effects:
    """``wget``: -O names the file, -P the directory; otherwise the name comes from the address."""
    if call.arguments.unknown:
        return opaque(f"option {call.arguments.unknown[0]} of wget is not known")
    named = call.arguments.value("-O", "--output-document")
    if named is not None:
        path = resolve(named, world.cwd)
        if named.text == "-" or (path is not None and path.path == "/dev/null"):
            return Effects()
        if path is None:
            return opaque("a file of wget is not known")
        _note(call, [Write(path, Nature.DOWNLOAD)], world)
        return Effects(writes=(Write(path, Nature.DOWNLOAD),))
    folder = call.arguments.value("-P", "--directory-prefix")
    cwd = world.cwd if folder is None else absolute(folder.text, world.cwd)
    if call.arguments.flags & {
        "-r",
        "-m",
        "-x",
        "--recursive",
        "--mirror",
        "--force-directories",
        "--content-disposition",
    }:
        return Effects(writes=(Write(Path(cwd, tree=True), Nature.DOWNLOAD),))
    if call.arguments.value("-i") is not None:  # a list of addresses
        return Effects(writes=(Write(Path(cwd, tree=True), Nature.DOWNLOAD),))
    writes = tuple(Write(_remote_name(w, cwd), Nature.DOWNLOAD) for w in call.arguments.operands)
    _note(call, writes, world)
    return Effects(writes=writes)


def address(command: Command) -> str:
    """Return the only address that a fetcher is asked for, "" for any other command."""
    words = [w.raw.strip("\"'") for w in command.words] if isinstance(command, SimpleCommand) else []
    spec = known_command(posixpath.basename(words[0])) if words else None
    found = [w for w in words[1:] if w.startswith(("http://", "https://"))]
    return found[0] if spec is not None and spec.effect in {"curl", "wget"} and len(found) == 1 else ""


def _note(call: Call, writes: Sequence[Write], world: World) -> None:
    """Remember where the only file that was fetched comes from, and whether it is the installer of a toolchain."""
    addresses = [w.text for w in call.arguments.operands if w.known]
    if len(writes) == len(addresses) == 1:
        world.downloads[writes[0].path.path] = addresses[0]
    for write in writes:
        world.installers.pop(write.path.path, None)
    installer = installer_of(call.arguments.operands)
    if installer and len(writes) == 1:
        world.installers[writes[0].path.path] = installer


def installer_of(words: tuple[Expanded, ...]) -> str:
    """Return the command that the only address among the words of a fetcher is an installer's of, or ""."""
    addresses = [w.text.partition("://") for w in words if "://" in (w.text if w.known else w.prefix)]
    if len(addresses) != 1 or not addresses[0][0].startswith("http"):
        bare = [w.text for w in words if w.known and w.text.rstrip("/") in programs().installers]
        return programs().installers[bare[0].rstrip("/")] if len(bare) == 1 and not addresses else ""
    place = addresses[0][2]
    known = programs().installers
    return next((name for start, name in known.items() if place == start or place.startswith(start + "/")), "")


def _remote_name(url: Expanded, cwd: str) -> Path:
    name = posixpath.basename(urlsplit(url.text).path) if _plain(url.text) else ""
    name = "" if any(c in name for c in "{}[]") else name  # curl's own patterns
    return Path(absolute(name, cwd)) if name else Path(cwd, tree=True)


def _plain(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def gpg(call: Call, world: World) -> Effects:
    """``gpg``: keeps its keys in $GNUPGHOME or ~/.gnupg, where only gpg reads them; -o writes."""
    home = world.env.get("GNUPGHOME") or (world.env.get("HOME") or "/root") + "/.gnupg"
    writes = [Write(Path(absolute(home, world.cwd), tree=True), Nature.CACHE)]
    texts = [w.text for w in call.words]
    for option in ("-o", "--output"):
        if option in texts[:-1]:
            path = resolve(call.words[texts.index(option) + 1], world.cwd)
            if path is None:
                return opaque("the output of gpg is not known")
            writes.append(Write(path, Nature.DATA))
    reads = tuple(
        p
        for w in call.words
        if w.known and "/" in w.text and not w.text.startswith("-")
        for p in [resolve(w, world.cwd)]
        if p
    )
    return Effects(reads=reads, writes=tuple(writes))
