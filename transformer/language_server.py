"""The language server: findings while a Dockerfile is written, reasons on hover, the split as an edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lsprotocol import types as lsp
from msgspec import Struct
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from transformer import __version__
from transformer.api import outcome_of_text
from transformer.config import Options
from transformer.context.consumers import forget
from transformer.inputs import is_dockerfile
from transformer.report.diff import Change, changes
from transformer.report.documents import Document, StepView, document
from transformer.report.remarks import Remark, remarks, sentence

_SOURCE = "dockerfix"
_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}
_PHASES = {
    "build": "serves only the build",
    "runtime": "is repeated in the final image",
    "both": "serves both stages",
    "config": "configures the image",
    "": "was not decided",
}


class _Seen(Struct):
    """A Dockerfile that is open: its text as it was looked at, and the answer."""

    text: str
    report: Document


class Server(LanguageServer):
    """A server with the answers for the files that are open."""

    def __init__(self, options_for: Callable[[str], Options]) -> None:
        super().__init__(_SOURCE, __version__)
        self.options_for = options_for
        self.seen: dict[str, _Seen] = {}

    def look(self, uri: str) -> None:
        """Look at a file as the editor has it, and tell the editor what is found."""
        text = self.workspace.get_text_document(uri).source
        path = to_fs_path(uri) or uri
        if not is_dockerfile(Path(path).name):
            return
        report = document(outcome_of_text(path, text, self.options_for(path)))
        self.seen[uri] = _Seen(text, report)
        found = [_diagnostic(remark, path, text.split("\n")) for remark in remarks(report)]
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))


def serve(options_for: Callable[[str], Options]) -> None:
    """Serve on standard input and output until the editor ends it; ``options_for`` gives the options for a path."""
    _made(options_for).start_io()


def _made(options_for: Callable[[str], Options]) -> Server:
    server = Server(options_for)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        forget()
        server.look(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        server.look(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        forget()  # what else is in the repository may have changed meanwhile
        server.look(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.seen.pop(params.text_document.uri, None)
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(params.text_document.uri, []))

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        seen = server.seen.get(params.text_document.uri)
        return _hover(seen.report, params.position.line + 1) if seen is not None else None

    kinds = [lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.RefactorRewrite]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=kinds))
    def asked(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        seen = server.seen.get(params.text_document.uri)
        only = [str(getattr(kind, "value", kind)) for kind in params.context.only or kinds]
        wanted = any(kind.value.startswith(one) for kind in kinds for one in only)
        if seen is None or not seen.report.diff or seen.report.others or not wanted:
            return []
        return [_split(params.text_document.uri, seen)]

    return server


def _diagnostic(remark: Remark, path: str, lines: list[str]) -> lsp.Diagnostic:
    """Return a remark at its line; one about another file stands at the top, with the place beside it."""
    finding = remark.finding
    here = Path(finding.path).absolute() == Path(path).absolute()
    number = min(max(finding.line, 1), len(lines)) if here else 1
    line = lines[number - 1].rstrip("\r")
    start = _units(line[: finding.column - 1]) if here and finding.column else 0
    found = lsp.Diagnostic(
        range=lsp.Range(lsp.Position(number - 1, start), lsp.Position(number - 1, max(_units(line), start))),
        message=sentence(finding),
        severity=_SEVERITIES[remark.level],
        code=finding.code,
        source=_SOURCE,
    )
    if not here:
        place = lsp.Position(max(finding.line - 1, 0), max(finding.column - 1, 0))
        uri = from_fs_path(str(Path(finding.path).absolute())) or ""
        location = lsp.Location(uri, lsp.Range(place, place))
        found.related_information = [lsp.DiagnosticRelatedInformation(location, finding.message)]
    return found


def _hover(report: Document, line: int) -> lsp.Hover | None:
    """Return the side and the reasons of the step on a line: the last one that begins there or above."""
    step = max((s for s in report.steps if s.line <= line), key=lambda s: s.line, default=None)
    if step is None:
        return None
    there = [one for one in report.steps if one.line == step.line]
    text = "\n\n".join(_said(one) for one in there)
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, text))


def _said(step: StepView) -> str:
    command = " ".join(step.command.split()).replace("`", "'")
    places = [f" ({link.path}:{link.line})" if link.path else "" for link in step.reasons]
    reasons = "".join(f"\n- {link.text}{place}" for link, place in zip(step.reasons, places, strict=True))
    carried = "".join(f"\n- carried over: `{path}`" for path in step.carried)
    return f"`{command}` {_PHASES[step.phase]}{reasons}{carried}"


def _split(uri: str, seen: _Seen) -> lsp.CodeAction:
    safe = seen.report.status == "rewritten"
    edits = [_edit(change, seen.text) for change in changes(seen.report.before, seen.report.after)]
    return lsp.CodeAction(
        title="Split into stages" if safe else "Split into stages (unsafe: rests on what is not proven)",
        kind=lsp.CodeActionKind.RefactorRewrite,
        edit=lsp.WorkspaceEdit(changes={uri: edits}),
        is_preferred=safe,
    )


def _edit(change: Change, text: str) -> lsp.TextEdit:
    lines = text.split("\n")
    last = lsp.Position(len(lines) - 1, _units(lines[-1]))
    end = lsp.Position(change.last, 0) if change.last < len(lines) else last
    return lsp.TextEdit(lsp.Range(lsp.Position(change.first - 1, 0), end), change.text)


def _units(text: str) -> int:
    """Return the length in UTF-16 code units, in which the protocol counts columns."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
