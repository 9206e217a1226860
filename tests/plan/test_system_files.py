"""A file of a package that the full image has and the slim one has not is named: the split is not called safe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.classify.test_hidden_calls import final

FILE = "/usr/share/mime/packages/freedesktop.org.xml"
PY, JS, RB = '["python", "app.py"]', '["node", "app.js"]', '["ruby", "app.rb"]'


@pytest.mark.parametrize(
    ("world", "extra", "cmd", "files"),
    [
        ("python", "", PY, {"app.py": "open('/srv/mime/magic')\n"}),
        ("python", "", PY, {"app.py": "import os\nopen(os.path.join('/app', 'mime', 'magic'))\n"}),
        ("python", "ENV MIME=/app/mime/magic", PY, {"app.py": ""}),
        ("python", "", PY, {"app.py": "", "c.json": '{"p": "/app/mime"}'}),
        ("python", "", PY, {"app.py": "", "docker-compose.yml": f"# {FILE}\n"}),
        ("python", "", PY, {"app.py": "", "c.ini": "url = https://example.com/usr/share/x\n"}),
        ("python", "RUN cp c.txt /srv/c.txt", PY, {"app.py": "", "c.txt": "x\n"}),
        ("python", "RUN mkdir -p /usr/share/own && cp c.txt /usr/share/own/", PY,
         {"app.py": "open('/usr/share/own/c.txt')\n", "c.txt": "x\n"}),
        ("node", "", JS, {"app.js": 'require("fs").readFileSync("/srv/mime/magic")\n'}),
        ("ruby", "", RB, {"app.rb": 'File.read("/srv/mime/magic")\n'}),
    ],
)  # fmt: skip
def test_other_files(tmp_path: Path, world: str, extra: str, cmd: str, files: dict[str, str]) -> None:
    assert final(tmp_path, world, extra, cmd, files) is not None


@pytest.mark.parametrize(
    ("world", "extra", "cmd", "files"),
    [
        ("python", "", PY, {"app.py": f"open('{FILE}')\n"}),
        ("python", "", PY, {"app.py": "import os\nopen(os.path.join('/usr/share', 'mime', 'magic'))\n"}),
        ("python", "", PY, {"app.py": "from pathlib import Path\n(Path('/usr') / 'share' / 'mime').read_text()\n"}),
        ("python", "", PY, {"app.py": "x = 'mime'\nopen(f'/usr/share/{x}/magic')\n"}),
        ("python", "", PY, {"app.py": "import os\nos.chdir('/usr/share')\nopen('mime/magic')\n"}),
        ("python", "", PY, {"app.py": "open('/etc/mysql/my.cnf')\n"}),
        ("python", "ENV MIME=/usr/share/mime/magic", PY, {"app.py": ""}),
        ("python", "", '["sh", "-c", "python app.py < /usr/share/mime/magic"]', {"app.py": ""}),
        ("python", "", PY, {"app.py": "", "c.json": f'{{"p": "{FILE}"}}'}),
        ("python", "", PY, {"app.py": "", "etc/c.ini": f"[a]\np={FILE}\n"}),
        ("python", "", f'["python", "app.py", "--db", "{FILE}"]', {"app.py": ""}),
        ("python", "", '["sh", "run.sh"]', {"app.py": "", "run.sh": f"cp {FILE} /tmp/x\nexec python app.py\n"}),
        ("python", f"RUN ln -s {FILE} /app/x.xml", PY, {"app.py": "open('x.xml')\n"}),
        ("python", f"RUN cp {FILE} /app/x.xml", PY, {"app.py": "open('x.xml')\n"}),
        ("node", "", JS, {"app.js": 'const p = require("path");p.join("/usr/share", "mime", "magic")\n'}),
        ("node", "", JS, {"app.js": 'const d = "mime";require("fs").readFileSync(`/usr/share/${d}/magic`)\n'}),
        ("node", "", JS, {"app.js": 'require("./c.json")\n', "c.json": f'{{"p": "{FILE}"}}'}),
        ("ruby", "", RB, {"app.rb": 'File.read(File.join("/usr/share", "mime", "magic"))\n'}),
        ("ruby", "", RB, {"app.rb": 'x = "mime"\nFile.read("/usr/share/#{x}/magic")\n'}),
        ("ruby", "", RB, {"app.rb": 'File.read(%w[/usr/share/mime/magic].first)\n'}),
        ("ruby", "", RB, {"app.rb": 'Dir["/usr/share/mime/**/*.xml"]\n'}),
    ],
)  # fmt: skip
def test_files_of_packages(tmp_path: Path, world: str, extra: str, cmd: str, files: dict[str, str]) -> None:
    assert final(tmp_path, world, extra, cmd, files) is None
