"""Targets of Bake files, in HCL and JSON (Docker Buildx, "Bake file reference"): which images they build, and how."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from transformer.context.image_users import UNKNOWN, ImageBuild, joined
from transformer.context.repository import Repository

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_INHERITED = 10
"""How many targets are followed from one to those that it inherits from."""
_MERGED = ("args", "contexts")
"""Tables of which a target that inherits keeps the keys that it does not give itself."""
_BASE = "target:"
_BUILT = frozenset({"context", "dockerfile", "tags", "target", "output", "dockerfile-inline"})


class Target(Struct, frozen=True):
    """A target: what it builds, and the targets of the same files whose images it is built from."""

    name: str
    folder: str
    build: ImageBuild
    bases: tuple[str, ...] = ()


class _Block(Struct, frozen=True):
    """A block of a file: its kind (target, variable ...), name, attributes, and where it begins."""

    kind: str
    name: str
    values: dict[str, Any]
    path: str
    line: int


def targets(repository: Repository, paths: Iterable[str]) -> tuple[Target, ...]:
    """Return the targets of the Bake files of one directory, which Bake reads as one; none of a file that is none."""
    blocks: list[_Block] = []
    for path in sorted(paths, key=_order):
        text = repository.read(path) or ""
        try:
            blocks += _in_json(text, path) if path.endswith(".json") else _in_hcl(text, path)
        except (ValueError, RecursionError):
            continue
    variables = {b.name: b.values.get("default") for b in blocks if b.kind == "variable"}
    known: dict[str, list[_Block]] = {}
    for block in blocks:
        if block.kind == "target":
            known.setdefault(block.name, []).append(block)
    built = (name for name in known if not _is_abstract(name, known))
    return tuple(found for name in built if (found := _target(name, known, variables)) is not None)


def _is_abstract(name: str, known: Mapping[str, list[_Block]]) -> bool:
    """Whether a target is there for others to inherit from: it says nothing of its own about what is built."""
    parents = (block.values.get("inherits") for blocks in known.values() for block in blocks)
    inherited = any(name in parent for parent in parents if isinstance(parent, list))
    return inherited and not any(_BUILT & block.values.keys() for block in known[name])


def _order(path: str) -> tuple[bool, bool, str]:
    """Return in which order Bake reads its files: later ones override ("File lookup")."""
    return ".override." in path, path.endswith(".hcl"), path


def _target(name: str, known: Mapping[str, list[_Block]], variables: Mapping[str, Any]) -> Target | None:
    values = _inherited(name, known, _INHERITED)
    text = {key: _said(value, variables) for key, value in values.items()}
    if "dockerfile-inline" in values:
        return None
    first = known[name][0]
    folder = first.path.rpartition("/")[0]
    context, dockerfile = text.get("context") or ".", text.get("dockerfile") or "Dockerfile"
    if "://" in context or context.startswith("git@"):
        return None
    where = joined(folder, context)
    contexts = _pairs(values.get("contexts"), variables)
    build = ImageBuild(
        first.path,
        first.line,
        joined(where, dockerfile) if where != ".." else "..",
        where,
        tuple(_pairs(values.get("args"), variables)),
        tuple(_said(tag, variables) for tag in values.get("tags") or () if isinstance(values.get("tags"), list)),
    )
    return Target(name, folder, build, tuple(v.removeprefix(_BASE) for _, v in contexts if v.startswith(_BASE)))


def _inherited(name: str, known: Mapping[str, list[_Block]], depth: int) -> dict[str, Any]:
    """Return the attributes of a target with those that it inherits; of several the later ones count."""
    result: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for block in known.get(name, ()):
        _override(own, block.values)
    parents = own.get("inherits")
    for parent in parents if isinstance(parents, list) and depth else ():
        if isinstance(parent, str):
            _override(result, _inherited(parent, known, depth - 1))
    _override(result, own)
    return result


def _override(values: dict[str, Any], by: Mapping[str, Any]) -> None:
    for key, value in by.items():
        before = values.get(key)
        both = key in _MERGED and isinstance(before, dict) and isinstance(value, dict)
        values[key] = {**before, **value} if both else value  # type: ignore[dict-item]


def _pairs(table: Any, variables: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the entries of a table that have a value; one that is null takes it from elsewhere."""
    found = table.items() if isinstance(table, dict) else ()
    return [(key, _said(value, variables)) for key, value in found if value is not None]


def _said(value: Any, variables: Mapping[str, Any], depth: int = _INHERITED) -> str:
    """Return a value as text, variables as their defaults; what else is not known here is ``UNKNOWN``."""
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case _Joined(parts):
            return "".join(_said(part, variables, depth) for part in parts)
        case _Variable(name) if variables.get(name) is not None and depth:
            return _said(variables[name], variables, depth - 1)
    return UNKNOWN if value is not None else ""


class _Variable(Struct, frozen=True):
    name: str


class _Joined(Struct, frozen=True):
    parts: tuple[Any, ...]


def _in_json(text: str, path: str) -> Iterator[_Block]:
    table = json.loads(text)
    for kind in ("variable", "target") if isinstance(table, dict) else ():
        members = table.get(kind)
        for name, values in members.items() if isinstance(members, dict) else ():
            if isinstance(values, dict):
                read = {key: _interpolated(value) for key, value in values.items()}
                yield _Block(kind, name, read, path, 1)


def _interpolated(value: Any) -> Any:
    """Return a value of JSON, whose strings are HCL templates."""
    match value:
        case str() if "${" in value:
            try:
                found = _value(_expression(json.dumps(value)))
            except ValueError:
                return _Variable("")
            return found
        case list():
            return [_interpolated(one) for one in value]
        case dict():
            return {key: _interpolated(one) for key, one in value.items()}
    return value


def _in_hcl(text: str, path: str) -> Iterator[_Block]:
    root = _parser().parse(text.encode()).root_node
    body = next((child for child in root.children if child.type == "body"), None)
    for block in body.children if body is not None else ():
        if block.type != "block":
            continue
        kind, *names = [_text(child) for child in block.children if child.type in {"identifier", "string_lit"}]
        inner = next((child for child in block.children if child.type == "body"), None)
        attributes = [child for child in inner.children if child.type == "attribute"] if inner is not None else []
        values = {_text(one.children[0]): _value(one.children[-1]) for one in attributes}
        if len(names) == 1:
            yield _Block(kind, names[0], values, path, block.start_point[0] + 1)


def _expression(text: str) -> Node:
    root = _parser().parse(f"x = {text}\n".encode()).root_node
    if root.has_error:
        raise ValueError(text)
    return root.children[0].children[0].children[-1]


def _value(node: Node) -> Any:
    """Return the value of an expression: text, list, table or what must be looked up; ``_Variable("")`` for others."""
    inside = [child for child in node.children if child.is_named]
    match node.type:
        case "expression" | "literal_value" | "collection_value" | "template_expr" if len(inside) == 1:
            return _value(inside[0])
        case "string_lit" | "quoted_template":
            parts = tuple(_part(child) for child in inside if not child.type.startswith("quoted_template_"))
            return "".join(parts) if all(isinstance(part, str) for part in parts) else _Joined(parts)
        case "numeric_lit" | "bool_lit":
            return _plain(node)
        case "null_lit":
            return None
        case "variable_expr":
            return _Variable(_plain(node))
        case "tuple":
            return [_value(child) for child in inside if child.type == "expression"]
        case "object":
            pairs = [[c for c in child.children if c.type == "expression"] for child in inside]
            return {_key(pair[0]): _value(pair[1]) for pair in pairs if len(pair) == 2}  # noqa: PLR2004 key and value
    return _Variable("")


def _part(node: Node) -> Any:
    """Return one part of a template: text as it stands, or what is interpolated."""
    if node.type == "template_literal":
        return _plain(node)
    inner = [child for child in node.children if child.type == "expression"]
    return _value(inner[0]) if len(inner) == 1 else _Variable("")


def _key(node: Node) -> str:
    found = _value(node)
    return found.name if isinstance(found, _Variable) else str(found)


def _text(node: Node) -> str:
    found = _value(node) if node.type == "string_lit" else _plain(node)
    return found if isinstance(found, str) else UNKNOWN


def _plain(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_hcl
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_hcl.language()))
