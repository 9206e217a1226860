"""What tags that ended were built from: lists and Dockerfiles in clones whose commits are of known times."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from transformer.knowledge.refresh.history import Clones, alike, frozen, listings

DAY = 86_400
START = 1_700_000_000

NEWER = """Maintainers: A <a@example.com> (@a),
             B <b@example.com> (@b)
GitRepo: https://github.com/o/images.git

Tags: 2.1-jammy, 2-jammy
SharedTags: 2.1, 2
Architectures: amd64, arm64v8
GitCommit: abc
Directory: jammy
# Tags: none

Tags: 2.1-windows
SharedTags: 2.1, 2
Architectures: windows-amd64
GitCommit: abc
Directory: windows

Tags: 2.1-arm
Architectures: arm64v8
GitCommit: abc
Directory: arm
"""
OLDER = """# maintainer: A <a@example.com> (@a)
#3.2.3: git://github.com/o/images@b022df6 jdk-6
3.2: git://github.com/o/images@b022df6 jdk-6
latest: git://github.com/o/images@b022df6
"""


def test_a_list_of_today() -> None:
    found = listings(NEWER)
    assert sorted(found) == ["2", "2-jammy", "2.1", "2.1-jammy"]
    one = found["2"]
    assert (one.repository, one.commit, one.directory, one.file) == ("o/images", "abc", "jammy", "Dockerfile")
    assert (one.own, one.shared) == (("2.1-jammy", "2-jammy"), ("2.1", "2"))


def test_a_list_of_old() -> None:
    found = listings(OLDER)
    assert {tag: (one.repository, one.directory) for tag, one in found.items()} == {
        "3.2": ("o/images", "jdk-6"),
        "latest": ("o/images", ""),
    }


class Repository:
    """A clone whose commits are made at given times."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True)
        self.git("init", "-q", time=START)

    def git(self, *arguments: str, time: int) -> str:
        names = {f"GIT_{who}_{what}": "t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        dates = {f"GIT_{who}_DATE": f"{time} +0000" for who in ("AUTHOR", "COMMITTER")}
        found = subprocess.run(
            ["git", "-C", str(self.place), *arguments],
            env={**os.environ, **names, **dates},
            check=True,
            capture_output=True,
            text=True,
        )
        return found.stdout.strip()

    def put(self, time: int, **files: str) -> str:
        """Commit files, ``__`` in their names for a slash, and return the commit."""
        for name, text in files.items():
            path = self.place / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "-A", time=time)
        self.git("commit", "-q", "--allow-empty", "-m", "c", time=time)
        return self.git("rev-parse", "HEAD", time=time)


def jdk(version: str, release: str) -> str:
    return f"GitRepo: https://github.com/o/jdk.git\n\nTags: {version}-jdk-{release}\nSharedTags: 17-jdk\nGitCommit: x\n"


def maven(version: str, commit: str) -> str:
    tags = f"Tags: {version}-eclipse-temurin-17\nGitCommit: {commit}\nDirectory: a\n"
    return f"GitRepo: https://github.com/o/maven.git\n\n{tags}"


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Clones]:
    found = Clones(tmp_path)
    yield found
    found.close()


@pytest.fixture
def clones(tmp_path: Path, reader: Clones) -> tuple[Clones, Repository, str]:
    """Return clones with a Dockerfile of Maven's image, and the repository of the lists, still empty."""
    commit = Repository(tmp_path / "o" / "maven").put(START, a__Dockerfile="FROM eclipse-temurin:17-jdk\nRUN true\n")
    return reader, Repository(tmp_path / "docker-library" / "official-images"), commit


@pytest.mark.parametrize(
    ("moved", "ended", "release", "parent"),
    [
        (40, 20, "ubuntu:22.04", "eclipse-temurin:17.0.11_9-jdk-jammy"),  # it moved after the image had ended
        (10, 20, "ubuntu:24.04", "eclipse-temurin:17.0.14_7-jdk-noble"),  # it moved while the image was listed
        (19, 20, "ubuntu:?", ""),  # it moved in the last days of the image
    ],
)
def test_a_parent_that_moves(
    clones: tuple[Clones, Repository, str], moved: int, ended: int, release: str, parent: str
) -> None:
    place, lists, commit = clones
    events = {
        1: {"library__eclipse-temurin": jdk("17.0.11_9", "jammy")},
        2: {"library__maven": maven("3.9.6", commit)},
        ended: {"library__maven": maven("3.9.7", commit)},
        moved: {"library__eclipse-temurin": jdk("17.0.14_7", "noble")},
    }
    for day, files in sorted(events.items()):
        lists.put(START + day * DAY, **files)
    assert list(frozen("maven", place)) == [("3.9.6-eclipse-temurin-17", release, parent)]


def test_a_parent_that_ended_before(clones: tuple[Clones, Repository, str]) -> None:
    place, lists, commit = clones
    lists.put(START + DAY, **{"library__eclipse-temurin": jdk("17.0.11_9", "jammy")})
    lists.put(START + 2 * DAY, library__maven=maven("3.9.6", commit))
    lists.put(START + 9 * DAY, **{"library__eclipse-temurin": "# nothing\n"})
    lists.put(START + 20 * DAY, library__maven=maven("3.9.7", commit))
    assert list(frozen("maven", place)) == [
        ("3.9.6-eclipse-temurin-17", "ubuntu:22.04", "eclipse-temurin:17.0.11_9-jdk-jammy")
    ]


@pytest.mark.parametrize("line", ["FROM ${BASE}", "FROM example/jdk:17", "# nothing"])
def test_what_is_not_known(tmp_path: Path, reader: Clones, line: str) -> None:
    commit = Repository(tmp_path / "o" / "maven").put(START, a__Dockerfile=f"{line}\n")
    lists = Repository(tmp_path / "docker-library" / "official-images")
    lists.put(START + DAY, library__maven=maven("3.9.6", commit))
    lists.put(START + 20 * DAY, library__maven=maven("3.9.7", commit))
    assert list(frozen("maven", reader)) == [("3.9.6-eclipse-temurin-17", "", "")]


MAVEN = """FROM eclipse-temurin:17-jdk
RUN apt-get install -y git
ENV MAVEN_HOME=/usr/share/maven MAVEN_CONFIG=/root/.m2
ENTRYPOINT ["/usr/local/bin/mvn-entrypoint.sh"]
CMD ["mvn"]
"""
TEMURIN = """FROM ubuntu:22.04
ENV JAVA_HOME /opt/java/openjdk
ENV PATH $JAVA_HOME/bin:$PATH
ENV LANG='en_US.UTF-8' LANGUAGE='en_US:en' LC_ALL='en_US.UTF-8'
RUN apt-get install -y curl locales
ENV JAVA_VERSION jdk-17.0.11+9
ENTRYPOINT ["/__cacert_entrypoint.sh"]
"""


@pytest.mark.parametrize(
    ("image", "old", "new", "like"),
    [
        ("jdk", "", "", True),
        ("jdk", "install -y curl", "install -y curl ffmpeg", False),  # a package that only the old one has
        ("jre", "/opt/java/openjdk", "/opt/java/jre", False),
        ("jre", "ENV JAVA_VERSION jdk-17.0.11+9\n", "", False),
        ("jre", "install -y curl", "install -y curl ffmpeg", True),
        ("maven", '["mvn"]', '["sh"]', False),
        ("maven", "CMD", "USER app\nCMD", False),
        ("maven", "MAVEN_CONFIG", "MAVEN_OTHER", False),
    ],
)
def test_like_a_listed_image(tmp_path: Path, reader: Clones, image: str, old: str, new: str, *, like: bool) -> None:
    texts = {"jdk": TEMURIN, "jre": TEMURIN, "maven": MAVEN}
    texts[image] = texts[image].replace(old, new) if old else texts[image]
    commit = Repository(tmp_path / "o" / "images").put(START, **{f"{n}__Dockerfile": t for n, t in texts.items()})
    head = "GitRepo: https://github.com/o/images.git\n\n"
    place = f"GitCommit: {commit}\nDirectory: "
    kits = [
        f"Tags: 17.0.11_9-{kit}-jammy, 17-{kit}-jammy\nSharedTags: 17-{kit}\n{place}{kit}\n" for kit in ("jdk", "jre")
    ]
    lists = Repository(tmp_path / "docker-library" / "official-images")
    lists.put(START + DAY, **{"library__eclipse-temurin": head + "\n".join(kits)})
    lists.put(START + DAY, library__maven=f"{head}Tags: 3.9.6-eclipse-temurin-17\n{place}maven\n")
    lists.put(START + 9 * DAY, **{"library__eclipse-temurin": "# none\n", "library__maven": "# none\n"})
    pair = ("maven:3.9.6-eclipse-temurin-17", "eclipse-temurin:17.0.11_9-jre-jammy")
    assert alike(pair, reader) is like
