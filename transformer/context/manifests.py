"""YAML that runs images: Kubernetes manifests and Helm charts (PodSpec v1), and jobs of CI systems."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from transformer.context import docker_lines
from transformer.context.image_users import (
    UNKNOWN,
    ImageBuild,
    ImageUse,
    image_name,
    interpolated,
    joined,
    split_words,
)
from transformer.context.repository import Repository
from transformer.context.retarget import retarget_action
from transformer.context.yaml_nodes import Node, documents
from transformer.knowledge.programs import container_tools

_LINE_TEMPLATE = re.compile(r"^[ \t]*\{\{.*\}\}[ \t]*$", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_SCRIPTS = ("before_script", "script", "after_script", "run", "commands", "source")
_LISTS = ("containers", "initContainers", "ephemeralContainers")
_IN_JSON = re.compile(r'"image"\s*:\s*"')
_MATTERS = re.compile(r"\b(docker|podman|nerdctl|buildah|image|file|context|containers|initContainers)\b")


def users(repository: Repository, path: str) -> Iterator[ImageBuild | ImageUse]:
    """Yield the builds and uses of a YAML file: containers, jobs, builds of actions, and command lines in its texts.

    Templates are read as unknown words; what is no YAML then says nothing.
    """
    text = repository.read(path) or ""
    if not (_IN_JSON if path.endswith(".json") else _MATTERS).search(text):
        return
    plain = _TEMPLATE.sub(f"{UNKNOWN}", _LINE_TEMPLATE.sub("", text)) if "{{" in text else text
    for document in documents(plain):
        for node in _mappings(document):
            yield from _mapping(node, path)
        for scalar in document.scalars():
            value = scalar.text or ""
            if "\n" in value or " " in value:
                yield from docker_lines.users(value, path, scalar.line + ("\n" in value))


def _mappings(root: Node) -> Iterator[Node]:
    seen: set[int] = set()
    todo = [root]
    while todo:
        node = todo.pop()
        if id(node.raw) in seen:
            continue
        seen.add(id(node.raw))
        if node.raw.id == "mapping":
            yield node
        todo += (*node.elements, *node.members().values())


def _mapping(node: Node, path: str) -> Iterator[ImageBuild | ImageUse]:
    members = node.members()
    image = _image(members.get("image"))
    named = _image(members.get("name"))
    if image and "using" not in members:
        yield from _container(image, members, path)
    elif named and "args" in members:
        yield from _step(named, members, path)
    for patched in (one for key in _LISTS if key in members for one in members[key].elements):
        if patched.get("image") is None:
            yield from _container("", patched.members(), path)
    action = members.get("with")
    if action is not None and {"context", "file", "tags"} & action.members().keys():
        yield _action(action, path)
    if members.get("using") is not None and image:
        yield from _own_action(image, members, path)


def _step(image: str, members: dict[str, Node], path: str) -> Iterator[ImageBuild | ImageUse]:
    """A step of Cloud Build, whose name is its image; that of a container tool gets the tool's arguments."""
    line, words = members["args"].line, _words(members["args"]) or ()
    tool = image_name(image).rpartition("/")[2]
    if tool in container_tools().programs:
        yield from docker_lines.users(shlex.join((tool, *words)), path, line)
    else:
        yield ImageUse(path, line, image, "", _words(members.get("entrypoint")), words)


def _own_action(image: str, members: dict[str, Node], path: str) -> Iterator[ImageBuild | ImageUse]:
    """An action that is run in the image of its Dockerfile (GitHub, "Metadata syntax": runs for Docker actions)."""
    line = members["image"].line
    beside = [words for key in ("pre-entrypoint", "post-entrypoint") if (words := _words(members.get(key)))]
    yield ImageBuild(path, line, joined(path.rpartition("/")[0], image), path.rpartition("/")[0] or ".", (), (path,))
    entrypoint, args = _words(members.get("entrypoint")), _words(members.get("args"))
    yield ImageUse(path, line, path, "", entrypoint, args, tuple(beside))


def _image(node: Node | None) -> str:
    """Return the image of a container or job; ``image: {name: …}`` is GitLab's other way."""
    named = node.get("name") if node is not None and node.text is None else node
    return interpolated(named.text) if named is not None and named.text else ""


def _container(image: str, members: dict[str, Node], path: str) -> Iterator[ImageUse]:
    entry = members.get("entryPoint", members.get("entrypoint"))
    command, args = (_words(members.get(key)) for key in ("command", "args"))
    if entry is not None or (args is None and "command" in members and members["command"].text is not None):
        command, args = _words(entry), command  # ECS, and what takes its words from Compose
    place = next((members[key] for key in ("command", "args", "image") if key in members), None)
    beside = [
        words
        for outer in (*(members.get(probe) for probe in _PROBES), *_hooks(members.get("lifecycle")))
        if outer is not None and (words := _words(outer.get("exec", "command")))
    ]
    for key in _SCRIPTS:
        node = members.get(key)
        texts = (*node.words(), node.text or "") if node is not None else ()
        beside += [("/bin/sh", "-c", text) for text in texts if text]
    line = place.line if place is not None else 1
    if command is not None or args is not None or beside or image:
        name = _text(members.get("name"))
        yield ImageUse(
            path, line, image, "" if image else name, command, args, tuple(beside), container=name if image else ""
        )


def _hooks(lifecycle: Node | None) -> tuple[Node | None, ...]:
    return tuple(lifecycle.get(hook) for hook in _HOOKS) if lifecycle is not None else ()


def _action(node: Node, path: str) -> ImageBuild:
    """Return the build of an action with ``context``, ``file``, ``tags`` and ``build-args``."""
    texts = {key: one.text or "" for key, one in node.members().items()}
    context = texts.get("context") or "."
    context = "." if "$" in context or "://" in context else context
    pairs = (line.partition("=") for line in texts.get("build-args", "").splitlines() if "=" in line)
    return ImageBuild(
        path,
        node.line,
        joined(texts["file"]) if texts.get("file") else joined(context, "Dockerfile"),
        joined(context),
        tuple((name.strip(), value.strip()) for name, _, value in pairs),
        tuple(tag for tag in re.split(r"[\s,]+", texts.get("tags", "")) if tag),
        None if _goes_elsewhere(texts) else retarget_action(node),
    )


def _goes_elsewhere(inputs: dict[str, str]) -> bool:
    """Whether what an action builds may be published (docker/build-push-action, "Inputs")."""
    return inputs.get("push", "false").strip() != "false" or bool({"outputs", "cache-to"} & inputs.keys())


def _words(node: Node | None) -> tuple[str, ...] | None:
    if node is None:
        return None
    return split_words(interpolated(node.text)) if node.text is not None else tuple(map(interpolated, node.words()))


def _text(node: Node | None) -> str:
    return node.text or "" if node is not None else ""
