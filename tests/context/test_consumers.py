"""Who else uses an image: each kind of file, and the one beside it that says something else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from transformer.context.compose import services
from transformer.context.consumers import consumers_of, context_of
from transformer.context.docker_lines import users
from transformer.context.image_users import UNKNOWN, ImageBuild, ImageUse, image_name, interpolated, joined
from transformer.context.repository import Repository, root_of


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Write files and return the repository's root."""

    def write(**files: str) -> Path:
        (tmp_path / "repo/.git").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = tmp_path / "repo" / name.replace("__", "/").replace("_yml", ".yml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "repo"

    return write


def _uses(text: str) -> list[ImageBuild | ImageUse]:
    return list(users(text, "ci/Makefile"))


@pytest.mark.parametrize(
    ("line", "image", "entrypoint", "command"),
    [
        ("docker run app", "app", None, None),
        ("docker run -it --rm -e A=1 -eB=2 -p80:80 --name x app:1 npm test", "app:1", None, ("npm", "test")),
        ("docker run --entrypoint make app all", "app", ("make",), ("all",)),
        ("docker container run -itw /work app ls", "app", None, ("ls",)),
        ("sudo -E podman --log-level debug run app x", "app", None, ("x",)),
        ("\t@-docker run $(IMAGE) x", "${IMAGE}", None, ("x",)),
        ("if docker run app x; then", "app", None, ("x",)),
        ("docker --context far run --volume=/a:/b app x", "app", None, ("x",)),
    ],
)
def test_runs(line: str, image: str, entrypoint: tuple[str, ...] | None, command: tuple[str, ...] | None) -> None:
    (found,) = _uses(line + "\n")
    assert isinstance(found, ImageUse)
    assert (found.image, found.entrypoint, found.command) == (image, entrypoint, command)


@pytest.mark.parametrize(
    ("line", "service", "command"),
    [
        ("docker exec -it web sh -c 'make x'", "web", ("sh", "-c", "make x")),
        ("docker compose -f a.yml exec -T web make", "web", ("make",)),
        ("docker-compose run --rm -e A=b web make", "web", ("make",)),
    ],
)
def test_commands_in_services_and_containers(line: str, service: str, command: tuple[str, ...]) -> None:
    (found,) = _uses(line)
    assert isinstance(found, ImageUse)
    assert (found.service, found.command) == (service, command)


@pytest.mark.parametrize(
    "text",
    [
        "echo docker\n",
        "# docker run app make\n",
        "docker ps\n",
        "docker run\n",
        "docker compose run web\n",
        "docker push app\n",
        "docker run 'open\n",
        "dockerize run app\n",
    ],
)
def test_lines_that_use_no_image(text: str) -> None:
    assert _uses(text) == []


def test_builds_as_seen_from_the_root_and_from_the_file() -> None:
    found = _uses("docker build \\\n  -t app:1 --build-arg A=1 \\\n  -f docker/app.Dockerfile .\n")
    assert [one.dockerfile for one in found if isinstance(one, ImageBuild)] == [
        "docker/app.Dockerfile",
        "ci/docker/app.Dockerfile",
    ]
    assert isinstance(found[0], ImageBuild)
    assert (found[0].names, found[0].arguments, found[0].line) == (("app:1",), (("A", "1"),), 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a ${B:-c} ${D-e}", "a c e"),
        ("$$HOME", "$HOME"),
        ("$B", UNKNOWN),
        ("${B}", UNKNOWN),
        ("${B:?why}", UNKNOWN),
        ("{{ .Values.x }}:1", UNKNOWN + ":1"),
    ],
)
def test_interpolation(text: str, value: str) -> None:
    assert interpolated(text) == value


def test_names_of_images() -> None:
    assert image_name("a.b:5000/c/d:1@sha256:0") == "a.b:5000/c/d"
    assert image_name("${REGISTRY}/app:${TAG:-1}") == image_name("$REGISTRY/app:latest")


def test_paths_that_leave_the_repository_are_nobodys() -> None:
    assert joined("a", "../b") == "b"
    assert joined("a", "..") == "."
    assert joined("a", "../../b") == ".."
    assert joined("a", "/etc") == ".."


def test_compose_services(tree: Callable[..., Path]) -> None:
    root = tree(
        deploy__compose_yml="""
services:
  web:
    build: {context: .., dockerfile: docker/Dockerfile, args: [A=1, B]}
    image: org/web
    command: python -m "web app"
    volumes: ["data:/data", "./x:/x", "/anonymous", {type: volume, source: d, target: /long}, {type: bind, target: /b}]
  worker:
    extends: {service: web}
    command: [celery, "-A", "${APP:-proj}"]
  null:
    image: redis
    command: null
"""
    )
    web, worker, redis = services(Repository(root), "deploy/compose.yml")
    assert web.build is not None
    assert (web.build.dockerfile, web.build.context) == ("docker/Dockerfile", ".")
    assert (web.build.arguments, web.build.names) == ((("A", "1"),), ("org/web",))
    assert web.use.command == ("python", "-m", "web app")
    assert web.use.mounted == ("/data", "/anonymous", "/long")
    assert worker.use.command == ("celery", "-A", "proj")
    assert worker.build == web.build
    assert (redis.build, redis.use.command) == (None, None)


def test_services_that_extend_each_other_end(tree: Callable[..., Path]) -> None:
    root = tree(compose_yml="services:\n  a: {extends: {service: b}}\n  b: {extends: a}\n")
    assert [one.name for one in services(Repository(root), "compose.yml")] == ["a", "b"]


def test_an_override_file_concerns_the_service_of_its_own_directory(tree: Callable[..., Path]) -> None:
    root = tree(
        Dockerfile="FROM a\n",
        **{"docker-compose_yml": "services: {web: {build: .}}\n"},
        **{"docker-compose.dev_yml": "services: {web: {command: make}, db: {image: x, command: gcc}}\n"},
        **{"other__compose_yml": "services: {web: {image: y, command: gcc}}\n"},
    )
    commands = [use.command for use in consumers_of(root / "Dockerfile").uses]
    assert set(commands) == {None, ("make",)}


def test_compose_says_what_the_context_is(tree: Callable[..., Path]) -> None:
    root = tree(
        docker__Dockerfile="FROM a\n",
        docker__two="FROM a\n",
        compose_yml="services:\n  a: {build: {context: ., dockerfile: docker/Dockerfile}}\n"
        "  b: {build: {context: docker, dockerfile: two}}\n  c: {build: {context: ., dockerfile: docker/two}}\n",
    )
    assert context_of(root / "docker/Dockerfile") == root
    assert context_of(root / "docker/two") is None, "two contexts: nobody knows which"
    assert context_of(root / "Dockerfile") is None


def test_who_opens_an_image_and_who_builds_on_it(tree: Callable[..., Path]) -> None:
    root = tree(
        Dockerfile="FROM a\n",
        Makefile="all:\n\tdocker build -t org/base:1 .\n",
        **{"more__Dockerfile": "FROM --platform=x org/base:2 AS y\n"},
        **{"third__Dockerfile": "FROM b\nCOPY --from=org/base:1 /a /a\n"},
        **{"fourth__Dockerfile": "FROM org/base-other\n# FROM org/base\n"},
        **{".devcontainer__devcontainer.json": '{"dockerFile": "../Dockerfile", /* x */ "name": "http://a"}\n'},
    )
    found = consumers_of(root / "Dockerfile")
    assert [(one.path, one.line) for one in found.bases] == [("more/Dockerfile", 1), ("third/Dockerfile", 2)]
    assert [one.path for one in found.developers] == [".devcontainer/devcontainer.json"]
    assert consumers_of(root / "fourth/Dockerfile").bases == ()


@pytest.mark.parametrize("content", ["[1]", "{", '{"build": 3}', "[" * 100_000, '{"dockerFile": ["x"]}'])
def test_a_strange_devcontainer_says_nothing(tree: Callable[..., Path], content: str) -> None:
    root = tree(Dockerfile="FROM a\n", **{".devcontainer.json": content})
    assert consumers_of(root / "Dockerfile").developers == ()


def test_links_are_not_followed_and_the_repository_ends_at_its_git_directory(
    tree: Callable[..., Path], tmp_path: Path
) -> None:
    root = tree(sub__Dockerfile="FROM a\n")
    (tmp_path / "compose.yml").write_text("services: {a: {build: repo/sub}}\n")
    (root / "compose.yml").symlink_to(tmp_path / "compose.yml")
    (root / "up").symlink_to(tmp_path)
    assert root_of(root / "sub") == root
    assert consumers_of(root / "sub/Dockerfile").builds == ()
    assert [path for path, _ in Repository(root).files] == ["sub/Dockerfile"]


def test_a_pod_of_a_template_means_the_only_dockerfile(tree: Callable[..., Path]) -> None:
    pod = 'kind: Pod\nspec:\n  containers:\n    - image: "{{ .image }}"\n      command: [make]\n'
    root = tree(Dockerfile="FROM a\n", chart__pod_yml=pod)
    assert [use.entrypoint for use in consumers_of(root / "Dockerfile").uses] == [("make",)]
    other = tree(other__Dockerfile="FROM a\n")
    from transformer.context import consumers, repository

    consumers._said.cache_clear()
    repository.repository.cache_clear()
    assert consumers_of(other / "Dockerfile").uses == (), "two images: which one the template means is not known"


@pytest.mark.parametrize(
    ("name", "entered"),
    [
        ("nothing", False),
        ("db", False),
        ("shop-db-1", False),
        ("web", True),
        ("shop-web-1", True),
        ("shop_web_1", True),
        ("shop-web-worker-1", False),
        ("front", True),
        ("by-hand", True),
        ("other", False),
    ],
)
def test_exec_enters_the_containers_of_the_image(tree: Callable[..., Path], name: str, entered: bool) -> None:
    compose = "services:\n  web: {build: ., image: shop/web, container_name: front}\n  db: {image: postgres}\n"
    lines = f"docker run -d --name by-hand shop/web\ndocker run --name other postgres\ndocker exec {name} make\n"
    root = tree(Dockerfile="FROM a\n", compose_yml=compose, **{"run.sh": lines})
    used = [use for use in consumers_of(root / "Dockerfile").uses if use.command == ("make",)]
    assert bool(used) == entered


WORKFLOW = """jobs:
  test:
    steps:
      - uses: docker/build-push-action@v6
        with:
          context: .
          {more}
      - run: docker run --rm app:test make check
{after}"""


@pytest.mark.parametrize(
    ("more", "after", "offered"),
    [
        pytest.param("tags: app:test", "", True, id="built for nothing else"),
        pytest.param("tags: app:test\n          push: false", "", True, id="not pushed"),
        pytest.param("tags: app:test\n          push: true", "", False, id="pushed"),
        pytest.param("tags: app:test\n          push: ${{ x }}", "", False, id="pushed at times"),
        pytest.param("tags: app:test\n          outputs: type=registry", "", False, id="put elsewhere"),
        pytest.param("tags: app:test\n          target: base", "", False, id="a target already"),
        pytest.param("tags: app:test,app:1", "", False, id="another name"),
        pytest.param("tags: app:test", "      - run: docker run app:test\n", False, id="run as it is, too"),
        pytest.param("tags: app:test", "      - run: docker push app:test\n", False, id="pushed later"),
    ],
)
def test_an_action_builds_the_build_stage(tree: Callable[..., Path], more: str, after: str, offered: bool) -> None:
    root = tree(Dockerfile="FROM debian", **{"ci.yml": WORKFLOW.format(more=more, after=after)})
    uses = [use for use in consumers_of(root / "Dockerfile").uses if use.command == ("make", "check")]
    assert [use.retarget is not None for use in uses] == [offered]
