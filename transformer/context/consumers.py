"""Who else uses the image of a Dockerfile in its repository: the files that build it, run it, or build on top of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from transformer.context import deployments, devcontainer
from transformer.context.compose import Service, services
from transformer.context.image_users import ImageBuild, ImageUse, image_name, joined
from transformer.context.repository import Kind, Repository, kind_of, repository, root_of
from transformer.context.retarget import Retarget

if TYPE_CHECKING:
    from transformer.context.bake import Target

_FROM = re.compile(
    r"^[ \t]*(?:FROM|COPY|ADD)[ \t]+(?:--(?!from=)\S+[ \t]+)*(?:--from=)?(\S+)", re.IGNORECASE | re.MULTILINE
)
_MANUALS = (".md", ".rst")
_KEPT = 4
"""Of how many repositories what their files say is kept in memory."""


class Mention(Struct, frozen=True):
    """A place in a file of the repository, and what it says."""

    path: str
    line: int
    text: str = ""
    retarget: Retarget | None = None
    """How the file is made to build another stage."""


class Consumers(Struct, frozen=True):
    """What the repository says of one image: who builds it, and who runs it.

    ``bases`` are files that build on the image, ``developers`` those that open it to somebody who works in it.
    """

    root: Path
    builds: tuple[ImageBuild, ...] = ()
    uses: tuple[ImageUse, ...] = ()
    bases: tuple[Mention, ...] = ()
    developers: tuple[Mention, ...] = ()


class _Said(Struct, frozen=True):
    """What all files of a repository say, of whichever image."""

    builds: tuple[ImageBuild, ...]
    uses: tuple[ImageUse, ...]
    services: tuple[Service, ...]
    targets: tuple[Target, ...]
    texts: tuple[tuple[str, str], ...]
    """Files that are read for the image's name alone, with what they say."""


def consumers_of(dockerfile: Path) -> Consumers:
    """Return what the repository around a Dockerfile says of its image. Files that cannot be read say nothing."""
    root, own = _placed(dockerfile)
    where = repository(root)
    said = _said(root)
    all_builds = (*said.builds, *(s.build for s in said.services if s.build), *(t.build for t in said.targets))
    builds = tuple(build for build in all_builds if build.dockerfile == own)
    mine = _services(said, own)
    names = {image_name(name) for build in builds for name in build.names}
    own_image = partial(_is_own, where, own, names)
    uses = [*(s.use for s in mine), *(use for use in said.uses if not use.service and own_image(use.image))]
    containers = {use.container for use in uses if use.container}
    inside = (use for use in said.uses if use.service and _enters(use.service, mine, containers))
    others = _others(where, said, own, frozenset(names))
    return Consumers(
        root,
        builds,
        tuple(_retargeted(use, builds, where) for use in (*uses, *inside, *others)),
        tuple(_bases(where, own, names, said, mine)),
        tuple(_opened(where, own, mine)),
    )


def _retargeted(use: ImageUse, builds: tuple[ImageBuild, ...], where: Repository) -> ImageUse:
    """Return a use with how the file builds another stage for it, where the image is built in the same file for nothing
    else: its name stands there where it is built and where it is run.
    """
    mine = [build for build in builds if build.path == use.path and use.image in build.names]
    alone = len(mine) == 1 and mine[0].names == (use.image,) and not use.container and "$" not in use.image
    if use.retarget is not None or not alone or (where.read(use.path) or "").count(use.image) != 2:  # noqa: PLR2004
        return use
    return replace(use, retarget=mine[0].retarget)


def _others(where: Repository, said: _Said, own: str, names: frozenset[str]) -> Iterator[ImageUse]:
    """Yield what files say that are of no kind that is read exactly."""
    folder = own.rpartition("/")[0]
    alone = where.of_kind(Kind.DOCKERFILE) == (own,)
    names = names or frozenset({where.root.name.lower()} if alone else ())
    beside = [path for path in where.of_kind(Kind.YAML, Kind.JSON) if path.rpartition("/")[0] == folder]
    for path, text in (*said.texts, *((path, where.read(path) or "") for path in beside)):
        if path.rpartition("/")[0] == folder and deployments.is_platform(path, text):
            yield from deployments.platform_uses(path, text)
        elif path not in beside and not path.endswith(_MANUALS):
            yield from deployments.uses_near(path, text, names)


def _is_own(where: Repository, own: str, names: set[str], image: str) -> bool:
    return image_name(image) in names or _only(where, image, own, named=bool(names))


def _enters(name: str, mine: tuple[Service, ...], containers: set[str]) -> bool:
    """Whether a name that is given to ``exec`` means a container of the image: a service, or how Compose calls its
    containers (project, service and number; with ``_`` before version 2), or the name that it was given.
    """
    known = any(name in (s.name, s.folder) for s in mine)
    numbered = any(re.fullmatch(rf"(?:.*[-_])?{re.escape(s.name)}[-_]\d+", name) for s in mine)
    return known or numbered or name in containers


def forget() -> None:
    """Forget what the files of repositories said: for a process that lives longer than they stay as they are."""
    for cache in (_said, _build_files, repository):
        cache.cache_clear()


def context_of(dockerfile: Path) -> Path | None:
    """Return the directory that every Compose and Bake file beside or above a Dockerfile builds it in; None if none
    does.
    """
    root, own = _placed(dockerfile)
    found = {build.context for build in _near(root, own.rpartition("/")[0]) if build.dockerfile == own}
    return root / found.pop() if len(found) == 1 else None


def _placed(dockerfile: Path) -> tuple[Path, str]:
    """Return the repository's root, and the Dockerfile relative to it."""
    root = root_of(dockerfile.parent)
    return root, os.path.relpath(dockerfile, root)


def _near(root: Path, folder: str) -> Iterator[ImageBuild]:
    """Yield the builds of the Compose and Bake files in a directory of a repository and in those above it."""
    where = repository(root)
    places = [folder, *(str(p) for p in Path(folder).parents)] if folder else [""]
    for place in dict.fromkeys("" if p == "." else p for p in places):
        names = [(name, f"{place}/{name}" if place else name) for name in _build_files(root / place)]
        for name, path in names:
            if kind_of(name) is Kind.COMPOSE:
                yield from (service.build for service in services(where, path) if service.build is not None)
        bakes = tuple(path for name, path in names if kind_of(name) is Kind.BAKE)
        yield from (target.build for target in _baked(where, bakes))


@lru_cache(maxsize=_KEPT * 100)
def _build_files(folder: Path) -> tuple[str, ...]:
    """Return the names of the Compose and Bake files in a directory."""
    kinds = (Kind.COMPOSE, Kind.BAKE)
    try:
        return tuple(sorted(p.name for p in folder.iterdir() if kind_of(p.name) in kinds))
    except OSError:
        return ()


@lru_cache(maxsize=_KEPT)
def _said(root: Path) -> _Said:
    where = repository(root)
    composed = tuple(s for path in where.of_kind(Kind.COMPOSE) for s in services(where, path))
    texts = tuple((path, where.read(path) or "") for path in where.of_kind(Kind.TEXT, Kind.CODE))
    found = [
        *_in_yaml(where, where.of_kind(Kind.YAML, Kind.JSON)),
        *_in_shell(where, where.of_kind(Kind.SHELL)),
        *_in_texts(texts),
    ]
    return _Said(
        tuple(one for one in found if isinstance(one, ImageBuild)),
        tuple(one for one in found if isinstance(one, ImageUse)),
        composed,
        tuple(_all_baked(where)),
        texts,
    )


def _all_baked(where: Repository) -> Iterator[Target]:
    paths = where.of_kind(Kind.BAKE)
    for folder in dict.fromkeys(path.rpartition("/")[0] for path in paths):
        yield from _baked(where, tuple(path for path in paths if path.rpartition("/")[0] == folder))


def _baked(where: Repository, paths: tuple[str, ...]) -> tuple[Target, ...]:
    if not paths:
        return ()
    from transformer.context import bake

    return bake.targets(where, paths)


def _in_yaml(where: Repository, paths: tuple[str, ...]) -> Iterator[ImageBuild | ImageUse]:
    if paths:  # most projects have none, and reading them costs its imports
        from transformer.context import manifests

        for path in paths:
            yield from manifests.users(where, path)


def _in_shell(where: Repository, paths: tuple[str, ...]) -> Iterator[ImageBuild | ImageUse]:
    if paths:
        from transformer.context import docker_lines

        for path in paths:
            yield from docker_lines.users(where.read(path) or "", path)


def _in_texts(texts: tuple[tuple[str, str], ...]) -> Iterator[ImageBuild | ImageUse]:
    if texts:
        from transformer.context import docker_lines

        for path, text in texts:
            for found in docker_lines.users(text, path, quoted=True):
                told = isinstance(found, ImageUse) and path.endswith(_MANUALS)
                yield replace(found, told=True, named="") if told else found


def _services(said: _Said, own: str) -> tuple[Service, ...]:
    """Return the services that run the image: they build it, use its name, or override one that does."""
    building = [s for s in said.services if s.build is not None and s.build.dockerfile == own]
    images = {image_name(s.image) for s in building if s.image}
    keys = {(s.folder, s.name) for s in building}
    by_name = (s for s in said.services if s.build is None and s.image and image_name(s.image) in images)
    merged = [s for s in said.services if s.build is None and (s.folder, s.name) in keys]
    named = [replace(s, use=replace(s.use, retarget=None)) for s in by_name if s not in merged]
    return (*building, *merged, *named)


def _only(where: Repository, image: str, own: str, *, named: bool) -> bool:
    """Whether an image whose builder is not known can only be this one: what a template says, or the project's own name
    if nothing else names the image.
    """
    last = image_name(image).rpartition("/")[2]
    ours = last.startswith("$") or (not named and last == where.root.name.lower())
    return ours and where.of_kind(Kind.DOCKERFILE) == (own,)


def _bases(where: Repository, own: str, names: set[str], said: _Said, mine: tuple[Service, ...]) -> Iterator[Mention]:
    for path in where.of_kind(Kind.DOCKERFILE):
        text = where.read(path) or "" if path != own and names else ""
        for found in _FROM.finditer(text):
            if image_name(found[1]) in names:
                yield Mention(path, text.count("\n", 0, found.start()) + 1, found[1])
    own_names = {(s.folder, s.name) for s in mine if s.build is not None}
    for service in said.services:
        if any((service.folder, base) in own_names for base in service.bases) and service.build is not None:
            yield Mention(service.build.path, service.build.line, service.name)
    baked = {(target.folder, target.name) for target in said.targets if target.build.dockerfile == own}
    for target in said.targets:
        if any((target.folder, base) in baked for base in target.bases):
            yield Mention(target.build.path, target.build.line, target.name)


def _opened(where: Repository, own: str, mine: tuple[Service, ...]) -> Iterator[Mention]:
    """Yield the devcontainer.json files that open the image, or a service of it (containers.dev)."""
    for path in where.of_kind(Kind.DEVCONTAINER):
        text = where.read(path) or ""
        table = devcontainer.settings(text)
        file = devcontainer.dockerfile(table)
        if file and joined(path.rpartition("/")[0], file) == own:
            yield Mention(path, 1, file, devcontainer.retarget(text))
        elif table.get("dockerComposeFile") and any(s.name == table.get("service") for s in mine):
            yield Mention(path, 1, str(table.get("service")))
