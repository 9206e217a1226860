"""From an SDK image to the image that runs what it built, by the rule of its family (``data/runtime-rules.tsv``)."""

from __future__ import annotations

from functools import cache

from transformer.knowledge import images, overlay
from transformer.knowledge.images import BaseImage, RuntimeImage
from transformer.knowledge.loader import rows
from transformer.knowledge.tables import KnowledgeError


@overlay.remembered(512)
def _by_reference(reference: str) -> RuntimeImage | None:
    sdk = images.image(reference)
    rule = _rules().get(sdk.family) if sdk else None
    if sdk is not None and sdk.stated is not None and (sdk.stated.runtime or not sdk.stated.mirror):
        return _stated(sdk, sdk.stated.runtime)
    if sdk is None or rule is None:
        return None
    how, word, libraries = rule
    target = _target(sdk, how, word)
    if target is None or target == sdk.reference:
        return None
    lost = _lost_environment(sdk, images.image(target))
    proven = sdk.digest is None and (sdk.pinned or how != "os-base")
    return RuntimeImage(target, lost, tuple(libraries.split()), how, proven)


def runtime_of(sdk: BaseImage) -> RuntimeImage | None:
    """Return the runtime image of ``sdk``, or None if its family has no rule or no such image was ever listed."""
    return _by_reference(sdk.reference)


def has_rule(family: str) -> bool:
    """Whether images of the family have a toolchain that others do without."""
    return family in _rules()


def _stated(sdk: BaseImage, runtime: str | None) -> RuntimeImage | None:
    """Return the runtime image that the user names for an image."""
    if not runtime:
        return None
    return RuntimeImage(runtime, _lost_environment(sdk, images.image(runtime)), (), "overlay", True)


@cache
def _rules() -> dict[str, tuple[str, str, str]]:
    try:
        return {family: (how, word, libraries) for family, how, word, libraries in rows("runtime-rules.tsv")}
    except ValueError as error:
        raise KnowledgeError("runtime-rules.tsv", str(error)) from error


def _target(sdk: BaseImage, how: str, word: str) -> str | None:
    match how:
        case "os-base":
            return sdk.beside(sdk.os_image) if sdk.os_image else None
        case "add":
            return _sibling(sdk, _with_word(sdk.tag, word))
        case "swap":
            return _sibling(sdk, _with_swap(sdk.tag, word))
        case "parent":
            parent = images.image(sdk.parent) if sdk.parent and sdk.parent_proven else None
            found = _sibling(parent, _with_swap(parent.tag, word)) if parent else None
            return sdk.beside(found) if found else None
        case _:
            raise KnowledgeError("runtime-rules.tsv", f"unknown rule {how}")


def _sibling(sdk: BaseImage, candidates: list[str]) -> str | None:
    """Return the first candidate tag of the same family that is listed on the same release."""
    for tag in candidates:
        other = images.image(f"{sdk.family}:{tag}")
        if other and other.listed and other.release == sdk.release and sdk.release and _as_long_listed(sdk, other):
            return sdk.beside(f"{sdk.family}:{tag}")
    return None


def _as_long_listed(sdk: BaseImage, other: BaseImage) -> bool:
    """Whether both tags float, or both are frozen: else they may hold different versions of the language."""
    return sdk.frozen == other.frozen


def _with_word(tag: str, word: str) -> list[str]:
    parts = tag.split("-")
    if word in parts:
        return []
    if tag == "latest":
        return [word]
    return ["-".join([*parts[:at], word, *parts[at:]]) for at in range(1, len(parts) + 1)] + [f"{word}-{tag}"]


def _with_swap(tag: str, words: str) -> list[str]:
    """Return the tags with a word exchanged for another, by each ``old=new`` of the rule; none for one that has it."""
    pairs = [pair.split("=") for pair in words.split()]
    parts = tag.split("-")
    if any(new in parts for _, new in pairs):
        return []
    return [found for old, new in pairs for found in _exchanged(tag, old, new)]


def _exchanged(tag: str, old: str, new: str) -> list[str]:
    parts = tag.split("-")
    if old in parts:
        return ["-".join(new if part == old else part for part in parts)]
    return _with_word(tag, new)


def _lost_environment(sdk: BaseImage, target: BaseImage | None) -> tuple[str, ...]:
    """Return the variables that only the SDK image sets; PATH is in every image."""
    if sdk.config is None or target is None or target.config is None:
        return ()
    return tuple(sorted(sdk.config.env.keys() - target.config.env.keys()))
