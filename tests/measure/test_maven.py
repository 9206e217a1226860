"""Modules of Maven: what their classes call, and what their poms ask for at run time."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from transformer.measure.maven import archive_reading, readings
from transformer.measure.reading import OPEN

HEAD = "<groupId>g</groupId><artifactId>{}</artifactId><version>1</version>"


def class_file(owner: str, name: str) -> bytes:
    """Return a class that names one method: the beginning of its file, up to the end of the constant pool."""

    def utf8(text: str) -> bytes:
        return b"\x01" + struct.pack(">H", len(text)) + text.encode()

    pool = [utf8(owner), b"\x07\x00\x01", utf8(name), utf8("()V"), b"\x0c\x00\x03\x00\x04", b"\x0a\x00\x02\x00\x05"]
    return b"\xca\xfe\xba\xbe\x00\x00\x00\x3d" + struct.pack(">H", len(pool) + 1) + b"".join(pool)


def archive(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        for name, content in members.items():
            opened.writestr(name.replace("__", "."), content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("owner", "name", "is_open"),
    [
        ("java/lang/ProcessBuilder", "<init>", True),
        ("java/lang/Runtime", "exec", True),
        ("java/lang/Runtime", "availableProcessors", False),
        ("java/lang/System", "loadLibrary", True),
        ("java/lang/System", "getProperty", False),
        ("com/sun/jna/Native", "load", True),
        ("com/sun/tools/attach/VirtualMachine", "attach", True),
        ("javax/tools/ToolProvider", "getSystemJavaCompiler", True),
        ("java/util/List", "of", False),
    ],
)
def test_what_a_class_calls(owner: str, name: str, *, is_open: bool) -> None:
    found = archive_reading(archive(A__class=class_file(owner, name)))
    assert (OPEN in found.marks) is is_open


def test_a_library_of_its_own_is_no_secret() -> None:
    found = archive_reading(archive(A__class=class_file("java/lang/System", "loadLibrary"), liba__so=b"no ELF"))
    assert (found.marks, found.libraries) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("folder", "libraries"),
    [
        ("Linux/x86_64", {"libother.so.1"}),
        ("Linux-Alpine/x86_64", set()),
        ("Linux-Musl/x86_64", set()),
        ("Linux-Android/x86_64", set()),
        ("Linux/aarch64", set()),
    ],
)
def test_libraries_for_other_systems(folder: str, libraries: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transformer.measure.maven.needed", lambda _: ["libother.so.1", "libc.so.6"])
    found = archive_reading(archive(**{f"native/{folder}/liba__so": b"ELF"}))
    assert found.libraries == libraries


def test_what_is_damaged() -> None:
    assert archive_reading(archive(A__class=b"\xca\xfe\xba\xbe")).marks == frozenset()
    with pytest.raises(ValueError, match="zip"):
        archive_reading(b"PK no archive")


def test_a_repository(tmp_path: Path) -> None:
    def put(name: str, rest: str, *, jar: bool = True) -> None:
        folder = tmp_path / "g" / name / "1"
        folder.mkdir(parents=True)
        (folder / f"{name}-1.pom").write_text(f"<project>{rest}{HEAD.format(name)}</project>")
        if jar:
            (folder / f"{name}-1.jar").write_bytes(archive(a=b""))

    one = "<dependency><groupId>g</groupId><artifactId>{}</artifactId>{}</dependency>"
    managed = (
        "<dependencyManagement><dependencies>"
        + one.format("d", "<scope>test</scope>")
        + "</dependencies></dependencyManagement>"
    )
    put("parent", f"<packaging>pom</packaging>{managed}", jar=False)
    asked = [
        one.format("b", ""),
        one.format("c", "<scope>provided</scope>"),
        one.format("d", ""),
        one.format("e", "<optional>true</optional>"),
    ]
    parent = "<parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent>"
    put("a", f"{parent}<dependencies>{''.join(asked)}</dependencies>")
    put(
        "old",
        "<distributionManagement><relocation><artifactId>a</artifactId></relocation></distributionManagement>",
        jar=False,
    )
    put("absent", "", jar=False)
    found = readings(tmp_path, 1)
    assert {name: sorted(reading.requires) for name, reading in found.items()} == {
        "g/a": ["g/b"],
        "g/old": ["g/a"],
        "g/parent": [],
    }
