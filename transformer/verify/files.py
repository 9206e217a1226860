"""Laws E2 and E3: files that are live are the same and find what they need, and nothing is foreign."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache

from msgspec.structs import replace

from transformer.knowledge.loader import rows
from transformer.verify.elf import Needs
from transformer.verify.image import Entry, Image
from transformer.verify.linked import missing
from transformer.verify.packages import owners
from transformer.verify.started import Place, lost_interpreter
from transformer.verify.verdict import Difference

_ACCOUNTS = ("/etc/passwd", "/etc/group")
_SYSTEM = range(1000)
"""Numbers of accounts that packages make; they depend on the order of installation."""

_LOADER = re.compile(r"ld(64|-linux|-musl)[\w.-]*")
_MACHINES = {"x86-64": "EM_X86_64", "x86_64": "EM_X86_64", "aarch64": "EM_AARCH64", "armhf": "EM_ARM"}
"""Names of loaders (glibc and musl), and how ELF calls their processors."""


def noise_of(path: str) -> str:
    """Return the kind of noise that a path is, or "" for a file that is compared."""
    found = _noise().fullmatch(path)
    return str(found.lastgroup) if found else ""


@cache
def _noise() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{row[0]}>{row[1]})" for row in rows("image-noise.tsv")))


def compare_files(old: Image, new: Image, old_base: Image, new_base: Image) -> Iterator[Difference]:
    """Yield the files of the new image that neither its base nor the old image explains.

    Where the new image has its base's file, and the author of the old one had removed or changed it, that is one too.
    """
    names = _accounts(old, new)
    users, groups = ({number: there for _, number, there in _moved(before, after)} for before, after in names)
    for path, entry in sorted(new.files.items()):
        was, base = old.files.get(path), new_base.files.get(path)
        if noise_of(path):
            continue
        if entry == was:
            if entry != base:
                yield from _renamed(path, entry, names)
            continue
        if was is not None and entry == replace(was, uid=users.get(was.uid, was.uid), gid=groups.get(was.gid, was.gid)):
            continue
        if path in _ACCOUNTS:
            yield from _compare_accounts(path, old, new, new_base)
        elif entry != base and not _is_passage(entry, was, old_base.files.get(path)):
            law = "E2" if was is not None else "E3"
            yield Difference(law, path, str(was or ""), str(entry), _cause(was, entry))
        elif entry == base and entry == old_base.files.get(path):
            cause = "the old file removed or changed what the base has, and the final stage does not"
            yield Difference("E2", path, str(was or "removed"), str(entry), cause)


def needed_files(old: Place, new: Place, new_base: Image) -> Iterator[Difference]:
    """Yield what a file of the new image needs and only the old image had: libraries, loaders, interpreters, data.

    Looked at is every file that is not the base's own. A script of a package, whose interpreter the package does not
    depend on, is none of what the package is for (Debian policy, "Binary Dependencies"): it counts if it is called.
    """
    package_of: Mapping[str, str] | None = None
    packaged, machine = owners(new.image), _machine(new.image)
    for path, entry in sorted(new.image.files.items()):
        if entry == new_base.files.get(path) or noise_of(path) or entry.kind != "file":
            continue
        own = new.image.needs.get(path, Needs())
        if machine and own.machine not in {"", machine}:
            continue  # packages of npm bring addons for all systems
        lost = _lost_libraries(old, new, path, own)
        if lost and package_of is None:
            package_of = owners(old.image)
        yield from (_lacks(path, name, package_of or {}) for name in lost)
        for name in own.names:
            if name in old.image.files and new.image.resolve(name) is None and not noise_of(name):
                yield Difference("E2", name, f"{path} names it", "it is not there", "it was not carried or installed")
        if entry.mode & 0o111 and entry.head and not _is_documentation(path) and path not in packaged:
            yield from lost_interpreter(old, new, path)


def _machine(image: Image) -> str:
    """Return the processor that the image is for, by the name of its loader; "" if it has none that is known."""
    loaders = " ".join(posixpath.basename(path) for path in image.files if _LOADER.match(posixpath.basename(path)))
    return next((machine for name, machine in _MACHINES.items() if name in loaders), "")


def _lost_libraries(old: Place, new: Place, path: str, own: Needs) -> list[str]:
    """Return what the loader finds in the old image only."""
    lacking = list(missing(new.image, path, own, new.variables.get("LD_LIBRARY_PATH", "")))
    if not lacking:
        return []
    had = set(missing(old.image, path, own, old.variables.get("LD_LIBRARY_PATH", "")))
    return [name for name in lacking if name not in had]


def _lacks(path: str, name: str, package_of: Mapping[str, str]) -> Difference:
    library = name.partition(" ")[0]
    owner = next((p for f, p in package_of.items() if f.endswith("/" + library)), "")
    cause = f"the old image has it from the package {owner}" if owner else "it was not carried, or ldconfig was not run"
    return Difference("E2", path, f"finds {name}", f"lacks {name}", cause)


def _is_documentation(path: str) -> bool:
    """Whether a file is an example or a manual: slim images leave these out, so nothing runs them."""
    return any(path.startswith(row[0] + "/") for row in rows("slim-excludes.tsv"))


def renumbered(old: Image, new: Image) -> Iterator[str]:
    """Yield the system accounts that own files and have another number in the new image, as words for people."""
    users, groups = _accounts(old, new)
    owners = {entry.uid for entry in old.files.values()}, {entry.gid for entry in old.files.values()}
    for kind, (before, after), owning in zip(("user", "group"), (users, groups), owners, strict=True):
        for name, number, there in _moved(before, after):
            if number in owning:
                yield f"the {kind} {name} has the number {there}, not {number}: files in volumes keep the old one"


def _accounts(old: Image, new: Image) -> list[tuple[dict[int, str], dict[int, str]]]:
    """Return the names of users and of groups by number, in both images."""
    return [(_names(old, file), _names(new, file)) for file in _ACCOUNTS]


def _moved(before: dict[int, str], after: dict[int, str]) -> Iterator[tuple[str, int, int]]:
    """Yield name, old and new number of the system accounts whose number depends on the order of installation."""
    numbers = {name: number for number, name in after.items()}
    for number, name in before.items():
        there = numbers.get(name, number)
        if there != number and number in _SYSTEM and there in _SYSTEM:
            yield name, number, there


def _renamed(path: str, entry: Entry, names: list[tuple[dict[int, str], dict[int, str]]]) -> Iterator[Difference]:
    """Yield that a number belongs to somebody else: accounts that are made again may get other numbers."""
    for number, (before, after) in zip((entry.uid, entry.gid), names, strict=True):
        name = before.get(number, "")
        now = after.get(number, "")
        if name != now and name and (now or name in after.values()):
            cause = "the account has another number in the final stage: pin it (--uid, --gid), or --chown by name"
            yield Difference("E2", path, f"belongs to {name} ({number})", f"belongs to {now or 'nobody'}", cause)


def _names(image: Image, file: str) -> dict[int, str]:
    """Return number -> name of the accounts (passwd(5), group(5))."""
    lines = (line.split(":") for line in image.texts.get(file, "").splitlines())
    return {int(words[2]): words[0] for words in lines if len(words) > 2 and words[2].isdigit()}  # noqa: PLR2004


def _is_passage(new: Entry, old: Entry | None, old_base: Entry | None) -> bool:
    """A directory that a COPY or WORKDIR made on its way, where the old base, not the author, had set another mode."""
    return new == Entry("directory", 0o755, 0, 0) and old is not None and old == old_base and old.kind == "directory"


def _cause(old: Entry | None, new: Entry) -> str:
    if old is None:
        return "the final stage makes or installs what the old file did not"
    if old.kind == "link" != new.kind:
        return "COPY followed a symbolic link: copy the directory that it lies in"
    if old.attributes != new.attributes:
        return "a capability or another attribute was lost: set it in the final stage"
    if (old.uid, old.gid) != (new.uid, new.gid):
        return "COPY gives a directory that it is named to root, and names of users may have other numbers: --chown"
    if old.mode != new.mode:
        return "the mode is another one: chmod in the final stage, or copy the directory around it"
    return "the content is another one: it was built, installed or written in another way"


def _compare_accounts(path: str, old: Image, new: Image, base: Image) -> Iterator[Difference]:
    """Accounts may be missing with their packages, and have other numbers if a package makes them; none is new."""
    known = {_account(line) for image in (old, base) for line in image.texts.get(path, "").splitlines()}
    for line in sorted(new.texts.get(path, "").splitlines()):
        if _account(line) not in known:
            yield Difference("E3", path, "", line, "an account of the final stage that the old image has not")


def _account(line: str) -> str:
    """Return a line of an account file without the number of a system account."""
    name, *rest = line.split(":")
    number = rest[1] if len(rest) > 1 else ""
    return f"{name} system" if number.isdigit() and int(number) in _SYSTEM else line
