"""One trial: build the old and the new Dockerfile of a case, run both, and say all that differs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.behaviour import compare_behaviour, observe
from tests.lab.case import Case
from tests.lab.compare import compare_config, compare_files, compare_lists
from tests.lab.engine import Engine, LabError
from tests.lab.image import Files, read_files

_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Image:
    """A built image, read."""

    id: str
    base: str
    size: int
    config: Mapping[str, Any]
    files: Files


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out: nothing in ``findings`` means equivalent and smaller."""

    old_size: int
    new_size: int
    files: int
    findings: tuple[str, ...]

    def __str__(self) -> str:
        sizes = f"{self.old_size / 1e6:.1f} MB -> {self.new_size / 1e6:.1f} MB, {self.files} files compared"
        return "\n  ".join([sizes, *self.findings])


@dataclass(frozen=True, slots=True)
class Lab:
    """An engine, and the base images that were read already."""

    engine: Engine
    bases: dict[str, Files] = field(default_factory=dict)

    def compare(self, case: Case, old: Path, new: Path, report: str) -> Comparison:
        """Compare what two contexts with their Dockerfiles build. ``report`` is what dockerfix said of it."""
        was = self._build("the ORIGINAL", old)
        now = self._build("the REWRITTEN one", new)
        findings = tuple(self._findings(case, was, now, report))
        return Comparison(was.size, now.size, len(now.files), findings)

    def _build(self, what: str, context: Path) -> Image:
        stages = _stages((context / "Dockerfile").read_text(encoding="utf-8"))
        self.engine.make_bases(_external(stages))
        try:
            image = self.engine.build(context)
        except LabError as error:
            raise LabError(f"{what} does not build: {error}") from error
        found = self.engine.inspect(image)
        return Image(image, stages[-1][0], found["Size"], found["Config"], self._read(image))

    def _read(self, image: str) -> Files:
        with self.engine.saved(image) as archive:
            return read_files(archive)

    def _base(self, image: str) -> Files:
        if image not in self.bases:
            self.bases[image] = self._read(image)
        return self.bases[image]

    def _findings(self, case: Case, old: Image, new: Image, report: str) -> Iterator[str]:
        yield from compare_config(old.config, new.config, new.files, report)
        yield from compare_files(old.files, new.files, self._base(old.base), self._base(new.base))
        yield from compare_lists(
            old.files, new.files, present=case.present, absent=case.absent, commands_absent=case.commands_absent
        )
        yield from self._unreadable(case, old, new)
        yield from self._behaviour(case, old, new)
        if new.size >= old.size:
            yield f"not smaller: {old.size} bytes became {new.size}"

    def _unreadable(self, case: Case, old: Image, new: Image) -> Iterator[str]:
        """``cat`` is asked as well: what a user would try."""
        for path in case.absent:
            had, has = (self.engine.run(image.id, path, entrypoint="cat") for image in (old, new))
            if had.status != 0:
                yield f"cat {path} fails in the old image: {had.stderr}"
            if has.status == 0 or "No such file" not in has.stderr:
                yield f"cat {path} should find nothing in the new image: {has}"

    def _behaviour(self, case: Case, old: Image, new: Image) -> Iterator[str]:
        was = observe(self.engine, old.id, case)
        try:
            yield from compare_behaviour(was, observe(self.engine, new.id, case))
        except LabError as error:
            yield f"the new image does not run: {error}"


def _stages(dockerfile: str) -> list[tuple[str, str]]:
    return [(image, name) for image, name in _FROM.findall(dockerfile)]


def _external(stages: list[tuple[str, str]]) -> list[str]:
    """Return the images that are no stages of the file itself."""
    return [image for image, _ in stages if image not in {name for _, name in stages}]
