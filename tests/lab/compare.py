"""Judge two images by the laws of equivalence: same configuration, same files where it matters, nothing foreign.

Everything here is a function of values, so that it can be tested without an engine. A finding is a sentence.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tests.lab.image import ACCOUNTS, Entry, Files

CONFIG = (
    "User",
    "Cmd",
    "Entrypoint",
    "WorkingDir",
    "ExposedPorts",
    "Volumes",
    "StopSignal",
    "Healthcheck",
    "Shell",
    "OnBuild",
)
SEARCHED = (
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/go/bin",
    "/go/bin",
)

# What package managers and the engine write in passing; no program of an image looks at it.
NOISE = re.compile(
    r"""(
    /var/lib/dpkg | /var/lib/apt | /var/log | /var/cache/(apt|debconf|ldconfig|man|fontconfig) | /var/lib/systemd
    | /etc/ld\.so\.cache | /etc/(passwd|group|shadow|gshadow|subuid|subgid)- | /etc/g?shadow | /etc/\.pwd\.lock
    | /etc/dockerfix-lab | /etc/(resolv\.conf|hosts|hostname|mtab) | /\.dockerenv
    | /root/\.cache | /usr/share/info/dir(\.old)? | /run | /proc | /sys | /dev
    )(/|$)""",
    re.VERBOSE,
)

Config = Mapping[str, Any]


def compare_config(old: Config, new: Config, new_files: Files, report: str) -> Iterator[str]:
    """Yield what the configuration lost, gained or changed. ``report`` names the variables that may be gone (E1)."""
    for key in CONFIG:
        if (old.get(key) or None) != (new.get(key) or None):
            yield f"config {key}: {old.get(key)!r} became {new.get(key)!r}"
    for key, value in sorted(_labels(old).items() ^ _labels(new).items()):
        yield f"config Labels: {key}={value!r} is only in one of the two"
    yield from _compare_env(_env(old), _env(new), new_files, report)


def _labels(config: Config) -> dict[str, str]:
    return {
        key: value for key, value in (config.get("Labels") or {}).items() if not key.startswith("org.dockerfix.lab")
    }


def _env(config: Config) -> dict[str, str]:
    return dict(item.split("=", 1) for item in config.get("Env") or ())


def _compare_env(old: Mapping[str, str], new: Mapping[str, str], new_files: Files, report: str) -> Iterator[str]:
    yield from (f"config Env: {name} is new" for name in sorted(new.keys() - old.keys()))
    for name, value in old.items():
        if name not in new:
            if not _names(report, name):
                yield f"config Env: {name} is gone and the report does not say so"
        elif name == "PATH":
            yield from _compare_path(value.split(":"), new[name].split(":"), new_files, report)
        elif new[name] != value:
            yield f"config Env: {name}={value!r} became {new[name]!r}"


def _compare_path(old: list[str], new: list[str], new_files: Files, report: str) -> Iterator[str]:
    """An entry of PATH may go if nothing lies in it and the report says so; the others keep their order."""
    if [entry for entry in old if entry in new] != new:
        yield f"config Env: PATH {':'.join(old)} became {':'.join(new)}"
    for entry in old:
        if entry not in new and _is_used(new_files, entry):
            yield f"config Env: PATH lost {entry}, where there are files"
        if entry not in new and not _names(report, entry):
            yield f"config Env: PATH lost {entry} and the report does not say so"


def _names(report: str, name: str) -> bool:
    return re.search(rf"(?<![\w/]){re.escape(name)}(?![\w/])", report) is not None


def _is_used(files: Files, folder: str) -> bool:
    return any(posixpath.dirname(path) == folder for path in files)


def compare_files(old: Files, new: Files, old_base: Files, new_base: Files) -> Iterator[str]:
    """Yield the files of the new image that neither its base nor the old image explains (E2, E3)."""
    for path, entry in sorted(new.items()):
        if NOISE.match(path) or entry == old.get(path):
            continue
        if path in ACCOUNTS:
            yield from _compare_accounts(path, old.get(path), entry, new_base.get(path))
        elif entry != new_base.get(path) and not _is_passage(entry, old.get(path), old_base.get(path)):
            yield f"{path}: {old.get(path, 'not there')} became {entry}"
        elif entry == old_base.get(path):
            yield f"{path}: the old image had {old.get(path, 'removed it')}, the new one has the base's {entry}"


def _is_passage(new: Entry, old: Entry | None, old_base: Entry | None) -> bool:
    """A directory that a COPY or WORKDIR made on its way, where the old base, not the author, had set another mode."""
    return new == Entry("directory", 0o755, 0, 0) and old is not None and old == old_base and old.kind == "directory"


def _compare_accounts(path: str, old: Entry | None, new: Entry, base: Entry | None) -> Iterator[str]:
    known = frozenset[str]().union(*(entry.lines for entry in (old, base) if entry))
    yield from (f"{path}: {line} is new" for line in sorted(new.lines - known))


def compare_lists(
    old: Files, new: Files, *, present: Collection[str], absent: Collection[str], commands_absent: Collection[str]
) -> Iterator[str]:
    """Yield where the images are not as the case says. Something must be in the old image to be absent or present."""
    for path in sorted({*present, *absent} - old.keys()):
        yield f"{path}: the case names it, but the old image does not have it"
    yield from (f"{path}: missing" for path in sorted(set(present) - new.keys()))
    for path in sorted(set(present) & old.keys() & new.keys()):
        if old[path] != new[path]:
            yield f"{path}: {old[path]} became {new[path]}"
    yield from (f"{path}: still there" for path in sorted(new.keys() & set(absent)))
    for command in commands_absent:
        if not list(find_command(old, command)):
            yield f"{command}: the case names it, but the old image does not have it"
        yield from (f"{path}: still there" for path in find_command(new, command))


def find_command(files: Files, name: str) -> Iterator[str]:
    """Yield the places where a shell or a human would find the command."""
    yield from (path for folder in SEARCHED if (path := f"{folder}/{name}") in files)
