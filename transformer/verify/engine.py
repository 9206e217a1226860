"""A container engine behind its command line: docker, podman or buildah. The only place that starts programs.

Every argument is a word of its own: nothing is ever given to a shell. What is made carries a label of this run and is
removed with it, also when the run is interrupted.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct

ENGINES = ("docker", "podman", "buildah")
_LABEL = "org.dockerfix.verify"
_MOST_OUTPUT = 1 << 20
_COMMAND_SECONDS = 300
_TRANSIENT = re.compile(
    r"temporary failure (?:in name resolution|resolving)|could not resolve (?:host|')|no such host|eai_again"
    r"|network is unreachable|(?:connection|read|operation) (?:timed out|reset)|i/o timeout|tls handshake timeout"
    r"|econnreset|etimedout|503 service|429 too many",
    re.IGNORECASE,
)
"""What curl, apt, pip, npm, go and the engines say of a network that fails."""
_FULL = ("no space left on device", "disk quota exceeded")
_TRIES = 3
_LIMITS = ("--memory=2g", "--pids-limit=1024", "--cpus=2")


class EngineError(Exception):
    """The engine could not do its part, which says nothing of what is compared; ``log`` is the end of what it said."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


class BuildError(EngineError):
    """A Dockerfile does not build, and neither the engine nor the network nor a full disk is the cause."""


class Result(Struct, frozen=True):
    """What a command gave; outputs are cut after a megabyte, and ``status`` is None if its time was over."""

    status: int | None
    stdout: bytes
    stderr: bytes
    seconds: float


class BuildOptions(Struct, frozen=True):
    """What both builds are given; ``timeout`` is in seconds."""

    arguments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    network: str = ""
    platform: str = ""
    timeout: int = 1800
    no_cache: bool = False


class Built(Struct, frozen=True):
    """An image that was built, and the seconds that it took."""

    image: str
    seconds: float


def detect(asked: str | None) -> Engine:
    """Return the engine that was asked for, or the first that answers; raises EngineError with what to install."""
    for program in (asked,) if asked else ENGINES:
        if shutil.which(program) is None:
            continue
        engine = Engine(program)
        if engine.answers():
            return engine
        if asked:
            raise EngineError(f"{program} is installed and does not answer: is its service running, may you use it?")
    wanted = asked or "docker, podman or buildah"
    raise EngineError(f"no container engine found: install {wanted}, for example `apt-get install {asked or 'podman'}`")


class Engine:
    """One engine, for one run."""

    def __init__(self, program: str) -> None:
        """Use the command line ``program``, with the environment of this process."""
        self.program = program
        self.label = f"{_LABEL}={uuid.uuid4().hex[:12]}"
        self._images: list[str] = []

    def answers(self) -> bool:
        """Return whether the engine can be used."""
        with suppress(EngineError):
            return self._call("version" if self.program == "docker" else "info", seconds=30).status == 0
        return False

    @cached_property
    def limits(self) -> str:
        """What this engine cannot do, for people; "" if it can do all."""
        if self._legacy:
            return (
                "docker's legacy builder (no buildx): no heredocs, no --mount, no --secret, no COPY --chmod or --link"
            )
        if self.only_builds:
            return "buildah only builds: neither image is run"
        return "podman without root: servers and health checks cannot be asked" if self._rootless else ""

    @cached_property
    def _legacy(self) -> bool:
        """Whether docker builds without BuildKit: because it has no buildx, or because it was told to."""
        if self.program != "docker":
            return False
        return os.environ.get("DOCKER_BUILDKIT") == "0" or self._buildx().status != 0

    def _buildx(self) -> Result:
        return _run([self.program, "buildx", "version"], os.environ, 30)

    @cached_property
    def _rootless(self) -> bool:
        """Whether the networks of containers cannot be reached from here."""
        words = ("info", "--format", "{{.Host.Security.Rootless}}")
        return self.program == "podman" and self._call(*words, seconds=30).stdout.strip() == b"true"

    @property
    def only_builds(self) -> bool:
        """Whether it cannot run what it builds."""
        return self.program == "buildah"

    def build(self, context: Path, dockerfile: Path, options: BuildOptions, target: str = "") -> Built:
        """Build a Dockerfile and return the image; transient failures are tried again.

        Raises BuildError where the Dockerfile is at fault, EngineError for everything else.
        """
        with tempfile.TemporaryDirectory(prefix="dockerfix-") as folder:
            iid = Path(folder) / "iid"
            words = [*self._build_words(options), "--iidfile", str(iid), "--file", str(dockerfile)]
            words += ["--target", target] if target else []
            for attempt in range(_TRIES):
                done = self._call(*words, str(context), seconds=options.timeout)
                if done.status == 0:
                    image = iid.read_text(encoding="utf-8").strip()
                    self._images.append(image)
                    return Built(image, done.seconds)
                log = (done.stdout + done.stderr)[-8000:].decode("utf-8", "replace")
                if done.status is None:
                    raise EngineError(f"the build was not done after {options.timeout} s", log)
                if any(word in log.lower() for word in _FULL):
                    raise EngineError("the disk of the engine is full: it does not build", log)
                if not _TRANSIENT.search(log):
                    raise self._failure(log)
                if attempt + 1 < _TRIES:
                    time.sleep(2**attempt)
            raise EngineError(f"it does not build: no network, after {_TRIES} tries", log)

    def _failure(self, log: str) -> EngineError:
        """Return whose fault a build is that failed: an engine that has ended says nothing of a Dockerfile."""
        if self.answers():
            return BuildError("it does not build", log)
        return EngineError(f"{self.program} ended in the middle of the build", log)

    def _build_words(self, options: BuildOptions) -> list[str]:
        words = ["build", "--label", self.label]
        words += ["--format", "docker"] if self.program in {"podman", "buildah"} else []
        words += ["--progress", "plain"] if self.program == "docker" and not self._legacy else []
        words += [word for argument in options.arguments for word in ("--build-arg", argument)]
        words += [word for secret in options.secrets for word in ("--secret", secret)]
        words += ["--network", options.network] if options.network else []
        words += ["--no-cache"] if options.no_cache else []
        return [*words, "--platform", options.platform] if options.platform else words

    def config(self, image: str) -> dict[str, Any]:
        """Return the config of an image, as docker names its fields."""
        if self.program == "buildah":
            found = json.loads(self._must("inspect", "--type", "image", image))
            return dict(found.get("Docker", {}).get("config") or {})
        return dict(json.loads(self._must("image", "inspect", image))[0].get("Config") or {})

    @contextmanager
    def saved(self, images: Sequence[str]) -> Iterator[Mapping[str, Path]]:
        """Give each image as an archive file, one for all where the engine can; they are gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="dockerfix-", dir=os.environ.get("TMPDIR") or "/var/tmp") as folder:
            archives = {image: Path(folder, "images.tar") for image in images}
            if self.program == "buildah":
                archives = {image: Path(folder, f"{number}.tar") for number, image in enumerate(images)}
                for image, archive in archives.items():
                    self._must("push", image, f"docker-archive:{archive}", seconds=_COMMAND_SECONDS)
            else:
                words = ["save", "--output", f"{folder}/images.tar"]
                words += ["--multi-image-archive", "--format", "docker-archive"] if self.program == "podman" else []
                self._must(*words, *archives, seconds=_COMMAND_SECONDS)
            yield archives

    def run(self, image: str, seconds: int, words: Sequence[str] = ()) -> Result:
        """Run the image to its end, without network and with bounded memory, processes, output and time."""
        name = f"dockerfix-{uuid.uuid4().hex[:12]}"
        options = ["--rm", "--name", name, "--label", self.label, "--hostname", "dockerfix", "--network=none", *_LIMITS]
        done = self._call("run", *options, image, *words, seconds=seconds)
        if done.status is None:
            self._call("rm", "--force", "--volumes", name)
        return done

    @contextmanager
    def serving(self, image: str, words: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
        """Run the image in the background on a network that leads nowhere; give its container and its address."""
        network = f"dockerfix-{uuid.uuid4().hex[:12]}"
        self._must("network", "create", "--internal", "--label", self.label, network)
        container = ""
        try:
            options = ["--detach", "--label", self.label, "--hostname", "dockerfix", "--network", network, *_LIMITS]
            container = self._must("run", *options, image, *words)
            found = json.loads(self._must("inspect", container))[0]["NetworkSettings"]["Networks"]
            yield container, str(found[network]["IPAddress"])
        finally:
            if container:
                self._call("rm", "--force", "--volumes", container)
            self._call("network", "rm", network)

    def state(self, container: str) -> dict[str, Any]:
        """Return the state of a container (Running, ExitCode, Health …)."""
        return dict(json.loads(self._must("inspect", container))[0]["State"])

    def inside(self, container: str, words: Sequence[str], seconds: int) -> Result:
        """Run a command in a running container, as HEALTHCHECK does."""
        return self._call("exec", container, *words, seconds=seconds)

    def logs(self, container: str) -> str:
        """Return the end of what a container said."""
        done = self._call("logs", "--tail", "50", container)
        return (done.stdout + done.stderr).decode("utf-8", "replace")

    def script(self, command: Sequence[str], image: str, seconds: int) -> Result:
        """Run a user's own command with the image in its environment."""
        return _run(command, {**os.environ, "IMAGE": image}, seconds)

    def clean(self, *, keep: bool = False) -> None:
        """Remove what this run made: containers, networks and, unless ``keep``, images."""
        if self.program != "buildah":
            for kind, words in (("container", ("rm", "--force", "--volumes")), ("network", ("network", "rm"))):
                listed = ["ps", "--all"] if kind == "container" else ["network", "ls"]
                found = self._call(*listed, "--quiet", "--filter", f"label={self.label}")
                for one in found.stdout.decode().split():
                    self._call(*words, one)
        if keep:
            return
        listed = self._call("images", "--quiet", "--filter", f"label={self.label}").stdout.decode().split()
        for image in dict.fromkeys((*reversed(self._images), *listed)):
            self._call("rmi", image)

    def _must(self, *words: str, seconds: int = _COMMAND_SECONDS) -> str:
        done = self._call(*words, seconds=seconds)
        if done.status != 0:
            log = (done.stdout + done.stderr)[-4000:].decode("utf-8", "replace")
            raise EngineError(f"{self.program} {words[0]} failed", log)
        return done.stdout.decode("utf-8", "replace").strip()

    def _call(self, *words: str, seconds: int = _COMMAND_SECONDS) -> Result:
        # where BuildKit is asked for and buildx is missing, docker fails instead of using what it has
        environment = {**os.environ, "DOCKER_BUILDKIT": "0"} if self._legacy else os.environ
        return _run([self.program, *words], environment, seconds)


def _run(command: Sequence[str], environment: Mapping[str, str], seconds: int) -> Result:
    """Run a program in a group of its own; when its time is over, the whole group ends."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise EngineError(f"{command[0]} cannot be started: {error.strerror}") from error
        status = _follow(process, out, err, started + seconds)
        return Result(status, _read(out), _read(err), time.monotonic() - started)


def _follow(process: subprocess.Popen[bytes], out: Any, err: Any, end: float) -> int | None:
    """Copy what a process says until it ends, up to a megabyte each; return its status, None if its time was over."""
    import selectors

    with selectors.DefaultSelector() as selector:
        kept = {process.stdout: (out, [0]), process.stderr: (err, [0])}
        for stream in kept:
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ)
        try:
            while selector.get_map():
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                for key, _ in selector.select(left):
                    chunk = os.read(key.fd, 1 << 16)
                    if not chunk:
                        selector.unregister(key.fileobj)
                        continue
                    target, size = kept[key.fileobj]  # type: ignore[index]
                    target.write(chunk[: max(_MOST_OUTPUT - size[0], 0)])
                    size[0] += len(chunk)
            return process.wait(max(end - time.monotonic(), 0))
        except (TimeoutError, subprocess.TimeoutExpired):
            return None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            for stream in kept:
                assert stream is not None
                stream.close()


def _read(file: Any) -> bytes:
    file.seek(0)
    return bytes(file.read())
