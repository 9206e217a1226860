"""The repository around a Dockerfile: the files that say how the image is built and run. Bounded, and read-only."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from pathlib import Path

from transformer.context.build_context import regular_text, text_below

_MAX_FOLDERS = 4_000
_MAX_FILES = 1_000
_MAX_ABOVE = 40
_MAX_TEXTS = 300
_CODE_IN = frozenset({"", "test", "tests", "e2e", "integration", "ci", "scripts", "tools", "dags", "bin", "deploy"})
"""Directories with programs that run images; the application's own code is elsewhere."""
_NOT_ENTERED = frozenset({"node_modules", ".git", ".hg", ".svn", "vendor", "target", ".venv", "venv", "__pycache__"})


class Kind(Enum):
    """What a file says of images, by its name (Compose specification, "Compose file"; CI manuals)."""

    COMPOSE = r"(?i:(?:docker-)?compose(?:[.-].*)?\.ya?ml)"
    BAKE = r"docker-bake(?:\.override)?\.(?:hcl|json)"
    DEVCONTAINER = r"\.?devcontainer\.json"
    DOCKERFILE = r"(?i:dockerfile.*|.+\.dockerfile|containerfile)"
    SHELL = r"(?:GNU)?[Mm]akefile|.+\.mk|[Jj]ustfile|.+\.(?:[a-z]?|ba|fi)sh|Procfile.*|crontab.*|.+\.service"
    YAML = r"(?i:.+\.ya?ml)"
    JSON = r"(?!package|composer|tsconfig|manifest)(?i:.+\.json)"
    TEXT = r"[\w-]+|package\.json|.+\.(?:toml|tf|hcl|nomad|ini|cfg|bat|cmd|ps1|groovy|gradle|md|rst)"
    CODE = r".+\.(?:py|[cm]?[jt]s|go|rb|java|kt|php|rs)"


_LOOSE = frozenset({Kind.JSON, Kind.TEXT, Kind.CODE})
"""Kinds of which there may be very many, of which few say anything."""
_ANY = re.compile("|".join(f"(?P<{kind.name}>{kind.value})" for kind in Kind))
"""Names of all kinds at once: most files are of none."""


def kind_of(name: str) -> Kind | None:
    """Return the first kind that a file's name has."""
    found = _ANY.fullmatch(name)
    return Kind[found.lastgroup] if found is not None and found.lastgroup else None


@dataclass(frozen=True)
class Repository:
    """A directory that is one project; paths are relative to ``root``."""

    root: Path

    @cached_property
    def files(self) -> tuple[tuple[str, Kind], ...]:
        """The files of a known kind, those near the root first, at most 1,000, and 300 loose ones."""
        return tuple(self._found())

    @cached_property
    def folders(self) -> frozenset[str]:
        """The directories that hold such a file."""
        return frozenset(path.rpartition("/")[0] for path, _ in self.files)

    def of_kind(self, *kinds: Kind) -> tuple[str, ...]:
        """Return the files of these kinds."""
        return tuple(path for path, kind in self.files if kind in kinds)

    def read(self, path: str) -> str | None:
        """Return the text of a file; None if it cannot be read, or lies outside."""
        walked = path.rpartition("/")[0] in self.folders  # no link leads there
        return regular_text(f"{self.root}/{path}") if walked else text_below(self.root, path)

    def _found(self) -> Iterator[tuple[str, Kind]]:
        """Walk by levels, so that what is left out of a huge repository is what lies deepest."""
        level, folders, files, texts = [""], 0, 0, 0
        while level:
            below: list[str] = []
            for folder in level:
                folders += 1
                if folders > _MAX_FOLDERS or files > _MAX_FILES:
                    return
                names, inner = _entries(self.root / folder)
                prefix = f"{folder}/" if folder else ""
                below += [prefix + name for name in inner]
                for name in names:
                    kind = kind_of(name)
                    if kind in _LOOSE:
                        texts += 1
                    elif kind is not None:
                        files += 1
                    if kind is not None and (kind not in _LOOSE or (texts <= _MAX_TEXTS and _may_run(folder, kind))):
                        yield prefix + name, kind
            level = below


def _may_run(folder: str, kind: Kind) -> bool:
    return kind is not Kind.CODE or not _CODE_IN.isdisjoint(folder.split("/"))


@lru_cache(maxsize=4)
def repository(root: Path) -> Repository:
    """Return the repository at ``root``, the same for all Dockerfiles of a run."""
    return Repository(root)


def root_of(folder: Path) -> Path:
    """Return the nearest directory at or above ``folder`` that git tracks; ``folder`` itself if there is none."""
    start = Path(os.path.abspath(folder))  # noqa: PTH100 resolve() would follow links
    for place in (start, *start.parents[:_MAX_ABOVE]):
        if (place / ".git").exists():
            return place
    return start


def _entries(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the files and of the directories to enter, sorted; links are not followed."""
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        files = [e.name for e in entries if e.is_file(follow_symlinks=False)]
        inner = [e.name for e in entries if e.name not in _NOT_ENTERED and e.is_dir(follow_symlinks=False)]
    except OSError:
        return [], []
    return files, inner
