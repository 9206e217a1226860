"""Build both, compare, run both: the order in which two Dockerfiles are verified."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from transformer.verify import behaviour
from transformer.verify.behaviour import Asked
from transformer.verify.config import compare_config, environment, type_config, with_starter
from transformer.verify.engine import BuildError, BuildOptions, Built, Engine, EngineError
from transformer.verify.files import compare_files, needed_files, noise_of, renumbered
from transformer.verify.image import ArchiveError, Image, read, read_base
from transformer.verify.imported import lost_modules
from transformer.verify.left import Known, left_behind
from transformer.verify.packages import packages
from transformer.verify.started import lost_commands, place
from transformer.verify.verdict import Difference, Measures, Status, Verification

_SETUID = 0o6000
_FROM = re.compile(r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.IGNORECASE | re.MULTILINE)
_TAIL = 40


class Pair(Struct, frozen=True):
    """What is compared: two Dockerfiles for one context. ``dockerfile`` is where the old one lies; ``may_go`` are the
    variables and PATH entries whose loss is accounted for, ``reasons`` why packages leave.
    """

    context: Path
    dockerfile: Path
    old: bytes
    new: bytes
    may_go: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = {}
    declared: frozenset[str] = frozenset()
    """Labels that templates of the user's own add."""


class _Made(Struct, frozen=True):
    """One built image, read."""

    image: str
    config: type_config
    content: Image
    base: Image
    seconds: float


class Trial(Struct, frozen=True):
    """One comparison: with which engine, of what, built and observed how.

    ``tell`` hears what is going on; ``further`` is what a caller compares besides, in the old and the new image.
    """

    engine: Engine
    pair: Pair
    options: BuildOptions
    asked: Asked
    tell: Callable[[str], None]
    further: Callable[[Image, Image], Iterable[Difference]] = lambda _, __: ()

    def verdict(self) -> Verification:
        """Return the verdict; whatever the engine cannot do makes it unverifiable."""
        try:
            old = self._stages(self.pair.old, "the original")
        except EngineError as error:
            return _unverifiable(f"the original: {error}", error)
        try:
            new = self._stages(self.pair.new, "the rewrite")
        except BuildError as error:
            first = Difference("E4", "build", "it builds", str(error), "the rewrite does not build")
            return Verification(Status.DIFFERS, (first,), log=_tail(error.log))
        except EngineError as error:
            return _unverifiable(f"the rewrite: {error}", error)
        try:
            before, after = self._read(old, new)
            return self._verification(before, after, tuple(self._findings(before, after)))
        except (EngineError, ArchiveError, OSError) as error:
            return _unverifiable(str(error), error)

    def _stages(self, text: bytes, what: str) -> tuple[Built, Built]:
        """Build a Dockerfile, and almost nothing on what its last stage starts from."""
        self.tell(f"building {what}")
        with tempfile.TemporaryDirectory(prefix="dockerfix-") as folder:
            return self._built(text, Path(folder)), self._base(text, Path(folder))

    def _read(self, *built: tuple[Built, Built]) -> list[_Made]:
        """Read the old and the new image, each with its base, from one archive."""
        self.tell("reading both")
        every = dict.fromkeys(image.image for pair in built for image in pair)
        with self.engine.saved(tuple(every)) as archives:
            made = []
            for new, (image, bare) in enumerate(built):
                base = read_base(archives[bare.image], image=bare.image, libraries=bool(new))
                content = read(archives[image.image], base, image=image.image, own=bool(new))
                made.append(_Made(image.image, self.engine.config(image.image), content, base, image.seconds))
        return made

    def _built(self, text: bytes, folder: Path) -> Built:
        """Build every stage, those that the last one does not lead to as well."""
        file = folder / "Dockerfile"
        file.write_bytes(text)
        ignored = self.pair.dockerfile.with_name(self.pair.dockerfile.name + ".dockerignore")
        if ignored.is_file():
            shutil.copyfile(ignored, file.with_name("Dockerfile.dockerignore"))
        for name in _unused(text):
            self.engine.build(self.pair.context, file, self.options, name)
        return self.engine.build(self.pair.context, file, self.options)

    def _base(self, text: bytes, folder: Path) -> Built:
        """Build almost nothing on the base of the last stage: its own files, wherever the engine keeps it.

        One layer is added, since engines do not save an image without layers, as it would be on scratch.
        """
        file, context = folder / "Base", folder / "context"
        lines = [*_global_arguments(text), f"FROM {_base_of(_stages(text))}", "COPY mark /"]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
        context.mkdir()
        (context / "mark").touch()
        return self.engine.build(context, file, replace(self.options, secrets=()))

    def _findings(self, old: _Made, new: _Made) -> Iterator[Difference | str]:
        """Yield what differs, and as text what could not be observed."""
        lines = self.pair.old.decode("utf-8", "surrogateescape").splitlines()
        settings = with_starter(old.config, new.config)
        was, now = place(old.content, settings), place(new.content, new.config)
        found = [
            *compare_config(settings, new.config, new.content, self.pair.may_go, self.pair.declared),
            *compare_files(old.content, new.content, old.base, new.base),
            *needed_files(was, now, new.base),
            *lost_commands(was, now, settings),
            *lost_modules(was, now, settings),
        ]
        yield from (replace(one, line=_line_of(one.what, lines)) for one in found)
        yield from self.further(old.content, new.content)
        yield from (f"label {name}: a template of yours adds it" for name in sorted(self.pair.declared))
        yield from renumbered(old.content, new.content)
        if _bytes(new.content) > _bytes(old.content):
            sizes = (str(_bytes(old.content)), str(_bytes(new.content)))
            yield Difference("E5", "size", *sizes, "the new image is larger: something is stored twice")
        if self.engine.only_builds:
            return
        self.tell("running both")
        before = behaviour.observe(self.engine, old.image, old.config, self.asked)
        after = behaviour.observe(self.engine, new.image, new.config, self.asked)
        differing = list(behaviour.compare(before, after))
        if differing:
            again = behaviour.observe(self.engine, old.image, old.config, self.asked)
            unsteady = frozenset(one.what for one in behaviour.compare(before, again))
            differing = list(behaviour.compare(before, after, unsteady))
            yield from (
                f"{what}: two runs of the old image differ, so only how it ended is compared"
                for what in sorted(unsteady)
            )
        yield from differing
        if before.failure and before.failure == after.failure:
            yield f"neither image could be observed further: {before.failure}"
        yield from behaviour.scripts(self.engine, old.image, new.image, self.asked)

    def _verification(self, old: _Made, new: _Made, found: Iterable[Difference | str]) -> Verification:
        lines = self.pair.old.decode("utf-8", "surrogateescape").splitlines()
        variables = frozenset(environment(old.config).keys() - environment(new.config).keys())
        ignored = Counter(noise_of(path) for path in new.content.files)
        del ignored[""]
        named = {path: number for number, line in enumerate(lines, 1) for path in re.findall(r"/[\w./-]*[\w-]", line)}
        differences = tuple(one for one in found if isinstance(one, Difference))
        return Verification(
            Status.DIFFERS if differences else Status.EQUIVALENT,
            differences,
            before=_measures(old),
            after=_measures(new),
            left=left_behind(old.content, new.content, old.base, Known(variables, self.pair.reasons, named)),
            ignored=tuple(sorted(ignored.items())),
            notes=(*filter(None, (self.engine.limits,)), *(one for one in found if isinstance(one, str))),
        )


def _stages(text: bytes) -> list[tuple[str, str]]:
    """Return image and name of each stage."""
    return _FROM.findall(text.decode("utf-8", "surrogateescape"))


def _unused(text: bytes) -> list[str]:
    """Return the names of the stages that no FROM, --from or mount names: BuildKit does not build them."""
    content = text.decode("utf-8", "surrogateescape")
    used = re.findall(r"(?im)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)|\bfrom=([\w.-]+)", content)
    names = {name.lower() for pair in used for name in pair}
    return [name for _, name in _stages(text)[:-1] if name and name.lower() not in names]


def _base_of(stages: list[tuple[str, str]]) -> str:
    """Return the image that the last stage starts from, through stages of the file."""
    named = {name.lower(): image for image, name in stages[:-1] if name}
    base = stages[-1][0] if stages else "scratch"
    for _ in stages:
        base = named.get(base.lower(), base)
    return base


def _global_arguments(text: bytes) -> list[str]:
    """Return the ARG lines before the first FROM, which its name may use."""
    before = re.split(rb"(?im)^[ \t]*FROM\b", text, maxsplit=1)[0].decode("utf-8", "surrogateescape")
    return re.findall(r"(?im)^[ \t]*ARG[ \t]+\S.*$", before)


def _line_of(what: str, lines: list[str]) -> int:
    """Return the last line of the old Dockerfile that names a path, or the directories around it, or a field."""
    word = what.rpartition(" ")[2]
    parts = word.split("/")
    names = ["/".join(parts[:n]) for n in range(len(parts), 1, -1)] if word.startswith("/") else [word]
    for name in names:
        at = [number for number, line in enumerate(lines, 1) if re.search(rf"(?<![\w/]){re.escape(name)}(?!\w)", line)]
        if at:
            return at[-1]
    return 0


def _bytes(image: Image) -> int:
    return sum(entry.size for entry in image.files.values())


def _measures(made: _Made) -> Measures:
    files = made.content.files
    setuid = sum(entry.kind == "file" and bool(entry.mode & _SETUID) for entry in files.values())
    return Measures(
        sum(made.content.layers),
        _bytes(made.content),
        len(made.content.layers),
        len(files),
        len(packages(made.content)),
        setuid,
        round(made.seconds, 1),
    )


def _unverifiable(reason: str, error: Exception) -> Verification:
    return Verification(Status.UNVERIFIABLE, reason=reason, log=_tail(getattr(error, "log", "")))


def _tail(log: str) -> str:
    return "\n".join(log.splitlines()[-_TAIL:])
