"""Whether the settings of the image's web server start programs: read where they can be, unknown where they cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases import answer, options
from transformer.context.build_context import BuildContext
from transformer.ir.diagnostic import Applicability
from transformer.ir.plan import Outcome

HEAD = """FROM php:8.2-apache-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libicu-dev{more} && docker-php-ext-install intl
COPY public /var/www/html
"""
SITE = "<VirtualHost *:80>\n  DocumentRoot /var/www/html\n%s\n</VirtualHost>\n"
COPIED = "COPY site.conf /etc/apache2/sites-available/000-default.conf\n"


def outcome(folder: Path, lines: str, site: str = "", more: str = "") -> Outcome:
    for name, text in {"public/index.php": "<?php echo 1;", "site.conf": SITE % site}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return answer((HEAD.format(more=more) + lines).encode(), options(()), BuildContext(folder)).outcome


@pytest.mark.parametrize(
    ("lines", "site"),
    [
        pytest.param("", "", id="the image's own"),
        pytest.param(COPIED, "", id="a site"),
        pytest.param(COPIED, "ErrorLog ${APACHE_LOG_DIR}/error.log\nCustomLog /dev/stdout combined", id="logs"),
        pytest.param(COPIED, "RewriteEngine On\nRewriteRule ^ index.php [L]", id="rewriting"),
        pytest.param(COPIED, "IncludeOptional conf-enabled/*.conf\nInclude /etc/apache2/x.conf", id="its own files"),
        pytest.param(COPIED, 'SetHandler "proxy:fcgi://php:9000"', id="another server"),
        pytest.param("RUN a2enmod rewrite headers ssl proxy_fcgi && a2enconf security\n", "", id="modules"),
        pytest.param(
            "ENV ROOT=/srv/public\nRUN sed -ri -e 's!/var/www/html!${ROOT}!g' /etc/apache2/sites-available/*.conf\n",
            "",
            id="another root",
        ),
        pytest.param("RUN echo 'ServerName localhost' >> /etc/apache2/apache2.conf\n", "", id="a line"),
        pytest.param("RUN echo 'ServerTokens Prod' | tee /etc/apache2/conf-available/x.conf\n", "", id="a file"),
        pytest.param(
            "COPY site.conf /tmp/site.conf\nRUN cp /tmp/site.conf /etc/apache2/sites-enabled/site.conf\n", "", id="cp"
        ),
        pytest.param(
            "RUN apt-get install -y locales && echo 'de_DE.UTF-8 UTF-8' >>/etc/locale.gen && locale-gen\n",
            "",
            id="a language",
        ),
        pytest.param("COPY site.conf /srv/jobs\nRUN apt-get install -y cron && crontab /srv/jobs\n", "", id="jobs"),
        pytest.param("RUN apt-get install -y libapache2-mod-security2\n", "", id="a module that runs nothing"),
    ],
)
def test_settings_that_start_nothing(tmp_path: Path, lines: str, site: str) -> None:
    found = outcome(tmp_path, lines, site)
    assert found.applicability is Applicability.SAFE, found.diagnostics


@pytest.mark.parametrize(
    ("lines", "site", "more"),
    [
        pytest.param(COPIED, "ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/", "", id="cgi"),
        pytest.param(COPIED, "scriptalias /cgi-bin/ /usr/lib/cgi-bin/", "", id="in small letters"),
        pytest.param(COPIED, "Options +ExecCGI\nAddHandler cgi-script .pl", "", id="a handler"),
        pytest.param(COPIED, 'CustomLog "|/usr/bin/rotatelogs /x 60" combined', "", id="a piped log"),
        pytest.param(COPIED, "ErrorLog |/usr/bin/logger", "", id="a piped log of errors"),
        pytest.param(COPIED, "RewriteMap m prg:/usr/bin/map", "", id="a map"),
        pytest.param(COPIED, 'ExtFilterDefine x cmd="/usr/bin/convert"', "", id="a filter"),
        pytest.param(COPIED, "LoadModule cgi_module modules/mod_cgi.so", "", id="a module by its file"),
        pytest.param(COPIED, "WSGIScriptAlias / /srv/x.wsgi", "", id="another language"),
        pytest.param(COPIED, "Include /srv/more.conf", "", id="files of another place"),
        pytest.param("RUN a2enmod cgi\n", "", "", id="a module"),
        pytest.param("RUN a2enmod rewrite cgid\n", "", "", id="one of several"),
        pytest.param("RUN echo 'ScriptAlias /c /usr/bin' >> /etc/apache2/apache2.conf\n", "", "", id="a line"),
        pytest.param("RUN curl -o /etc/apache2/sites-enabled/x.conf https://x.org/x\n", "", "", id="fetched"),
        pytest.param("RUN ./setup > /etc/apache2/sites-enabled/x.conf\n", "", "", id="made by a program"),
        pytest.param("RUN cp /opt/x.conf /etc/apache2/sites-enabled/x.conf\n", "", "", id="of another place"),
        pytest.param("", "", " libapache2-mod-wsgi-py3", id="a package with a module"),
        pytest.param("", "", " libapache2-mod-perl2", id="another one"),
        pytest.param('CMD ["apache2-foreground", "-f", "/srv/x.conf"]\n', "", "", id="other settings"),
        pytest.param("COPY missing.conf /etc/apache2/sites-enabled/\n", "", "", id="not in the context"),
    ],
)
def test_settings_that_may_start_programs(tmp_path: Path, lines: str, site: str, more: str) -> None:
    found = outcome(tmp_path, lines, site, more)
    assert found.applicability is not Applicability.SAFE, found.rewritten
