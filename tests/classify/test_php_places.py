"""PHP: what the program may call stays, headers go, and what is installed is carried from where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.diagnostic import Applicability
from transformer.ir.plan import Outcome

BASE = "php:8.2-cli-bookworm"
INSTALL = (
    "RUN apt-get update && apt-get install -y --no-install-recommends git unzip libzip-dev libicu-dev"
    " && docker-php-ext-install zip intl"
)
LOCK = '{"packages":[{"name":"acme/unknown","version":"1.0.0","type":"library","require":{}}],"packages-dev":[]}'
PROJECT = '{"require":{"acme/unknown":"^1.0"}%s}'
SETUP = "RUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin --filename=composer\n"
EXTENSIONS = ["/usr/local/etc/php/conf.d", "/usr/local/lib/php/extensions"]


def outcome_of(folder: Path, text: str, files: dict[str, str]) -> Outcome:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return answer(text.encode(), options(("--unsafe",)), BuildContext(folder)).outcome


def app(folder: Path, files: dict[str, str], *, cmd: str = '["php", "app.php"]', extra: str = "") -> Outcome:
    text = f"FROM {BASE}\n{INSTALL}\nWORKDIR /app\nCOPY . .\n{extra}CMD {cmd}\n"
    return outcome_of(folder, text, {"app.php": "<?php echo 1;", **files})


def final(outcome: Outcome) -> str:
    assert outcome.status.value == "rewritten", outcome.diagnostics
    assert outcome.rewritten is not None
    text = outcome.rewritten
    return text[text.rindex("\nFROM ") :]


def carried(outcome: Outcome) -> list[str]:
    assert outcome.plan is not None, outcome.diagnostics
    return sorted(artifact.path for artifact in outcome.plan.artifacts)


def codes(outcome: Outcome) -> set[str]:
    return {d.code for d in outcome.diagnostics}


@pytest.mark.parametrize(
    ("files", "cmd"),
    [
        pytest.param({}, '["php", "app.php"]', id="nothing is called"),
        pytest.param({"tests/a.php": "<?php exec('git log');"}, '["php", "app.php"]', id="tests are not started"),
        pytest.param({"README.md": "run exec('git')"}, '["php", "app.php"]', id="a text"),
        pytest.param({"a.ini": "; extension=foo\nmemory_limit = 1G\n"}, '["php", "app.php"]', id="settings"),
        pytest.param({}, '["php", "-r", "echo 1;"]', id="plain code on the command line"),
        pytest.param({"p.blade.php": "<b>{{ $name }}</b>"}, '["php", "app.php"]', id="a plain page"),
        pytest.param({"vendor/a/b.php": "<?php class B {}"}, '["php", "app.php"]', id="plain code of others"),
    ],
)
def test_tools_go_where_nothing_calls_them(tmp_path: Path, files: dict[str, str], cmd: str) -> None:
    outcome = app(tmp_path, files, cmd=cmd)
    assert outcome.applicability is Applicability.SAFE, outcome.diagnostics
    text = final(outcome)
    assert "git" not in text
    assert "libzip4" in text
    assert "libzip-dev" not in text
    assert carried(outcome) == EXTENSIONS


CALLING = {
    "a literal": {"lib/a.php": "<?php exec('git log');"},
    "backticks": {"lib/a.php": "<?php echo `git log`;"},
    "a command that is composed": {"lib/a.php": "<?php exec($command);"},
    "a page": {"page.phtml": "<b><?= shell_exec('git log') ?></b>"},
    "a page of another language": {"p.blade.php": "@php echo shell_exec('git log'); @endphp"},
    "an include file": {"a.inc": "<?php system('git log');"},
    "code in a file of another name": {"a.html": "<b><?php system('git log') ?></b>"},
    "code in a file without a suffix": {"bin/job": "#!/usr/bin/env php\n<?php system('git log');"},
    "code of others": {"vendor/a/b.php": "<?php passthru('git log');"},
    "tests that are loaded": {"tests/a.php": "<?php exec('git log');", "b.php": "<?php require 'tests/a.php';"},
    "a process": {"a.php": "<?php use Symfony\\Component\\Process\\Process; (new Process(['git']))->run();"},
    "a name in the settings": {"a.php": "<?php (new Process([$config['git']]))->run();"},
    "a function by its name": {"a.php": "<?php $run = 'exec'; $run('git log');"},
    "the settings of mail": {"php.ini": "sendmail_path = /usr/bin/git\n", "a.php": "<?php mail(1, 2, 3);"},
    "settings that load code": {".htaccess": "php_value auto_prepend_file /opt/a.php\n"},
    "settings that load an extension": {"a.ini": "zend_extension=/opt/ioncube.so\n"},
    "a command in variables": {".env": "VERSION=$(git describe)\n"},
    "an archive": {"tool.phar": "<?php __HALT_COMPILER();"},
    "code that cannot be parsed": {"a.php": "<?php exec('git' this is none"},
    "code that is evaluated": {"a.php": "<?php eval($code);"},
    "code of the system": {"a.php": "<?php require '/usr/share/php/a.php';"},
}


@pytest.mark.parametrize("files", [pytest.param(files, id=name) for name, files in CALLING.items()])
def test_tools_stay_where_something_may_call_them(tmp_path: Path, files: dict[str, str]) -> None:
    text = final(app(tmp_path, files))
    assert " git " in text
    assert "libzip4" in text
    assert "libzip-dev" not in text


@pytest.mark.parametrize(
    ("cmd", "extra", "files"),
    [
        ('["php", "-r", "system(\'git log\');"]', "", {}),
        ('["php", "-r", "system($argv[1]);"]', "", {}),
        ('["php", "-d", "auto_prepend_file=/opt/a.php", "app.php"]', "", {}),
        ('["php", "-dextension=/opt/a.so", "app.php"]', "", {}),
        ('["sh", "start.sh"]', "", {"start.sh": "git log\nexec php app.php\n"}),
        ('["php", "app.php"]', "HEALTHCHECK CMD git --version\n", {}),
        ('["php", "app.php"]', "ENV TOOL=/usr/bin/git\n", {}),
        ('["php", "app.php", "--with", "git"]', "", {}),
        ('["php", "app.php"]', "RUN ln -s /usr/bin/git /usr/local/bin/vcs\n", {}),
        ('["php", "app.php"]', "RUN curl -o /app/more.php https://example.com/more.php\n", {}),
        (
            '["php", "app.php"]',
            "RUN mkdir /opt/p && curl -o /opt/p/a.php https://example.com/a.php"
            " && echo 'auto_prepend_file=/opt/p/a.php' >/usr/local/etc/php/conf.d/a.ini\n",
            {},
        ),
        ('["php", "app.php"]', "RUN echo 'zend_extension=/opt/a.so' >>/usr/local/etc/php/conf.d/a.ini\n", {}),
        (
            '["php", "app.php"]',
            "RUN sed -i 's|;sendmail_path =.*|sendmail_path = /usr/bin/git mail|' /usr/local/etc/php/php.ini-production"
            "\n",
            {},
        ),
        ('["php", "app.php"]', "RUN composer install\n", {"composer.json": PROJECT % "", "composer.lock": LOCK}),
        ('["php", "app.php"]', "RUN pecl install unheard\n", {}),
        (
            '["composer", "run", "go"]',
            SETUP,
            {"composer.json": PROJECT % ', "scripts": {"go": ["git log", "php app.php"]}'},
        ),
        ('["composer", "go"]', SETUP, {"composer.json": PROJECT % ', "scripts": {"go": "@more", "more": "git log"}'}),
    ],
)
def test_tools_stay_where_the_image_calls_them(tmp_path: Path, cmd: str, extra: str, files: dict[str, str]) -> None:
    assert " git " in final(app(tmp_path, files, cmd=cmd, extra=extra))


@pytest.mark.parametrize(
    "extra",
    [
        "RUN echo 'extension=redis.so' >/usr/local/etc/php/conf.d/a.ini\n",
        "RUN echo 'memory_limit = 1G' >>/usr/local/etc/php/conf.d/a.ini\n",
        "RUN sed -i 's|;sendmail_path =|sendmail_path =|' /usr/local/etc/php/php.ini-production\n",
        "RUN echo 'auto_prepend_file =' >>/usr/local/etc/php/conf.d/a.ini\n",
        'ENTRYPOINT ["php"]\n',
    ],
)
def test_settings_that_load_nothing(tmp_path: Path, extra: str) -> None:
    text = final(app(tmp_path, {}, cmd='["app.php"]' if "ENTRYPOINT" in extra else '["php", "app.php"]', extra=extra))
    assert " git " not in text
    assert "libzip4" in text


@pytest.mark.parametrize(
    "cmd",
    [
        '["composer", "install"]',
        '["sh", "-c", "composer update && php app.php"]',
        '["php", "composer.phar", "install"]',
        '["sh", "-c", "docker-php-ext-install soap && php app.php"]',
        '["sh", "-c", "pecl install redis; php app.php"]',
        '["sh", "-c", "phpize && php app.php"]',
        '["composer", "create-project", "a/b"]',
    ],
)
def test_installing_at_run_time_is_refused(tmp_path: Path, cmd: str) -> None:
    assert "DF410" in codes(app(tmp_path, {}, cmd=cmd))


@pytest.mark.parametrize("cmd", ['["php", "-a"]', '["php"]', '["bash"]', '["php", "--interactive"]'])
def test_people_in_the_image_leave_it_alone(tmp_path: Path, cmd: str) -> None:
    outcome = app(tmp_path, {}, cmd=cmd)
    assert outcome.status.value == "unchanged", outcome.diagnostics


@pytest.mark.parametrize(
    ("install", "files", "places"),
    [
        ("RUN composer install", {}, ["/app/vendor"]),
        ("RUN composer i --no-dev -o", {}, ["/app/vendor"]),
        ("RUN composer install -d /app", {}, ["/app/vendor"]),
        ("RUN composer install --working-dir=/app --no-interaction", {}, ["/app/vendor"]),
        ("RUN cd /app && composer install", {}, ["/app/vendor"]),
        ("RUN composer update", {}, ["/app"]),
        ("RUN composer require a/b", {}, ["/app"]),
        ("RUN composer install", {"composer.lock": ""}, ["/app"]),
        ("RUN composer install", {"composer.json": PROJECT % ', "config": {"vendor-dir": "lib"}'}, ["/app/lib"]),
        ("ENV COMPOSER_VENDOR_DIR=libs\nRUN composer install", {}, ["/app/libs"]),
        (
            "RUN composer install",
            {"composer.json": PROJECT % ', "config": {"bin-dir": "bin"}'},
            ["/app/bin", "/app/vendor"],
        ),
        ("RUN composer install", {"composer.lock": LOCK.replace("library", "composer-plugin")}, ["/app"]),
        (
            "RUN composer install --no-plugins",
            {"composer.lock": LOCK.replace("library", "composer-plugin")},
            ["/app/vendor"],
        ),
        ("RUN composer dump-autoload -o", {}, ["/app/vendor"]),
        (
            "RUN composer install",
            {"composer.json": PROJECT % ', "scripts": {"post-install-cmd": "php artisan optimize"}'},
            ["/app"],
        ),
        (
            "RUN composer install --no-scripts",
            {"composer.json": PROJECT % ', "scripts": {"post-install-cmd": "@unknown"}'},
            ["/app/vendor"],
        ),
        ("RUN php composer.phar install", {"composer.phar": "x"}, ["/app/vendor"]),
        ("RUN composer config repo.x vcs https://example.com && composer install", {}, ["/app"]),
    ],
)
def test_where_composer_installs(tmp_path: Path, install: str, files: dict[str, str], places: list[str]) -> None:
    project = {"composer.json": PROJECT % "", "composer.lock": LOCK, **files}
    outcome = app(tmp_path, {n: t for n, t in project.items() if t}, extra=f"{install}\n")
    assert outcome.applicability is Applicability.SAFE, outcome.diagnostics
    assert carried(outcome) == sorted([*places, *EXTENSIONS])


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("Acme\\\\Installer::run", "DF414"),
        ("@php bin/unknown", "DF414"),
        ("php artisan migrate", "DF414"),
        ("@missing", "DF414"),
        ("./configure-it", "DF414"),
        ("apt-get install -y curl", "DF414"),
    ],
)
def test_scripts_that_may_write_elsewhere(tmp_path: Path, script: str, code: str) -> None:
    text = PROJECT % f', "scripts": {{"post-install-cmd": ["{script}"]}}'
    outcome = app(tmp_path, {"composer.json": text, "composer.lock": LOCK}, extra="RUN composer install\n")
    assert code in codes(outcome)


def test_what_a_script_writes_elsewhere_is_carried(tmp_path: Path) -> None:
    text = PROJECT % ', "scripts": {"post-install-cmd": ["cp app.php /srv/app.php"]}'
    outcome = app(tmp_path, {"composer.json": text, "composer.lock": LOCK}, extra="RUN composer install\n")
    assert "/srv/app.php" in carried(outcome)


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ('RUN mv "$PHP_INI_DIR/php.ini-production" "$PHP_INI_DIR/php.ini"\n', "php.ini-production"),
        ("COPY app.php /usr/local/etc/php/conf.d/z.ini\n", "COPY --from=build /usr/local/etc/php/conf.d"),
        ("RUN echo 'a=1' > /usr/local/etc/php/conf.d/a.ini\n", "COPY --from=build /usr/local/etc/php/conf.d"),
        ("RUN echo 'a=1' > /usr/local/etc/php/php.ini\n", "RUN echo 'a=1'"),
        ("RUN docker-php-ext-enable opcache\n", "COPY --from=build /usr/local/etc/php/conf.d"),
    ],
)
def test_settings_are_there(tmp_path: Path, extra: str, kept: str) -> None:
    assert kept in final(app(tmp_path, {}, extra=extra))


@pytest.mark.parametrize(
    ("step", "repeated"),
    [
        ("RUN rm /usr/local/etc/php/conf.d/docker-php-ext-sodium.ini", True),
        ("RUN rm -rf /usr/local/etc/php/conf.d/*", True),
        ("RUN rm -rf /usr/local/lib/php/test", True),
        ("RUN rm /usr/local/etc/php/conf.d/docker-php-ext-intl.ini", False),
        ("RUN docker-php-ext-enable opcache && rm /usr/local/etc/php/conf.d/docker-php-ext-opcache.ini", False),
    ],
)
def test_what_the_base_has_is_removed_again(tmp_path: Path, step: str, *, repeated: bool) -> None:
    """COPY brings the directory without it, and takes nothing away that the base has there."""
    assert ("rm " in final(app(tmp_path, {}, extra=f"{step}\n"))) is repeated


def test_what_the_base_has_is_not_moved_twice(tmp_path: Path) -> None:
    step = "RUN mv /usr/local/etc/php/conf.d/docker-php-ext-sodium.ini /root/\n"
    assert app(tmp_path, {}, extra=step).status.value == "refused"


@pytest.mark.parametrize(
    "step",
    [
        'RUN if [ "$DEBUG" = 1 ]; then pecl install xdebug; docker-php-ext-enable xdebug; fi',
        "RUN for name in soap bcmath; do docker-php-ext-install $name; done",
        "RUN docker-php-ext-install soap || true",
        'ARG NAMES="soap bcmath"\nRUN docker-php-ext-install $NAMES',
        "RUN docker-php-ext-install --ini-name 10-soap.ini soap",
        "RUN docker-php-source extract && docker-php-ext-install soap && docker-php-source delete",
    ],
)
def test_ways_to_install_an_extension(tmp_path: Path, step: str) -> None:
    outcome = app(tmp_path, {}, extra=f"{step}\n")
    assert outcome.applicability is Applicability.SAFE, outcome.diagnostics
    assert "/usr/local/etc/php/conf.d" in carried(outcome)


@pytest.mark.parametrize(
    "setup",
    [
        "RUN curl -sS https://getcomposer.org/installer | php -- --install-dir=/usr/local/bin --filename=composer",
        "RUN curl -sS https://getcomposer.org/installer | php && mv composer.phar /usr/local/bin/composer",
        "RUN wget -qO- https://getcomposer.org/installer | php -- --install-dir /usr/local/bin --filename composer",
        "RUN curl -o composer-setup.php https://getcomposer.org/installer"
        " && php composer-setup.php --install-dir=/usr/local/bin --filename=composer && rm composer-setup.php",
        "RUN php -r \"copy('https://getcomposer.org/installer', 'composer-setup.php');\""
        " && php -r \"if (hash_file('sha384', 'composer-setup.php') === 'abc') { echo 'ok'; } else { exit(1); }\""
        " && php composer-setup.php --install-dir=/usr/local/bin --filename=composer"
        " && php -r \"unlink('composer-setup.php');\"",
    ],
)
def test_the_installer_of_composer(tmp_path: Path, setup: str) -> None:
    files = {"composer.json": PROJECT % "", "composer.lock": LOCK}
    outcome = app(tmp_path, files, extra=f"{setup}\nRUN composer install\n")
    assert outcome.applicability is Applicability.SAFE, outcome.diagnostics
    assert "/usr/local/bin/composer" in carried(outcome)


@pytest.mark.parametrize(
    "step",
    [
        "RUN curl https://example.com/setup | php",
        "RUN php -r \"file_put_contents('/etc/a', 1);\"",
        "RUN php tools/prepare.php",
        "RUN php artisan migrate --force",
        "RUN pear install PHP_CodeSniffer",
        "RUN composer global require acme/tool",
    ],
)
def test_code_of_which_nobody_knows_what_it_writes(tmp_path: Path, step: str) -> None:
    outcome = app(tmp_path, {"tools/prepare.php": "<?php exec($x);", "artisan": "<?php exec($x);"}, extra=f"{step}\n")
    assert outcome.applicability is not Applicability.SAFE


@pytest.mark.parametrize(
    ("package", "stays"),
    [
        ("libpng-tools", True),
        ("libgcrypt20-dev", True),
        ("cmake", True),
        ("build-essential", True),
        ("libpq-dev", False),
        ("libxml2-dev", False),
    ],
)
def test_only_headers_go_where_anything_may_be_called(tmp_path: Path, package: str, *, stays: bool) -> None:
    text = f'FROM {BASE}\n{INSTALL.replace("unzip", package)}\nCOPY . /app\nCMD ["php", "/app/a.php"]\n'
    assert (f" {package} " in final(outcome_of(tmp_path, text, {"a.php": "<?php exec($x);"}))) is stays


def test_programs_that_come_with_headers_stay(tmp_path: Path) -> None:
    """libglib2.0-dev brings Python, which code that was not read may call."""
    text = f'FROM {BASE}\n{INSTALL.replace("unzip", "libglib2.0-dev")}\nCOPY . /app\nCMD ["php", "/app/a.php"]\n'
    assert "python3" in final(outcome_of(tmp_path, text, {"a.php": "<?php exec($x);"}))


def test_libraries_for_an_extension_that_is_not_known(tmp_path: Path) -> None:
    """Whatever it is linked with is there: all libraries that come with the headers."""
    text = (
        f"FROM {BASE}\n{INSTALL.replace('unzip', 'libkrb5-dev')}\nRUN pecl install unheard\n"
        'COPY . /app\nCMD ["php", "/app/a.php"]\n'
    )
    outcome = outcome_of(tmp_path, text, {"a.php": "<?php echo 1;"})
    assert "libgssrpc4" in final(outcome)
    assert "libkadm5" in final(outcome)


@pytest.mark.parametrize(
    ("package", "cmd"),
    [
        ("php-cli", '["php", "/app/app.php"]'),
        ("php-fpm", '["php-fpm8.2", "-F"]'),
        ("php-fpm", "service php8.2-fpm start && sleep infinity"),
        ("php-cgi", '["php-cgi", "-b", "9000"]'),
        ("ruby", '["ruby", "/app/app.rb"]'),
        ("nodejs", '["node", "/app/app.js"]'),
    ],
)
def test_code_of_another_language_than_what_is_built(tmp_path: Path, package: str, cmd: str) -> None:
    """A program in C is built, and the image starts an interpreter: its code is read as well."""
    text = (
        f"FROM debian:bookworm\nRUN apt-get update && apt-get install -y gcc libc6-dev git {package}\nCOPY t.c /src/\n"
        f"RUN gcc -o /usr/local/bin/tool /src/t.c\nCOPY app.* /app/\nCMD {cmd}\n"
    )
    files = {
        "t.c": "int main(void) { return 0; }\n",
        "app.php": "<?php exec('git log');",
        "app.rb": "system('git log')",
        "app.js": "require('child_process').execSync('git log')",
    }
    assert " git " in final(outcome_of(tmp_path, text, files))


@pytest.mark.parametrize("base", ["php:7.1-cli", "php:5.6-apache"])
def test_releases_of_which_the_names_are_not_known(tmp_path: Path, base: str) -> None:
    """libpng++-dev has headers alone, but brings those that an extension is linked by, whose name is not known."""
    text = (
        f"FROM {base}\nRUN apt-get update && apt-get install -y libpng++-dev git && docker-php-ext-install gd\n"
        'COPY . /app\nCMD ["php", "/app/a.php"]\n'
    )
    outcome = outcome_of(tmp_path, text, {"a.php": "<?php exec($x);"})
    assert outcome.applicability is not Applicability.SAFE


def test_headers_that_bring_those_of_a_library(tmp_path: Path) -> None:
    """The same where the names are known: the library that the extension is linked with is installed."""
    text = (
        f"{INSTALL.replace('unzip', 'libpng++-dev').replace('zip intl', 'zip intl gd')}\n"
        'COPY . /app\nCMD ["php", "/app/a.php"]\n'
    )
    outcome = outcome_of(tmp_path, f"FROM {BASE}\n{text}", {"a.php": "<?php exec($x);"})
    assert "libpng16-16" in final(outcome)
