"""Services of Compose files (Compose specification: services, build, merge, extends)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from transformer.context.image_users import ImageBuild, ImageUse, interpolated, joined, split_words
from transformer.context.repository import Repository
from transformer.context.retarget import retarget
from transformer.context.yaml_nodes import Node, documents

_EXTENDS = 5
"""How many services are followed from one to the one that it extends, and files from one to the one it includes."""
_HOOKS = ("post_start", "pre_stop")


class Service(Struct, frozen=True):
    """A service: ``build`` if it builds an image; ``folder`` is the directory of its file; ``bases`` are services whose
    image it is built from.
    """

    name: str
    folder: str
    image: str
    build: ImageBuild | None
    use: ImageUse
    bases: tuple[str, ...] = ()


def services(repository: Repository, path: str, depth: int = _EXTENDS) -> tuple[Service, ...]:
    """Return the services of a Compose file and of those that it includes; none if it cannot be read."""
    found: list[Service] = []
    for document in documents(repository.read(path) or ""):
        table = document.get("services")
        for name, node in (table.members() if table is not None else {}).items():
            found.append(_service(repository, path, name, node, _EXTENDS))
        for file in _included(document.get("include")) if depth else ():
            found += services(repository, joined(path.rpartition("/")[0], file), depth - 1)
    return tuple(found)


def _included(node: Node | None) -> Iterator[str]:
    """Yield the files that ``include`` names: texts, or mappings with one path or several."""
    for one in node.elements if node is not None else ():
        path = one if one.text is not None else one.get("path")
        if path is not None:
            yield from path.words() if path.text is None else (interpolated(path.text),)


def _service(repository: Repository, path: str, name: str, node: Node, depth: int) -> Service:
    folder = path.rpartition("/")[0]
    build, bases = _build(node.get("build"), path, folder)
    image = _text(node.get("image"))
    if build is not None and image:
        build = replace(build, names=(image,))
    mine = Service(name, folder, image, build, _use(path, name, node), bases)
    extended = _extended(repository, path, node, depth) if depth else None
    return _merged(extended, mine) if extended is not None else mine


def _extended(repository: Repository, path: str, node: Node, depth: int) -> Service | None:
    extends = node.get("extends")
    if extends is None:
        return None
    other = _text(extends.get("file"))
    file = joined(path.rpartition("/")[0], other) if other else path
    name = _text(extends.get("service")) or _text(extends)
    for document in documents(repository.read(file) or ""):
        found = document.get("services", name)
        if found is not None:
            return _service(repository, file, name, found, depth - 1)
    return None


def _merged(base: Service, own: Service) -> Service:
    use = replace(
        own.use,
        entrypoint=own.use.entrypoint if own.use.entrypoint is not None else base.use.entrypoint,
        command=own.use.command if own.use.command is not None else base.use.command,
        beside=own.use.beside or base.use.beside,
        cwd=own.use.cwd or base.use.cwd,
        mounted=(*base.use.mounted, *own.use.mounted),
        container=own.use.container or base.use.container,
        environment=(*base.use.environment, *own.use.environment),
        named=f"{base.use.named} {own.use.named}",
    )
    image, build = own.image or base.image, own.build or base.build
    return replace(own, image=image, build=build, use=replace(use, image=image), bases=own.bases or base.bases)


def _build(node: Node | None, path: str, folder: str) -> tuple[ImageBuild | None, tuple[str, ...]]:
    if node is None:
        return None, ()
    context = _text(node) or _text(node.get("context")) or "."
    dockerfile = _text(node.get("dockerfile")) or "Dockerfile"
    where = joined(folder, context)
    extra = node.get("additional_contexts")
    values = [_text(one) for one in extra.members().values()] if extra is not None else []
    bases = tuple(v.removeprefix("service:") for v in values if v.startswith("service:"))
    tags = node.get("tags")
    found = ImageBuild(
        path,
        node.line,
        joined(where, dockerfile) if where != ".." else "..",
        where,
        _pairs(node.get("args")),
        tags.words() if tags is not None else (),
    )
    return found, bases


def _use(path: str, name: str, node: Node) -> ImageUse:
    entrypoint, command, test = node.get("entrypoint"), node.get("command"), node.get("healthcheck", "test")
    place = next((one for one in (command, entrypoint) if one is not None), node)
    labels = node.get("labels")
    return ImageUse(
        path,
        place.line,
        _text(node.get("image")),
        name,
        _words(entrypoint),
        _words(command),
        (*_health(test), *_beside(node)),
        _text(node.get("working_dir")),
        tuple(_mounted(node.get("volumes"))),
        _text(node.get("container_name")),
        retarget(name, node),
        _pairs(node.get("environment")),
        named=" ".join(one.text or "" for one in labels.scalars()) if labels is not None else "",
    )


def _beside(node: Node) -> Iterator[tuple[str, ...]]:
    """Yield what runs in the container beside its command: hooks, and what a watch runs after it has copied files."""
    hooks = [one for hook in _HOOKS for one in _elements(node.get(hook))]
    watches = [one.get("exec") for one in _elements(node.get("develop", "watch"))]
    for one in (*hooks, *watches):
        words = _words(one.get("command")) if one is not None else None
        if words:
            yield words


def _elements(node: Node | None) -> tuple[Node, ...]:
    return node.elements if node is not None else ()


def _words(node: Node | None) -> tuple[str, ...] | None:
    """Return an entry point or a command; ``null`` and nothing mean the image's own."""
    if node is None or (node.text is not None and node.raw.tag.endswith(":null")):
        return None
    if node.text is not None:
        return split_words(interpolated(node.text))
    return tuple(interpolated(word) for word in node.words())


def _health(node: Node | None) -> tuple[tuple[str, ...], ...]:
    if node is None:
        return ()
    if node.text is not None:
        return (("/bin/sh", "-c", interpolated(node.text)),)
    kind, *rest = (*map(interpolated, node.words()), "")
    words = tuple(rest[:-1])
    if kind == "CMD-SHELL" and words:
        return (("/bin/sh", "-c", words[0]),)
    return (words,) if kind == "CMD" and words else ()


def _mounted(node: Node | None) -> list[str]:
    """Return where named and anonymous volumes are mounted: a new one is filled from the image."""
    found = []
    for one in node.elements if node is not None else ():
        parts = interpolated(one.text or "").split(":")
        if one.text is None:
            if _text(one.get("type")) in {"volume", ""}:
                found.append(_text(one.get("target")))
        elif len(parts) == 1 or not parts[0].startswith((".", "/", "~", "$")):
            found.append(parts[0] if len(parts) == 1 else parts[1])
    return [path for path in found if path.startswith("/")]


def _pairs(node: Node | None) -> tuple[tuple[str, str], ...]:
    """Return the arguments or variables that have a value; one without takes it from the environment of the caller."""
    if node is None:
        return ()
    listed = [tuple(word.partition("=")[::2]) for word in node.words() if "=" in word]
    named = [(key, one.text) for key, one in node.members().items() if one.text is not None]
    return tuple((key, interpolated(value)) for key, value in (*listed, *named))


def _text(node: Node | None) -> str:
    return interpolated(node.text) if node is not None and node.text is not None else ""
