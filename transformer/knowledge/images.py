"""Base images: the release under a reference, the config, the packages it holds and its runtime sibling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from transformer.knowledge import configs, exceptions, overlay, references, releases, tags
from transformer.knowledge.loader import rows
from transformer.knowledge.packages import release
from transformer.knowledge.programs import programs
from transformer.knowledge.releases import Coverage

_SLIM = "slim"


class ImageConfig(Struct, frozen=True):
    """The config that a child image inherits.

    ``how``: ``listed`` (read for this very tag), ``family`` (the same for all images of the family) or ``sibling``
    (of the nearest version of the same variant: keys are likely). The values of ``uncertain`` variables hold a version
    that was not confirmed for this tag. Variables with checksums, signing keys or download addresses are not stored.
    """

    env: Mapping[str, str]
    uncertain: frozenset[str]
    workdir: str | None
    user: str | None
    entrypoint: tuple[str, ...] | None
    cmd: tuple[str, ...] | None
    shell: tuple[str, ...] | None
    expose: tuple[str, ...]
    volume: tuple[str, ...]
    stopsignal: str | None
    onbuild: tuple[str, ...]
    how: str
    proven: bool
    family: str = ""
    version: str = ""
    """Major and minor version of what the image is about, as its tag says; "" if it does not say them."""
    release: str = ""


class RuntimeImage(Struct, frozen=True):
    """A smaller image on the same release that runs what this one builds.

    ``how``: ``os-base`` (the bare image of the release), ``add`` or ``swap`` (the same tag with a word more or another
    word), ``parent`` (swapped in what the image is built from), ``overlay`` (the user names it). ``own_libraries`` are
    directories outside the package manager whose libraries programs may need and the runtime image lacks. Not proven:
    the release may have moved.
    """

    reference: str
    env_only_in_sdk: tuple[str, ...]
    own_libraries: tuple[str, ...]
    how: str
    proven: bool


class BaseImage(Struct, frozen=True):
    """What is known of the image that a FROM names.

    ``release`` is None if unknown, and known as of ``as_of`` unless ``pinned``. ``listed``: the tag is or was listed.
    ``frozen``: it is no longer listed and will not move. ``parent`` is what it is built FROM (``parent_proven``:
    this very tag, not only others of its kind), ``os_image`` the smallest bare image of its release, ``installed``
    what its Dockerfiles install from the distribution. ``stated`` is what the user's overlay says of it.
    """

    reference: str
    prefix: str
    family: str
    tag: str
    variant: str
    distribution: str | None
    release: str | None
    listed: bool
    frozen: bool
    pinned: bool
    as_of: str
    digest: str | None
    config: ImageConfig | None
    installed: tuple[str, ...]
    installed_proven: bool
    parent: str | None
    parent_proven: bool
    os_image: str | None
    stated: overlay.StatedImage | None = None

    @property
    def packages(self) -> frozenset[str]:
        """The OS packages it surely holds beyond the bare image of its release, as far as tables know that release."""
        return _held(self.release, self.installed)

    @property
    def excludes(self) -> tuple[str, ...]:
        """The directories of packages that the image keeps apt from unpacking, if it is a slim one."""
        slim = _SLIM in self.variant.split("+")
        return tuple(row[0] for row in rows("slim-excludes.tsv") if slim and row[1] == self.distribution)

    def holds(self, package: str) -> bool:
        """Return whether the image is known to hold the OS package (False also means: not known)."""
        return package in self.packages or (self.release is not None and package in base_packages(self.release))

    @property
    def runtime(self) -> RuntimeImage | None:
        """The smaller image that can run what this one builds, or None if no rule of its family applies."""
        from transformer.knowledge.runtime import runtime_of

        return runtime_of(self)

    def lacking(self, smaller: BaseImage) -> Mapping[str, tuple[str, ...]]:
        """Return the packages that this image has and ``smaller`` lacks, by kind of role (lib, program, dev …)."""
        place = release(self.release or "")
        found: dict[str, list[str]] = {}
        for package in sorted(self.packages | place.base_packages):
            if not smaller.holds(package):
                role = place.role(package)
                found.setdefault(role.kind if role else "unknown", []).append(package)
        return {kind: tuple(names) for kind, names in sorted(found.items())}

    def beside(self, reference: str) -> str | None:
        """Return what an official image is called where this one comes from: below the same path, or in the repository
        that the overlay names for it; None if it names none.
        """
        if self.stated is None:
            return self.prefix + reference
        repository, tag = overlay.split_tag(reference)
        found = overlay.current().repository(repository)
        return f"{found}:{tag}" if found and tag else found


def base_packages(name: str) -> frozenset[str]:
    """Return what the bare image of a release surely holds (the Essential and required set with its dependencies)."""
    return release(name).base_packages


@overlay.remembered(1024)
def image(reference: str) -> BaseImage | None:
    """Return what is known of an image, or None if its family is unknown or its tag says nothing.

    A row of the user's overlay goes first: the image is then like another one, and may hold more.
    """
    row = overlay.current().image(reference)
    if row is None:
        return _official(reference)
    like = _official(row.like)
    if like is None:
        return None
    stated = replace(like, reference=reference, prefix="", stated=row)
    return stated if row.mirror or row.runtime else replace(stated, parent=None, parent_proven=False, os_image=None)


def _official(reference: str) -> BaseImage | None:
    named = references.parse(reference)
    if named is None or not tags.is_family(named.family):
        return None
    tag = tags.lookup(named.family, named.tag) or configs.listed_tag(named.family, named.tag)
    return _describe(named, tag) if tag else None


def _describe(named: references.Reference, tag: tags.Tag) -> BaseImage:
    distribution, _, number = tag.release.partition(":")
    where = tag.release if number not in ("", "?") else None
    found = configs.find(named.family, named.tag, tag.release)
    parent, parent_proven = _parent(named, found, where)
    return BaseImage(
        reference=named.text,
        prefix=named.prefix,
        family=named.family,
        tag=named.tag,
        variant=found.variant if found else tags.variant_name(tags.variant(named.tag)),
        distribution=distribution or None,
        release=where,
        listed=tag.listed,
        frozen=tag.frozen,
        pinned=tag.pinned,
        as_of=tag.as_of,
        digest=named.digest,
        config=_config(found, named, where) if found and "env" in found.fields else None,
        installed=(tuple(_installed(found.fields)) or _corrected(named.family, found.variant)) if found else (),
        installed_proven=found is not None and found.same_release,
        parent=parent,
        parent_proven=parent_proven,
        os_image=os_image(where),
    )


def _parent(named: references.Reference, found: configs.Found | None, where: str | None) -> tuple[str | None, bool]:
    """Return what an image is built from, and whether that was read for this very tag."""
    ended = tags.ended(named.family, named.tag)
    if ended is not None and ended.parent:
        return ended.parent, True
    return (found.parent(where), found.how == "listed") if found is not None else (None, False)


def _corrected(family: str, variant: str) -> tuple[str, ...]:
    """Return what an image installs whose Dockerfile the table of images was read wrongly from."""
    return tuple(exceptions.of("installed").get(f"{family}:{variant}", "").split())


def _installed(fields: dict[str, Any]) -> Iterator[str]:
    """Yield what the Dockerfile of an image installs, by their names or by a variable that stays in the image."""
    yield from fields.get("apt", ())
    for name in programs().installed_variables:
        yield from dict(fields.get("env", ())).get(name, "").split()


def _config(found: configs.Found, named: references.Reference, release_name: str | None) -> ImageConfig:
    version = re.match(r"[0-9]+\.[0-9]+(?![0-9])", named.tag)
    fields: dict[str, Any] = found.fields
    return ImageConfig(
        env=fields["env"],
        uncertain=found.uncertain,
        workdir=fields.get("workdir"),
        user=fields.get("user"),
        entrypoint=_words(fields.get("entrypoint")),
        cmd=_words(fields.get("cmd")),
        shell=_words(fields.get("shell")),
        expose=_words(fields.get("expose")) or (),
        volume=_words(fields.get("volume")) or (),
        stopsignal=fields.get("stopsignal"),
        onbuild=_words(fields.get("onbuild")) or (),
        how=found.how,
        proven=found.how != "sibling",
        family=named.family,
        version=version[0] if version else "",
        release=release_name or "",
    )


def _words(value: list[str] | str | None) -> tuple[str, ...] | None:
    return None if value is None else (value,) if isinstance(value, str) else tuple(value)


@lru_cache(maxsize=256)
def os_image(name: str | None) -> str | None:
    """Return the smallest bare image of a release that was ever listed, or None."""
    known = releases.find(name or "")
    for distribution, template in rows("os-images.tsv"):
        if distribution == known.distribution and known.number + known.codename:
            candidate = template.format(codename=known.codename, number=known.number)
            if _exists(candidate):
                return candidate
    return None


def _exists(reference: str) -> bool:
    family, _, tag = reference.partition(":")
    return tags.is_listed(family, tag) or configs.listed_tag(family, tag) is not None


@lru_cache(maxsize=256)
def _held(name: str | None, installed: tuple[str, ...]) -> frozenset[str]:
    if name is None:
        return frozenset()
    place = release(name)
    if place.coverage is not Coverage.EXACT:
        return frozenset(installed)
    return place.closure(installed, recommends=False) - place.base_packages
