"""Git: files as they were, work trees, and commits that touch no work tree. One of two places that start a program.

A repository may be hostile: hooks, file system monitors and transports that run programs are switched off for each call
(git-config(1): ``core.hooksPath``, ``core.fsmonitor``, ``protocol.ext.allow``), and nobody is asked for a password.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

_SECONDS = 60
_SECONDS_REMOTE = 600
_MOST_BYTES = 16 << 20
_HARMLESS = ("core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.ext.allow=never", "gc.auto=0")
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
_PERSON = re.compile(r"\s*(?P<name>[^<>]+?)\s*<(?P<mail>[^<>\s]+)>\s*")
_TRANSIENT = re.compile(
    r"could not resolve|timed? ?out|connection (was )?(reset|refused|closed)|early EOF|hung up|HTTP 5\d\d|"
    r"error: 5\d\d|temporarily|too many requests|error: 429|unexpected disconnect",
    re.IGNORECASE,
)
"""What remotes and transports say of failures that pass."""


class RevisionError(Exception):
    """A revision that does not exist, or does not have the file."""


class GitError(Exception):
    """A call of git failed, with its own reason. ``transient`` says that it may succeed later."""

    def __init__(self, message: str, *, transient: bool = False) -> None:
        super().__init__(message)
        self.transient = transient


class Author(Struct, frozen=True):
    """Who a commit is by; "" for what git is configured to. ``signed`` adds a Signed-off-by line."""

    name: str = ""
    mail: str = ""
    signed: bool = False


def author_of(text: str, *, signed: bool = False) -> Author:
    """Return the author that ``Name <mail>`` names, "" for the configured one; raises ValueError for another form."""
    found = _PERSON.fullmatch(text) if text else None
    if text and found is None:
        raise ValueError(f"write NAME <MAIL>, got {text!r}")
    return Author(found["name"], found["mail"], signed) if found is not None else Author(signed=signed)


def content_at(path: Path, revision: str) -> bytes:
    """Return what the file held at a git revision; raises RevisionError with git's own reason."""
    if revision.startswith("-") or "\0" in revision:
        raise RevisionError(f"{revision!r} is no revision")
    try:
        content = _git(path.parent, "show", "--no-textconv", f"{revision}:./{path.name}")
    except GitError as error:
        raise RevisionError(str(error)) from error
    if len(content) > _MOST_BYTES:
        raise RevisionError(f"{path} is too large at {revision}")
    return content


def changed_since(folder: Path, revision: str) -> tuple[Path, ...]:
    """Return the files below the work tree of ``folder`` that differ from a revision, untracked ones included.

    Raises RevisionError with git's own reason.
    """
    if revision.startswith("-") or "\0" in revision:
        raise RevisionError(f"{revision!r} is no revision")
    try:
        top = Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel").removesuffix(b"\n")))
        names = _git(top, "diff", "--name-only", "-z", "--no-renames", revision, "--")
        names += _git(top, "ls-files", "-z", "--others", "--exclude-standard")
    except GitError as error:
        raise RevisionError(str(error)) from error
    return tuple(top / os.fsdecode(name) for name in names.split(b"\0") if name)


def head(folder: Path) -> str:
    """Return the revision of HEAD, "" for a repository without a commit; raises GitError."""
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", "HEAD").decode().strip()
    except GitError:
        _git(folder, "rev-parse", "--git-dir")
        return ""


def is_dirty(folder: Path) -> bool:
    """Whether tracked files differ from HEAD; raises GitError."""
    return bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))


def clone(url: str, to: Path) -> None:
    """Clone a remote's default branch: one commit, files as they are needed. Raises GitError."""
    options = ("--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--single-branch")
    _git(to.parent, "clone", *options, "--", url, str(to), seconds=_SECONDS_REMOTE)


def commit(folder: Path, changes: Mapping[str, bytes], message: str, author: Author, branch: str = "") -> str:
    """Return a commit on HEAD with other contents for some files; ``branch`` is created at it, if given.

    Neither work tree nor index are touched. Paths are relative to the top of the work tree; modes stay. If the branch
    is there and has just these contents on HEAD, its commit is returned, so that doing it twice does it once; another
    branch of that name is an error. Raises GitError.
    """
    parent = head(folder)
    with TemporaryDirectory(prefix="dockerfix-", ignore_cleanup_errors=True) as place:
        index = {"GIT_INDEX_FILE": str(Path(place) / "index")}
        _git(folder, "read-tree", parent, more=index)
        for path, content in sorted(changes.items()):
            listed = _git(folder, "ls-files", "--stage", "-z", "--", f":(top,literal){path}", more=index)
            if not listed:
                raise GitError(f"{path} is not tracked")
            blob = _git(folder, "hash-object", "-w", "--stdin", f"--path={path}", given=content).decode().strip()
            entry = f"{listed[:6].decode()},{blob},{path}"
            _git(folder, "update-index", "--cacheinfo", entry, more=index)
        tree = _git(folder, "write-tree", more=index).decode().strip()
    there = _branch_tip(folder, branch) if branch else ""
    if there:
        same = _git(folder, "rev-parse", f"{there}^{{tree}}", f"{there}^").decode().split() == [tree, parent]
        if not same:
            raise GitError(f"the branch {branch} is there already, with something else")
        return there
    identity = {"GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.mail} if author.name else {}
    text = message + _sign_off(folder, identity) if author.signed else message
    made = _git(folder, "commit-tree", tree, "-p", parent, given=text.encode(), more=identity).decode().strip()
    if branch:
        _git(folder, "update-ref", "-m", "dockerfix", f"refs/heads/{branch}", made, "0" * len(made))
    return made


def patch_of(folder: Path, revision: str) -> bytes:
    """Return a commit as a patch that ``git am`` takes; raises GitError."""
    return _git(folder, "format-patch", "--stdout", "-1", revision)


def push(folder: Path, branch: str, remote: str = "origin") -> None:
    """Push a branch, never by force; raises GitError."""
    _git(folder, "push", "--quiet", remote, f"refs/heads/{branch}:refs/heads/{branch}", seconds=_SECONDS_REMOTE)


def is_branch_name(name: str) -> bool:
    """Whether git accepts a name for a branch."""
    try:
        return bool(_git(Path.cwd(), "check-ref-format", "--branch", name)) and not name.startswith("-")
    except GitError:
        return False


def _branch_tip(folder: Path, branch: str) -> str:
    try:
        return _git(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}").decode().strip()
    except GitError:
        return ""


def _sign_off(folder: Path, identity: Mapping[str, str]) -> str:
    who = _git(folder, "var", "GIT_AUTHOR_IDENT", more=identity).decode("utf-8", "replace").rpartition(">")[0]
    return f"\nSigned-off-by: {who}>\n"


def _git(
    folder: Path, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None, seconds: int = _SECONDS
) -> bytes:
    """Return what git prints; raises GitError with its reason."""
    settings = [word for setting in _HARMLESS for word in ("-c", setting)]
    command = ["git", *settings, "-C", str(folder if str(folder) else Path()), *words]
    environment = {**os.environ, **_ENVIRONMENT, **(more or {})}
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=False, env=environment)
    except subprocess.TimeoutExpired:
        raise GitError(f"git {words[0]} took more than {seconds} s", transient=True) from None
    except (OSError, ValueError) as error:
        raise GitError(f"git cannot be asked: {error}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise GitError(said or f"git {words[0]} failed", transient=bool(_TRANSIENT.search(said)))
    return done.stdout
