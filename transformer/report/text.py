"""The report for people: the diff, what moved and why, and for a refusal what would make the file convertible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from transformer.report.documents import Document, Finding, Link, OtherView, PackageView, StepView
from transformer.report.terminal import Painter, one_line, place
from transformer.rules import RULES
from transformer.templating import render as render_template

_STATUS_STYLES = {"rewritten": "green", "unchanged": "bold", "refused": "yellow", "error": "red"}
_CACHE = "the image no longer holds the build's layers: in CI pass --cache-to ...,mode=max to keep them cached"
_ASSUMPTION = "users who exec tools in the image from outside the repository are not seen"
_MEGABYTE = 1_000_000
_MESSAGE = 2000


class Section(Struct, frozen=True):
    """A titled list of lines."""

    title: str
    lines: tuple[str, ...]


def render(document: Document, *, colour: bool = False) -> str:
    """Return the report of one file, the diff first."""
    painter = Painter(colour)
    return render_template(
        "report/text.j2",
        diff=painter.diff(document.diff),
        sections=tuple(section for section in _sections(document) if section.lines) if document.diff else (),
        withheld=bool(document.diff) and document.status == "refused",
        **_head(document, painter),
    )


def explain(document: Document, *, colour: bool = False) -> str:
    """Return every step of a file with its side, and the chain of reasons."""
    painter = Painter(colour)
    return render_template(
        "report/explain.j2",
        steps=[(step.line, step.phase or "undecided", _step(step, document.path)) for step in document.steps],
        **_head(document, painter),
    )


def rule_page(code: str, *, colour: bool = False) -> str:
    """Return the page of a rule."""
    return render_template("report/rule.j2", rule=RULES[code], paint=Painter(colour).paint)


def summary(statuses: Iterable[str]) -> str:
    """Return the line that counts the answers of a run: ``3 files: 1 rewritten, 2 refused``."""
    counts = Counter(statuses)
    total = counts.total()
    parts = ", ".join(f"{counts[status]} {status}" for status in _STATUS_STYLES if counts[status])
    return f"{total} {'file' if total == 1 else 'files'}{': ' if parts else ''}{parts}"


def finding_lines(document: Document) -> Iterator[str]:
    """Yield one line per finding, as compilers print them: for stderr, beside a product in another format."""
    for finding in document.findings:
        where = place(finding.path, finding.line, finding.column)
        message = one_line(finding.message, _MESSAGE)
        yield f"{where}: {document.status}: {finding.code} {finding.name}: {message}"


def _head(document: Document, painter: Painter) -> dict[str, object]:
    status = painter.paint(_STATUS_STYLES[document.status], document.status)
    return {
        "title": painter.paint("bold", place(document.path, 0)),
        "status": f"{status} ({document.applicability})" if document.diff else status,
        "findings": [_finding(finding) for finding in document.findings],
        "paint": painter.paint,
    }


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "place": place(finding.path, finding.line, finding.column),
        "label": f"{finding.severity} {finding.code} {finding.name}",
        "message": one_line(finding.message, _MESSAGE),
        "why": finding.why,
        "cure": one_line(finding.cure, _MESSAGE),
    }


def _sections(document: Document) -> Iterator[Section]:
    packages = document.packages
    yield Section("Base image", _base(document))
    yield Section("Only in the build stage", _build_steps(document))
    yield Section("Carried over", _artifacts(document))
    yield Section("Packages left behind", tuple(_package(p) for p in packages if not p.kept))
    yield Section("Packages kept", tuple(_package(p) for p in packages if p.kept))
    yield Section("Left behind", tuple(_left(document)))
    yield Section("Other files", tuple(_other(one) for one in document.others))
    yield Section("Added by your templates", tuple(one_line(text) for text in document.additions))
    yield Section("Saving", (_saving(document.saving),))
    yield Section("Build cache", (_CACHE,))
    yield Section("Assumption", (_ASSUMPTION,))


def _base(document: Document) -> tuple[str, ...]:
    base = document.base
    if base is None:
        return ()
    change = f"{base.before} -> {base.after}" if base.after != base.before else f"{base.before}, kept"
    return (one_line(f"{change}: {base.reason}" if base.reason else change, _MESSAGE),)


def _build_steps(document: Document) -> tuple[str, ...]:
    steps = [step for step in document.steps if step.phase == "build" and not step.command.startswith("WORKDIR")]
    return tuple(
        line
        for step in steps
        for line in (f"{step.line}: {one_line(step.command, 100)}", *_indented(_chain(step.reasons, document.path)))
    )


def _artifacts(document: Document) -> tuple[str, ...]:
    lines: list[str] = []
    for artifact in document.artifacts:
        lines.append(one_line(artifact.path) + (f" (owner {artifact.chown})" if artifact.chown else ""))
        lines += _indented(_chain(artifact.reasons, document.path))
    return tuple(lines)


def _package(package: PackageView) -> str:
    instead = f", replaced by {' '.join(package.replaced_by)}" if package.replaced_by else ""
    return one_line(f"{package.name}{instead}: {package.reason}")


def _other(other: OtherView) -> str:
    services = " and ".join(other.services)
    return one_line(f"{other.path}: {services} {'build' if len(other.services) > 1 else 'builds'} the build stage")


def _left(document: Document) -> Iterator[str]:
    """Yield what is left behind, but for the packages of the file itself, which have their own section."""
    named = {package.name for package in document.packages}
    for item in document.left_behind:
        if item.kind != "package" or item.name not in named:
            yield one_line(f"{item.kind} {item.name}: {item.reason}")


def _step(step: StepView, path: str) -> tuple[str, ...]:
    carried = (f"carried: {one_line(name)}" for name in step.carried)
    return (one_line(step.command), *_chain(step.reasons, path), *carried)


def _chain(links: Sequence[Link], path: str) -> Iterator[str]:
    """Yield the reasons with their places, each one the ground of the one before."""
    for index, link in enumerate(links):
        yield f"{'<- ' if index else ''}{one_line(link.text)}{_origin(link, path)}"


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return ("    " + line for line in lines)


def _origin(link: Link, path: str) -> str:
    """Return where a reason was seen: a line of the Dockerfile, or of the file that was read."""
    if link.path in ("", path):
        return f" (line {link.line})" if link.line else ""
    return f" ({place(link.path, link.line)})"


def _saving(saving: int | None) -> str:
    if saving is None:
        return "not known: the tables have no sizes for what is left behind"
    if saving < _MEGABYTE // 2:
        return "less than 1 MB"
    return f"about {round(saving / _MEGABYTE)} MB of installed size"
