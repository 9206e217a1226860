"""Where the settings of JavaScript build tools send what is built."""

from __future__ import annotations

import pytest

from transformer.context.output_settings import Outputs, outputs


def said(name: str, text: str, **others: str) -> Outputs:
    files = {f"/app/web/{name}": text, **others}
    return outputs(f"/app/web/{name}", files.get)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("vite.config.js", "export default {}", id="nothing"),
        pytest.param("vite.config.js", "// outDir: '../dist'\nexport default { base: '/x/' }", id="a comment"),
        pytest.param("vite.config.js", "export default { envDir: '../', alias: { a: '../shared' } }", id="inputs"),
        pytest.param("webpack.config.js", "module.exports = { output: { filename: 'x.js' } }", id="a file name"),
        pytest.param("tsconfig.json", '{"compilerOptions": {"outDir": "../dist", "noEmit": true}}', id="noEmit"),
        pytest.param("tsconfig.json", '{"compilerOptions": {"paths": {"@/*": ["../shared/*"]}}}',
                     id="paths of modules"),
        pytest.param("tsconfig.json", '{"references": [{"path": "./core"}]}', id="a project below"),
        pytest.param("next.config.js", "module.exports = { rewrites: [{ source: '/a', destination: '/b' }] }",
                     id="routes"),
    ],
)  # fmt: skip
def test_nothing_is_said(name: str, text: str) -> None:
    assert said(name, text) == Outputs()


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("vite.config.ts", "export default defineConfig({ build: { outDir: '../dist' } })", "/app/dist"),
        ("vite.config.ts", "export default { build: { outDir: path.resolve(__dirname, '..', 'x') } }", "/app/x"),
        ("vite.config.ts", "export default { build: { outDir: resolve(import.meta.dirname, 'x') } }", "/app/web/x"),
        ("vite.config.ts", "const outDir = '../x'\nexport default { build: { outDir } }", "/app/x"),
        ("vite.config.ts", "const to = '../x'\nexport default { build: { outDir: to } }", "/app/x"),
        ("vite.config.ts", "export default { root: 'client', build: { outDir: '../dist' } }", "/app/web/dist"),
        ("vite.config.ts",
         "export default { build: { outDir: fileURLToPath(new URL('../x', import.meta.url)) } }", "/app/x"),
        ("webpack.config.js", "module.exports = { output: { path: path.join(__dirname, '../x') } }", "/app/x"),
        ("vue.config.js", "module.exports = { outputDir: '/srv/www' }", "/srv/www"),
        ("vue.config.js", "module.exports.outputDir = '../x'", "/app/x"),
        ("gulpfile.js", "gulp.task('css', () => gulp.src('a').pipe(gulp.dest('../public')))", "/app/public"),
        ("angular.json", '{"options": {"outputPath": "../x"}}', "/app/x"),
        ("angular.json", '{"options": {"outputPath": {"base": "../x", "browser": ""}}}', "/app/x"),
        ("tsconfig.json", '{ // settings\n "compilerOptions": {"outDir": "../x",}}', "/app/x"),
    ],
)  # fmt: skip
def test_a_directory_is_said(name: str, text: str, place: str) -> None:
    assert said(name, text) == Outputs(frozenset({place}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("vite.config.js", "export default { build: { outDir: process.env.OUT } }", id="a variable"),
        pytest.param("vite.config.js", "export default { build: { outDir: `../${x}` } }", id="composed"),
        pytest.param("vite.config.js", "export default { root: x, build: { outDir: '../a' } }", id="another root"),
        pytest.param("vite.config.js", "export default { build: { outDir: prod ? 'a' : '../b' } }", id="a choice"),
        pytest.param("webpack.config.js", "module.exports = { output: { path: paths.build } }", id="another file's"),
        pytest.param("gulpfile.js", "src('a').pipe(dest(paths.css))", id="a function's argument"),
        pytest.param("vite.config.js", "export default {", id="cut off"),
        pytest.param("tsconfig.json", "{", id="cut off JSON"),
        pytest.param("tsconfig.json", '{"references": [{"path": "../core"}]}', id="a project elsewhere"),
    ],
)
def test_doubts(name: str, text: str) -> None:
    found = said(name, text)
    assert found.doubts
    assert not found.directories


def test_settings_that_others_extend() -> None:
    base = {"/app/tsconfig.base.json": '{"compilerOptions": {"outDir": "./out"}}'}
    own = '{"extends": "../tsconfig.base.json", "compilerOptions": {"outDir": "dist"}}'
    assert said("tsconfig.json", '{"extends": "../tsconfig.base"}', **base) == Outputs(frozenset({"/app/out"}))
    assert said("tsconfig.json", own, **base) == Outputs(frozenset({"/app/web/dist"}))
    assert said("tsconfig.json", '{"extends": "@tsconfig/node20"}') == Outputs()


def test_settings_that_extend_themselves_end() -> None:
    assert said("tsconfig.json", '{"extends": "./tsconfig.json"}') == Outputs()


def test_a_file_that_is_not_there() -> None:
    assert outputs("/app/web/x.json", lambda path: None).doubts == ("/app/web/x.json",)
