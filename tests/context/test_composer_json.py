"""What composer.json and composer.lock say: packages, places, scripts; nothing where they cannot be read."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transformer.context.composer_json import installed, project
from transformer.ecosystems.php.events import lines

ENTRY = {"name": "A/B", "version": "1.0", "type": "library", "dist": {"type": "zip", "url": "https://x.org/a.zip"}}


def lock(*packages: object, developing: tuple[object, ...] = ()) -> str:
    return json.dumps({"packages": packages, "packages-dev": developing})


@pytest.mark.parametrize("text", [None, "", "[]", "{", "1", '"x"', "null"])
def test_what_cannot_be_read(text: str | None) -> None:
    assert project(text, None) is None


def test_packages_of_the_lock_file() -> None:
    here = project(
        '{"require": {"php": "^8", "ext-zip": "*", "a/b": "^1"}}', lock(ENTRY, developing=({"name": "c/d"},))
    )
    assert here is not None
    assert list(installed(here, development=False)) == [("a/b", True)]
    assert list(installed(here, development=True)) == [("a/b", True), ("c/d", True)]


def test_packages_without_a_lock_file() -> None:
    here = project('{"require": {"php": "^8", "lib-x": "*", "A/B": "^1"}, "require-dev": {"c/d": "*"}}', None)
    assert here is not None
    assert list(installed(here, development=True)) == [("a/b", False), ("c/d", False)]
    assert here.plugins


@pytest.mark.parametrize(
    ("url", "own"),
    [("packages/x", True), ("./packages/x", True), ("../x", False), ("/opt/x", False), ("a/../../x", False)],
)
def test_packages_of_directories(url: str, *, own: bool) -> None:
    here = project("{}", lock({"name": "a/b", "dist": {"type": "path", "url": url}}))
    assert here is not None
    assert (not list(installed(here, development=True))) is own


@pytest.mark.parametrize(
    ("scripts", "found"),
    [
        ({"post-install-cmd": "git log"}, ["git log"]),
        ({"post-install-cmd": ["a", "b"]}, ["a", "b"]),
        ({"post-install-cmd": "@other", "other": ["@php artisan x", "c"]}, ["php artisan x", "c"]),
        ({"post-install-cmd": "@composer dump-autoload"}, ["composer dump-autoload"]),
        ({"post-install-cmd": "@missing"}, [None]),
        ({"post-install-cmd": "@a", "a": "@b", "b": "@a"}, [None]),
        ({"post-install-cmd": "@putenv A=B"}, []),
        (
            {"auto-scripts": {"cache:clear": "symfony-cmd"}, "post-install-cmd": "@auto-scripts"},
            ["php bin/console cache:clear"],
        ),
        (
            {"auto-scripts": {"assets:install %PUBLIC_DIR%": "symfony-cmd"}, "post-install-cmd": ["@auto-scripts"]},
            ["php bin/console assets:install public"],
        ),
        ({"post-update-cmd": "x", "post-create-project-cmd": "y"}, []),
        ({"post-autoload-dump": "Foo\\Bar::baz"}, ["Foo\\Bar::baz"]),
    ],
)
def test_scripts_of_an_installation(scripts: dict[str, object], found: list[str | None]) -> None:
    here = project(json.dumps({"scripts": scripts}), lock())
    assert here is not None
    assert list(lines(here.handlers("install"), here)) == found


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["require", "config", "scripts", "packages", "name", "dist", "url", "type"]), x
            )
        ),
        max_leaves=20,
    )
)
@example({"packages": [{"type": []}]})
@settings(max_examples=200)
def test_no_content_breaks_it(value: object) -> None:
    text = json.dumps(value)
    here = project(text, text)
    if here is not None:
        list(installed(here, development=True))
        list(lines(here.handlers("install"), here))
