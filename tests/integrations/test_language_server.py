"""The language server, driven over standard input and output as an editor does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.steps import repository


class Editor:
    """A client: it sends requests and notifications, and keeps what the server says meanwhile."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.server = subprocess.Popen(
            [sys.executable, "-m", "transformer", "lsp", *words],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.number = 0
        self.capabilities = self.ask("initialize", processId=None, rootUri=folder.as_uri(), capabilities={})
        self.tell("initialized")

    def ask(self, method: str, **params: Any) -> Any:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while True:
            answer = self._next()
            if answer.get("id") == self.number and "method" not in answer:
                assert "error" not in answer, answer
                return answer["result"]

    def tell(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def findings(self) -> list[dict[str, Any]]:
        """Return the findings that the server publishes next."""
        while True:
            said = self._next()
            if said.get("method") == "textDocument/publishDiagnostics":
                found: list[dict[str, Any]] = said["params"]["diagnostics"]
                return found

    def open(self, file: Path) -> list[dict[str, Any]]:
        text = file.read_bytes().decode()
        self.tell("textDocument/didOpen", textDocument=_item(file, text))
        return self.findings()

    def end(self) -> None:
        self.ask("shutdown")
        self.tell("exit")
        assert self.server.wait(10) == 0
        for pipe in (self.server.stdin, self.server.stdout):
            assert pipe is not None
            pipe.close()

    def _send(self, message: dict[str, Any]) -> None:
        assert self.server.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def _next(self) -> dict[str, Any]:
        assert self.server.stdout is not None
        size = 0
        while (line := self.server.stdout.readline().strip()) or not size:
            assert line or self.server.poll() is None, "the server is gone"
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        message: dict[str, Any] = json.loads(self.server.stdout.read(size))
        return message


def _item(file: Path, text: str) -> dict[str, Any]:
    return {"uri": file.as_uri(), "languageId": "dockerfile", "version": 1, "text": text}


def _applied(text: str, edits: list[dict[str, Any]]) -> str:
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    for edit in reversed(edits):
        start, end = (starts[edit["range"][key]["line"]] + edit["range"][key]["character"] for key in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    repository(tmp_path / "tree")
    client = Editor(tmp_path / "tree")
    yield client
    client.end()


def test_it_says_what_it_can(editor: Editor) -> None:
    able = editor.capabilities["capabilities"]
    assert able["hoverProvider"]
    assert "refactor.rewrite" in able["codeActionProvider"]["codeActionKinds"]


def test_findings_while_it_is_written(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "tree/app/Dockerfile"
    (found,) = editor.open(file)
    assert (found["code"], found["severity"], found["source"]) == ("DF400", 2, "dockerfix")
    assert found["range"]["start"] == {"line": 0, "character": 0}
    text = file.read_text().replace("ENTRYPOINT", "# dockerfix: skip-file\nENTRYPOINT")
    change = {"uri": file.as_uri(), "version": 2}
    editor.tell("textDocument/didChange", textDocument=change, contentChanges=[{"text": text}])
    assert editor.findings() == []
    editor.tell("textDocument/didChange", textDocument=change, contentChanges=[{"text": "FROM a\nCPY x y\n"}])
    (found,) = editor.findings()
    assert (found["code"], found["severity"]) == ("DF105", 1)
    assert found["range"]["start"]["line"] == 1
    editor.tell("textDocument/didClose", textDocument={"uri": file.as_uri()})
    assert editor.findings() == []


def test_the_reasons_of_a_step(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "tree/app/Dockerfile"
    editor.open(file)
    line = file.read_text().splitlines().index("RUN gcc /build/hello.c -o /build/hello")
    here = {"textDocument": {"uri": file.as_uri()}, "position": {"line": line, "character": 6}}
    text = editor.ask("textDocument/hover", **here)["contents"]["value"]
    assert "serves only the build" in text
    assert "- it runs the native toolchain" in text
    assert "carried over: `/build/hello`" in text
    other = {"textDocument": {"uri": "file:///nowhere"}, "position": {"line": 0, "character": 0}}
    assert editor.ask("textDocument/hover", **other) is None


@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_split_is_an_edit(editor: Editor, tmp_path: Path, ending: str) -> None:
    file = tmp_path / "tree/app/Dockerfile"
    text = file.read_text()
    text = text.replace("\n", "\r\n") if ending == "\r\n" else text.rstrip("\n") + ending
    file.write_bytes(text.encode())
    editor.open(file)
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 5, "character": 0}}
    asked = {"textDocument": {"uri": file.as_uri()}, "range": everything, "context": {"diagnostics": []}}
    (action,) = editor.ask("textDocument/codeAction", **asked)
    assert (action["title"], action["isPreferred"]) == ("Split into stages", True)
    subprocess.run([sys.executable, "-m", "transformer", "--write", str(file)], check=True, capture_output=True)
    assert _applied(text, action["edit"]["changes"][file.as_uri()]).encode() == file.read_bytes()
    asked["context"] = {"diagnostics": [], "only": ["source.organizeImports"]}
    assert editor.ask("textDocument/codeAction", **asked) == []


def test_a_finding_of_another_file_leads_there(editor: Editor, tmp_path: Path) -> None:
    folder = tmp_path / "tree/app"
    folder.joinpath("compose.yaml").write_text("services:\n  app:\n    build: .\n    entrypoint: make -C /build\n")
    (found,) = editor.open(folder / "Dockerfile")
    assert found["code"] == "DF420"
    (related,) = found["relatedInformation"]
    assert related["location"]["uri"] == (folder / "compose.yaml").as_uri()
    assert related["location"]["range"]["start"]["line"] == 3
    folder.joinpath("compose.yaml").write_text("services:\n  app:\n    build: .\n")
    editor.tell("textDocument/didSave", textDocument={"uri": (folder / "Dockerfile").as_uri()})
    assert [one["code"] for one in editor.findings()] == ["DF400"]


def test_other_files_are_none_of_its_business(editor: Editor, tmp_path: Path) -> None:
    note = tmp_path / "tree/notes.md"
    note.write_text("FROM a\n")
    editor.tell("textDocument/didOpen", textDocument=_item(note, note.read_text()))
    assert editor.open(tmp_path / "tree/app/Dockerfile")[0]["code"] == "DF400"


def test_columns_are_counted_in_utf_16(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "tree/app/Dockerfile"
    line = "ENTRYPOINT make \U0001f600"
    file.write_text("\n".join([*file.read_text().splitlines()[:-1], line]))
    (found,) = editor.open(file)
    assert found["code"] == "DF410"
    assert found["range"]["end"]["character"] == len(line) + 1


def test_it_has_the_options_of_its_line(tmp_path: Path) -> None:
    tree = repository(tmp_path / "tree")
    client = Editor(tree, "--min-saving", "9000")
    assert client.open(tree / "app/Dockerfile") == []
    client.end()
