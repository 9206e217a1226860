"""Who else in the repository builds, runs or extends the image: what they call is live, as what the image starts is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path as File

from msgspec.structs import replace

from transformer.classify.root_set import Roots, merge, words_of
from transformer.classify.roots import Finder
from transformer.context.consumers import Consumers, Mention, consumers_of
from transformer.context.facts import Facts
from transformer.context.image_users import UNKNOWN, ImageBuild, ImageUse
from transformer.ir.diagnostic import Diagnostic
from transformer.ir.dockerfile import Dockerfile
from transformer.ir.effects import Interpretation, Path
from transformer.ir.source import Position
from transformer.ir.verdict import Live, OtherBuild, Reason
from transformer.parse.variables import arg_declarations, scope_at_from

_CURE = "build it from a Dockerfile of its own, or from the build stage: after the split, `target:` that stage there"

_OFFER = "let it build the build stage: --write --unsafe writes its target as well"


def add_users(
    dockerfile: Dockerfile, walk: Interpretation, facts: Facts, roots: Roots, *, python: bool
) -> tuple[Diagnostic, ...]:
    """Add to ``roots`` what the users of the image call; return why the image cannot be split for one of them."""
    if facts.dockerfile is None:
        return ()
    found = consumers_of(facts.dockerfile)
    near = facts.context.root if facts.context is not None else facts.dockerfile.parent
    for use in found.uses:
        finder = Finder(
            _as_run(walk, use),
            facts.context,
            python=python,
            origin=_seen_from(found, use.path, near),
        )
        _follow(finder, use, walk, own=any(i.keyword == "ENTRYPOINT" for i in dockerfile.instructions))
        refusal = _refusal(finder, use)
        if use.told:
            roots.unread += [replace(refusal, code="DF411")] if refusal is not None and finder.roots.toolchain else []
            finder.roots.unread, refusal = [], None
        if refusal is not None and use.retarget is not None and use.command is not None:
            roots.others.append(_other(found, use, refusal))
            continue
        if refusal is not None:
            return (refusal,)
        merge(roots, finder.roots)
    roots.unread += _other_arguments(dockerfile, found, near)
    roots.others += _opened(found, near)
    return tuple(_built_on(found, near))


def started_elsewhere(facts: Facts) -> Diagnostic | None:
    """Return that the file says of no program that it is started, but a service of the repository does; None without
    one.
    """
    found = consumers_of(facts.dockerfile) if facts.dockerfile is not None else None
    use = next((u for u in found.uses if u.service and u.command and not u.told), None) if found is not None else None
    if found is None or use is None or use.command is None or UNKNOWN in " ".join(use.command):
        return None
    near = facts.context.root if facts.context is not None else facts.dockerfile.parent if facts.dockerfile else File()
    path = _seen_from(found, use.path, near)
    line = " ".join((*(use.entrypoint or ()), *use.command))
    message = f"no CMD and no ENTRYPOINT: only the service {use.service} in {path} says what runs, `{line}`"
    return Diagnostic("DF402", message, cure="write it into the Dockerfile as CMD, and run dockerfix again")


def _seen_from(found: Consumers, path: str, folder: File) -> str:
    return os.path.relpath(found.root / path, folder)


def _as_run(walk: Interpretation, use: ImageUse) -> Interpretation:
    """Return the image's state with the working directory and the variables that it is run with."""
    given = {name: None if UNKNOWN in value else value for name, value in use.environment}
    cwd = use.cwd if use.cwd.startswith("/") else walk.cwd
    return replace(walk, cwd=cwd, env={**walk.env, **given})


def _follow(finder: Finder, use: ImageUse, walk: Interpretation, *, own: bool) -> None:
    position = Position(use.line, 1)
    why = f"{finder.origin} runs it"
    if use.entrypoint is not None or use.command is not None:
        entrypoint = use.entrypoint if use.entrypoint is not None else walk.entrypoint
        command = use.command if use.command is not None else () if use.entrypoint is not None else walk.cmd
        if (*entrypoint, *command) and _is_known(finder, (*entrypoint, *command), position):
            finder.image(entrypoint, command, position, why, own=own or use.entrypoint is not None)
    for words in use.beside:
        if words and _is_known(finder, words, position):
            finder.command_line(words, position, why)
    reason = (Reason(f"{finder.origin} fills a volume from it", position, finder.origin),)
    finder.roots.live += [Live(Path(path.rstrip("/"), tree=True), reason) for path in use.mounted if path != "/"]
    told = (word for word in words_of(use.named) if finder.context is None or not finder.context.is_file(word))
    finder.name(told, Reason(f"{finder.origin} names it", position, finder.origin))
    for name, value in use.environment:
        named = (Reason(f"{finder.origin} sets {name} to it", position, finder.origin),)
        paths = (word for word in value.split(":") if word.startswith("/") and len(word) > 1 and name != "PATH")
        finder.roots.live += [Live(Path(path.rstrip("/"), tree=True), named) for path in paths if UNKNOWN not in path]
        finder.name((value,) if name != "PATH" else (), named[0])


def _is_known(finder: Finder, words: tuple[str, ...], position: Position) -> bool:
    """Whether a command line says which program it runs; what it names by a variable is noted."""
    finder.roots.vague = finder.roots.vague or UNKNOWN in " ".join(words)
    if UNKNOWN not in words[0]:
        return True
    message = f"`{' '.join(words)}` is decided by a variable or a template"
    finder.roots.unread.append(Diagnostic("DF411", message, position, "write the command out", finder.origin))
    return False


def _refusal(finder: Finder, use: ImageUse) -> Diagnostic | None:
    """Return DF420 for somebody who builds or develops in the image, or waits there for a person."""
    found = finder.roots.toolchain or finder.roots.development
    if found is not None:
        return Diagnostic("DF420", found.message, Position(use.line, 1), _CURE, finder.origin)
    if finder.roots.shell and (use.service and use.command is not None and not use.entrypoint):
        line = " ".join(use.command)
        message = f"`{line}` waits for somebody who works in the container: its tools are the product there"
        return Diagnostic("DF420", message, Position(use.line, 1), _CURE, finder.origin)
    return None


def _other(found: Consumers, use: ImageUse, refusal: Diagnostic) -> OtherBuild:
    """Return the service with the change by which the build stage is built for it."""
    assert use.retarget is not None
    who = f"the service {use.service}" if use.service else f"the build of {use.image} there"
    why = f"{refusal.message}: {who} needs the build stage"
    diagnostic = replace(refusal, message=why, cure=_OFFER)
    place = str(found.root / use.path)
    return OtherBuild(place, use.retarget.service, use.retarget.insertions, diagnostic, bool(use.entrypoint))


def _other_arguments(dockerfile: Dockerfile, found: Consumers, near: File) -> Iterator[Diagnostic]:
    defaults = dict(_defaults(dockerfile))
    text = "\n".join(i.logical for i in dockerfile.instructions)
    for build in found.builds:
        for name, value in build.arguments:
            used = f"${name}" in text or f"${{{name}" in text
            if used and name in defaults and defaults[name] not in ("", value):
                yield _other_argument(build, name, value, defaults[name], _seen_from(found, build.path, near))


def _other_argument(build: ImageBuild, name: str, value: str, default: str, path: str) -> Diagnostic:
    said = "a value that is not known here" if UNKNOWN in value or "$" in value else value
    message = f"the image is built with {name}={said}; what was found out holds for {default}"
    cure = "make the value that is used the default in the Dockerfile"
    return Diagnostic("DF422", message, Position(build.line, 1), cure, path)


def _defaults(dockerfile: Dockerfile) -> Iterator[tuple[str, str]]:
    scope = scope_at_from(dockerfile)
    for instruction in dockerfile.instructions:
        for name, value in arg_declarations(instruction) if instruction.keyword == "ARG" else ():
            yield name, scope.expand(value).text if value else ""


def _built_on(found: Consumers, near: File) -> Iterator[Diagnostic]:
    for base in found.bases:
        message, cure = f"{base.text} is the base of another image", "split that image first, or keep this one as it is"
        yield _mention(base, Diagnostic("DF421", message, cure=cure), _seen_from(found, base.path, near))
    for one in found.developers:
        if one.retarget is None:
            yield _developed(one, found, near)


def _opened(found: Consumers, near: File) -> Iterator[OtherBuild]:
    """Yield the files of editors that can say that they build the build stage: it is what people develop in."""
    for one in found.developers:
        if one.retarget is not None:
            finding = replace(_developed(one, found, near), cure=_OFFER)
            yield OtherBuild(str(found.root / one.path), one.retarget.service, one.retarget.insertions, finding, True)


def _developed(one: Mention, found: Consumers, near: File) -> Diagnostic:
    message = f"{one.text} is opened by people who develop in it"
    return _mention(one, Diagnostic("DF420", message, cure=_CURE), _seen_from(found, one.path, near))


def _mention(place: Mention, diagnostic: Diagnostic, path: str) -> Diagnostic:
    return replace(diagnostic, position=Position(place.line, 1), path=path)
