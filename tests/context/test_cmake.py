"""What a CMake project builds and installs: bounded only if all of it is surely understood."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transformer.context.cmake import CMakeProject, Install, read


def reader(files: dict[str, str]) -> Callable[[str], str | None]:
    return lambda name: files[name] if name in files else None  # noqa: SIM401 get() has another type


def project(
    text: str, files: dict[str, str] | None = None, *, libdir: str | None = None, **definitions: str
) -> CMakeProject:
    found = read(reader({"CMakeLists.txt": text, **(files or {})}), definitions=definitions, libdir=libdir)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("add_executable(a", id="no closing bracket"),
        pytest.param("add_executable(a))", id="a bracket too many"),
        pytest.param('message("open)\n', id="string without end"),
        pytest.param("#[[ open", id="comment without end"),
        pytest.param("message([=[ open ]])", id="bracket argument without end"),
        pytest.param("hello", id="a word"),
        pytest.param("if(A)\n", id="no endif"),
        pytest.param("else()\n", id="else alone"),
        pytest.param("foreach(x)\nendif()\n", id="crossed blocks"),
        pytest.param("foreach()\nendforeach()\n", id="loop without a variable"),
        pytest.param("add_subdirectory(.)\n", id="itself"),
        pytest.param("function(f)\nf()\nendfunction()\nf()\n", id="endless function"),
        pytest.param("if(x)\n" * 2_000 + "endif()\n" * 2_000, id="deep conditions"),
        pytest.param("x()\n" * 50_000, id="too many commands"),
        pytest.param(" " * 2_000_000, id="too large"),
    ],
)
def test_not_read(text: str) -> None:
    assert read(reader({"CMakeLists.txt": text})) is None


def test_no_project() -> None:
    assert read(reader({})) is None


def test_an_empty_project() -> None:
    assert project("# nothing\n#[[ at\nall ]]\ncmake_minimum_required(VERSION 3.10)\n") == CMakeProject()


@pytest.mark.parametrize(
    "text",
    [
        "add_custom_command(OUTPUT x COMMAND y)",
        "add_custom_target(x ALL COMMAND y)",
        "execute_process(COMMAND y)",
        "exec_program(y)",
        "try_run(a b c d)",
        'file(WRITE ${CMAKE_SOURCE_DIR}/x "")',
        'file(WRITE x "")',
        "file(WRITE /etc/x y)",
        "file(DOWNLOAD http://x y)",
        "file(COPY a DESTINATION b)",
        "file(${WHAT} a)",
        "file(REMOVE a)",
        "configure_file(a.in ${CMAKE_CURRENT_SOURCE_DIR}/a)",
        "configure_file(a.in /etc/a)",
        "configure_file(a.in ${WHERE}/a)",
        "configure_file(a.in ../a)",
        "include(ExternalProject)\nExternalProject_Add(x)",
        "include(FetchContent)",
        "FetchContent_Declare(x)",
        "include(${WHAT})",
        "include(Strange)",
        "include(missing.cmake)",
        "set(CMAKE_MODULE_PATH ${WHAT})\ninclude(CTest)",
        "set(CMAKE_MODULE_PATH ${WHAT})\nfind_package(ZLIB)",
        "find_package(${WHAT})",
        "unknown_command(x)",
        "cmake_language(EVAL CODE x)",
        "export(PACKAGE x)",
        "gtest_discover_tests(a)",
        "add_subdirectory(missing)",
        "add_subdirectory(${WHAT})",
        "add_subdirectory(../other other)",
        "add_subdirectory(/opt/other)",
        "add_executable(${WHAT} a.c)",
        "if(WHAT)\nadd_executable(a a.c)\nendif()",
        "while(WHAT)\nadd_executable(a a.c)\nendwhile()",
        "foreach(x ${WHAT})\nadd_executable(a a.c)\nendforeach()",
        "file(GLOB T *.c)\nforeach(x ${T})\nadd_executable(${x} ${x})\nendforeach()",
        "if(WHAT)\nreturn()\nendif()\nadd_executable(a a.c)",
        "foreach(x 1 2)\nif(WHAT)\nbreak()\nendif()\nendforeach()\nadd_executable(a a.c)",
        "add_library(a ${WHAT} a.c)",
        "set(BUILD_SHARED_LIBS ${WHAT})\nadd_library(a a.c)",
        "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/../bin)\nadd_executable(a a.c)",
        "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${WHAT})\nadd_executable(a a.c)",
        "if(WHAT)\nset(EXECUTABLE_OUTPUT_PATH /usr/bin)\nendif()\nadd_executable(a a.c)",
        "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY_RELEASE bin)",
        "set(CMAKE_RUNTIME_OUTPUT_DIRECTORY_${WHAT} bin)",
        "set(CMAKE_SYSTEM_NAME Generic)",
        "set(CMAKE_BINARY_DIR /tmp)",
        "set(CMAKE_EXECUTABLE_SUFFIX .elf)",
        "add_executable(a a.c)\nset_target_properties(a PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${WHAT})",
        "add_executable(a a.c)\nset_target_properties(a PROPERTIES RUNTIME_OUTPUT_DIRECTORY_DEBUG x)",
        "add_executable(a a.c)\nset_target_properties(a PROPERTIES OUTPUT_NAME ${WHAT})",
        "add_executable(a a.c)\nset_target_properties(a PROPERTIES ${WHAT} x)",
        "add_executable(a a.c)\nset_target_properties(${WHAT} PROPERTIES OUTPUT_NAME x)",
        "add_library(a SHARED a.c)\nset_target_properties(a PROPERTIES VERSION ${WHAT})",
    ],
)
def test_not_bounded(text: str) -> None:
    found = project(text)
    assert not found.bounded
    assert found.reasons


@pytest.mark.parametrize(
    "text",
    [
        "project(x VERSION 1.2 LANGUAGES C)\nenable_testing()\nset(CMAKE_C_STANDARD 11)",
        "include(GNUInstallDirs)\ninclude(CTest)\ninclude(CheckIncludeFile)\ninclude(CMakePackageConfigHelpers)\ninclude(FindZLIB)",
        "find_package(ZLIB REQUIRED)\nfind_library(M m)\npkg_check_modules(X REQUIRED x)\ncheck_include_file(a.h H)",
        "configure_file(config.h.in config.h)\nconfigure_file(a ${CMAKE_CURRENT_BINARY_DIR}/b/a)",
        'file(WRITE ${CMAKE_BINARY_DIR}/x "")\nfile(READ a B)\nfile(GLOB_RECURSE S src/*.c)',
        "file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/y)\nfile(TOUCH ${CMAKE_BINARY_DIR}/x)",
        "write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/v.cmake VERSION 1)",
        "if(WIN32)\nadd_custom_target(x)\nelseif(APPLE OR MSVC)\nadd_custom_target(y)\nendif()",
        "if(NOT UNIX)\nadd_custom_target(x)\nendif()",
        "option(TESTS t OFF)\nif(TESTS)\nadd_executable(t t.c)\nendif()",
        'if(CMAKE_SYSTEM_NAME STREQUAL "Windows")\nexecute_process(COMMAND x)\nendif()',
        "if(WHAT)\nmessage(STATUS hello)\nadd_definitions(-DX)\nset(Y 1)\nendif()",
        "function(f)\nadd_custom_target(never)\nendfunction()\nmacro(g)\nexecute_process(never)\nendmacro()",
        "set_property(GLOBAL PROPERTY USE_FOLDERS ON)\nset_property(CACHE CMAKE_BUILD_TYPE PROPERTY STRINGS Debug)",
        "return()\nadd_custom_target(x)",
    ],
)
def test_bounded(text: str) -> None:
    found = project(text)
    assert found.reasons == ()
    assert found.executables == ()


# -------------------------------------------------------------------------------------------------------------- targets
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("add_executable(a a.c)\nadd_executable(b WIN32 b.c)", [("", "a"), ("", "b")]),
        (
            "project(tool)\nadd_executable(${PROJECT_NAME} a.c)\nadd_executable(${CMAKE_PROJECT_NAME}d a.c)",
            [("", "tool"), ("", "toold")],
        ),
        ("file(GLOB S *.c)\nadd_executable(a ${S})", [("", "a")]),
        ("add_executable(a EXCLUDE_FROM_ALL a.c)\nadd_executable(b IMPORTED)\nadd_executable(c ALIAS a)", []),
        ("add_executable(a a.c)\nset_target_properties(a PROPERTIES EXCLUDE_FROM_ALL 1)", []),
        ("add_executable(a a.c)\nset_target_properties(a PROPERTIES OUTPUT_NAME b SUFFIX .bin)", [("", "b.bin")]),
        ("add_executable(a a.c)\nset_property(TARGET a PROPERTY OUTPUT_NAME b)", [("", "b")]),
        ("set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)\nadd_executable(a a.c)", [("bin", "a")]),
        ("set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/bin)\nadd_executable(a a.c)", [("@source@/bin", "a")]),
        ("set(EXECUTABLE_OUTPUT_PATH /usr/bin)\nadd_executable(a a.c)", [("/usr/bin", "a")]),
        ("set(EXECUTABLE_OUTPUT_PATH ${PROJECT_BINARY_DIR})\nproject(x)\nadd_executable(a a.c)", None),
        ("project(x)\nset(EXECUTABLE_OUTPUT_PATH ${PROJECT_BINARY_DIR}/o)\nadd_executable(a a.c)", [("o", "a")]),
        ("add_executable(a a.c)\nset_target_properties(a PROPERTIES RUNTIME_OUTPUT_DIRECTORY x)", [("x", "a")]),
        ("foreach(x a b)\nadd_executable(${x} ${x}.c)\nendforeach()", [("", "a"), ("", "b")]),
        ("set(L a b)\nforeach(x IN LISTS L)\nadd_executable(${x} ${x}.c)\nendforeach()", [("", "a"), ("", "b")]),
        (
            "list(APPEND L a)\nlist(APPEND L b)\nforeach(x IN ITEMS ${L})\nadd_executable(${x} x.c)\nendforeach()",
            [("", "a"), ("", "b")],
        ),
        (
            "function(tool n)\nadd_executable(${n}d ${ARGN})\nendfunction()\ntool(x a.c)\nTOOL(y a.c)",
            [("", "xd"), ("", "yd")],
        ),
        ("macro(names)\nset(N x)\nendmacro()\nnames()\nadd_executable(${N} a.c)", [("", "x")]),
        (
            "function(names)\nset(N x PARENT_SCOPE)\nset(M y)\nendfunction()\nnames()\nadd_executable(${N} a.c)",
            [("", "x")],
        ),
        ("set(X ON)\nif(X AND NOT WIN32)\nadd_executable(a a.c)\nelse()\nadd_executable(b b.c)\nendif()", [("", "a")]),
        ("option(X x ON)\nif((X))\nadd_executable(a a.c)\nendif()", [("", "a")]),
        ("add_executable(a a.c)\nif(TARGET a)\nadd_executable(b b.c)\nendif()", [("", "a"), ("", "b")]),
        ('if("Linux" STREQUAL CMAKE_SYSTEM_NAME)\nadd_executable(a a.c)\nendif()', [("", "a")]),
        (
            "if(NOT CMAKE_BUILD_TYPE)\nset(CMAKE_BUILD_TYPE Release)\nendif()\nadd_executable(${CMAKE_BUILD_TYPE} a.c)",
            [("", "Release")],
        ),
        ("set(X [[a]])\nadd_executable(${X} a.c)", [("", "a")]),
    ],
)
def test_executables(text: str, expected: list[tuple[str, str]] | None) -> None:
    found = project(text)
    assert found.bounded is (expected is not None)
    if expected is not None:
        assert list(found.executables) == expected


def test_definitions_win_over_options_and_cached_values() -> None:
    text = "option(TESTS t OFF)\nset(N x CACHE STRING doc)\nif(TESTS)\nadd_executable(${N} t.c)\nendif()\n"
    assert project(text, TESTS="ON", N="y").executables == (("", "y"),)
    assert project(text, N="y").executables == ()
    assert not project(text, CMAKE_TOOLCHAIN_FILE="x.cmake").bounded


def test_testing_is_on_by_default() -> None:
    text = "include(CTest)\nif(BUILD_TESTING)\nadd_executable(t t.c)\nendif()\n"
    assert project(text).executables == (("", "t"),)
    assert project(text, BUILD_TESTING="OFF").executables == ()


def test_libraries() -> None:
    text = (
        "project(x VERSION 1.2.3)\n"
        "add_library(s STATIC s.c)\nadd_library(d SHARED d.c)\nadd_library(m MODULE m.c)\nadd_library(o OBJECT o.c)\n"
        "add_library(i INTERFACE)\nadd_library(plain p.c)\nadd_library(al ALIAS d)\n"
        "set_target_properties(d m PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})\n"
        'set_target_properties(m PROPERTIES PREFIX "")\n'
    )
    found = project(text)
    assert found.shared_libraries == (("", "libd.so", "1.2.3", "1"), ("", "m.so", "", ""))
    assert found.static_libraries == (("", "libs.a"), ("", "libplain.a"))
    assert project(text, BUILD_SHARED_LIBS="ON").shared_libraries[-1] == ("", "libplain.so", "", "")


def test_linked_libraries() -> None:
    text = (
        "add_library(own a.c)\nadd_library(pre SHARED IMPORTED)\nadd_library(al::own ALIAS own)\n"
        "add_executable(a a.c)\n"
        "link_libraries(x ignored)\n"
        'target_link_libraries(a PRIVATE own al::own pre m ZLIB::ZLIB PUBLIC ${X_LIBRARIES} debug "-lz;dl" m)\n'
    )
    assert project(text).libraries == ("ignored", "pre", "m", "ZLIB::ZLIB", "${X_LIBRARIES}", "-lz", "dl")


# ----------------------------------------------------------------------------------------------------------------- tree
def test_subdirectories() -> None:
    files = {
        "src/CMakeLists.txt": "add_executable(a a.c)\nset(UP 1 PARENT_SCOPE)\nset(DOWN 2)\nadd_subdirectory(deep)\n",
        "src/deep/CMakeLists.txt": "add_executable(b${TOP} b.c)\n",
        "lib/CMakeLists.txt": "add_library(l l.c)\n",
    }
    text = "set(TOP t)\nadd_subdirectory(src)\nadd_subdirectory(${CMAKE_SOURCE_DIR}/lib out EXCLUDE_FROM_ALL)\n"
    text += "add_executable(c${UP} c.c)\n"
    found = project(text, files)
    assert found.executables == (("src", "a"), ("src/deep", "bt"), ("", "c1"))
    assert found.static_libraries == (("out", "libl.a"),)
    assert found.bounded


def test_a_subdirectory_below_a_condition() -> None:
    text = "if(WHAT)\nadd_subdirectory(src)\nendif()\n"
    assert not project(text, {"src/CMakeLists.txt": "add_executable(a a.c)\n"}).bounded


def test_included_files_are_followed() -> None:
    files = {
        "cmake/Own.cmake": "add_executable(own a.c)\n",
        "more.cmake": "include(${CMAKE_CURRENT_LIST_DIR}/cmake/x.cmake)\n",
        "cmake/x.cmake": "return()\nx()\n",
        "parser/CMakeLists.txt": "add_executable(parser a.c)\n",
    }
    text = "list(APPEND CMAKE_MODULE_PATH ${CMAKE_SOURCE_DIR}/cmake)\n"
    text += "include(Own)\ninclude(more.cmake)\ninclude(parser/CMakeLists.txt)\nadd_executable(last a.c)\n"
    found = project(text, files)
    assert (found.executables, found.bounded) == ((("", "own"), ("", "parser"), ("", "last")), True)


def test_an_own_module_is_not_what_its_name_says() -> None:
    files = {
        "cmake/FindZLIB.cmake": "execute_process(COMMAND x)\n",
        "cmake/CTest.cmake": "execute_process(COMMAND x)\n",
    }
    for call in ("find_package(ZLIB)", "include(CTest)"):
        assert not project(f"set(CMAKE_MODULE_PATH cmake)\n{call}\n", files).bounded
        assert project(f"{call}\n", files).bounded


# ------------------------------------------------------------------------------------------------------------- installs
TARGETS = (
    "project(x)\ninclude(GNUInstallDirs)\nadd_executable(a a.c)\nadd_library(s STATIC s.c)\nadd_library(d SHARED d.c)\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("install(TARGETS a DESTINATION bin)", [Install("targets", ("a",), "bin")]),
        ("install(TARGETS a RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})", [Install("targets", ("a",), "bin")]),
        ("install(TARGETS a)", [Install("targets", ("a",), "bin")]),
        ("install(TARGETS a DESTINATION ${CMAKE_INSTALL_PREFIX}/sbin)", [Install("targets", ("a",), "sbin")]),
        ("install(TARGETS a DESTINATION ${CMAKE_INSTALL_FULL_BINDIR})", [Install("targets", ("a",), "bin")]),
        ("install(TARGETS a DESTINATION /opt/x/)", [Install("targets", ("a",), "/opt/x")]),
        ("install(TARGETS a DESTINATION .)", [Install("targets", ("a",), ".")]),
        (
            "install(TARGETS a s d RUNTIME DESTINATION bin ARCHIVE DESTINATION lib/x LIBRARY DESTINATION lib)",
            [
                Install("targets", ("a",), "bin"),
                Install("targets", ("libs.a",), "lib/x"),
                Install("targets", ("libd.so",), "lib"),
            ],
        ),
        (
            "set_target_properties(d PROPERTIES VERSION 1.2 SOVERSION 1)\ninstall(TARGETS d DESTINATION lib)",
            [Install("targets", ("libd.so", "libd.so.1", "libd.so.1.2"), "lib")],
        ),
        (
            "install(TARGETS d DESTINATION lib PUBLIC_HEADER DESTINATION include)",
            [Install("targets", ("libd.so",), "lib"), Install("files", (), "include")],
        ),
        ("install(FILES a.conf etc/b.conf DESTINATION /etc)", [Install("files", ("a.conf", "b.conf"), "/etc")]),
        ("install(FILES a DESTINATION share RENAME b)", [Install("files", ("b",), "share")]),
        ("install(FILES ${CMAKE_CURRENT_BINARY_DIR}/x.pc DESTINATION share)", [Install("files", ("x.pc",), "share")]),
        ("install(FILES ${WHAT} DESTINATION share)", [Install("files", (), "share")]),
        ("file(GLOB H *.h)\ninstall(FILES ${H} DESTINATION include)", [Install("files", (), "include")]),
        ("install(PROGRAMS run.sh TYPE BIN)", [Install("programs", ("run.sh",), "bin")]),
        ("install(FILES x.1 TYPE MAN)", [Install("files", ("x.1",), "share/man")]),
        ("install(FILES x DESTINATION ${CMAKE_INSTALL_DOCDIR})", [Install("files", ("x",), "share/doc/x")]),
        ("install(DIRECTORY data DESTINATION share)", [Install("directory", ("data",), "share")]),
        ("install(DIRECTORY data/ DESTINATION share/x)", [Install("directory", (), "share/x")]),
        ("install(DIRECTORY data DESTINATION share FILES_MATCHING PATTERN *.h)", [Install("directory", (), "share")]),
        ("install(EXPORT x DESTINATION lib/cmake)", [Install("files", (), "lib/cmake")]),
    ],
)
def test_installs(text: str, expected: list[Install]) -> None:
    assert list(project(TARGETS + text).installs) == expected


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("install(TARGETS a DESTINATION ${WHAT})", ("a",), id="destination"),
        pytest.param(
            "install(TARGETS d DESTINATION ${CMAKE_INSTALL_LIBDIR})", ("libd.so",), id="depends on system and prefix"
        ),
        pytest.param("install(TARGETS d)", ("libd.so",), id="the same by default"),
        pytest.param("install(TARGETS a DESTINATION ../x)", ("a",), id="above the prefix"),
        pytest.param("install(TARGETS a DESTINATION ${CMAKE_SOURCE_DIR}/x)", ("a",), id="in the sources"),
        pytest.param("install(TARGETS ${WHAT} DESTINATION bin)", (), id="target"),
        pytest.param("install(TARGETS other DESTINATION bin)", (), id="a target from elsewhere"),
        pytest.param("install(TARGETS a DESTINATION bin OPTIONAL)", ("a",), id="optional"),
        pytest.param("install(TARGETS a DESTINATION bin CONFIGURATIONS Debug)", ("a",), id="for one configuration"),
        pytest.param("install(TARGETS d DESTINATION lib NAMELINK_SKIP)", ("libd.so",), id="without the link"),
        pytest.param("if(WHAT)\ninstall(TARGETS a DESTINATION bin)\nendif()", ("a",), id="below a condition"),
        pytest.param("set(CMAKE_INSTALL_PREFIX /opt)\ninstall(TARGETS a DESTINATION bin)", ("a",), id="another prefix"),
        pytest.param("install(FILES x TYPE RUNSTATE)", ("x",), id="type"),
        pytest.param("install(FILES x)", ("x",), id="no destination"),
    ],
)
def test_installs_that_are_not_known(text: str, names: tuple[str, ...]) -> None:
    (found,) = project(TARGETS + text).installs
    assert (found.names, found.destination, found.known) == (names, "", False)


@pytest.mark.parametrize(
    "text", ["install(CODE x)", "install(SCRIPT x)", "install(${WHAT} x)", "install(IMPORTED_RUNTIME_ARTIFACTS x)"]
)
def test_install_scripts(text: str) -> None:
    assert project(text).installs == (Install("code", (), "", False),)


def test_directories_that_are_given() -> None:
    text = TARGETS + "install(TARGETS a d DESTINATION ${CMAKE_INSTALL_LIBDIR})\n"
    assert {i.destination for i in project(text, libdir="lib").installs} == {"lib"}
    assert {i.destination for i in project(text, CMAKE_INSTALL_LIBDIR="lib64").installs} == {"lib64"}
    cached = 'set(CMAKE_INSTALL_PREFIX /opt CACHE PATH "")\n' + text
    assert {i.known for i in project(cached, libdir="lib").installs} == {False}
    assert {i.known for i in project(cached, libdir="lib", CMAKE_INSTALL_PREFIX="/usr").installs} == {True}


FRAGMENTS = st.sampled_from(
    [
        "set(",
        "if(",
        "elseif(",
        "else()",
        "endif()",
        "foreach(",
        "endforeach()",
        "function(f ",
        "endfunction()",
        "macro(g ",
        "endmacro()",
        "f(",
        "g(",
        "block()",
        "endblock()",
        "while(",
        "endwhile()",
        "add_executable(",
        "add_library(",
        "add_subdirectory(",
        "include(",
        "install(TARGETS ",
        "install(FILES ",
        "DESTINATION ",
        "project(",
        "VERSION ",
        "list(APPEND ",
        "file(GLOB ",
        "return()",
        "break()",
        "set_target_properties(",
        "PROPERTIES ",
        "set_property(TARGET ",
        "PROPERTY ",
        "${",
        "}",
        ")",
        "(",
        '"',
        "a",
        "b ",
        " ",
        ";",
        "\n",
        "CACHE ",
        "PARENT_SCOPE ",
        "IN ",
        "LISTS ",
        "SHARED ",
        "NOT ",
        "AND ",
        "OR ",
        "STREQUAL ",
        "#",
        "[[",
        "]]",
        "CMAKE_SOURCE_DIR",
        "CMAKE_INSTALL_PREFIX ",
        "CMAKE_MODULE_PATH ",
        "x.cmake",
        "/",
        "..",
        "$<",
        "\\",
        "DEFINED ",
        "TYPE ",
        "RENAME ",
    ]
)


@given(st.lists(FRAGMENTS | st.text(max_size=4), max_size=60).map("".join))
def test_any_text_is_read_or_not(text: str) -> None:
    found = read(reader({"CMakeLists.txt": text, "a/CMakeLists.txt": text, "x.cmake": text}))
    assert found is None or found.bounded is not bool(found.reasons)


CALLS = st.sampled_from(
    [
        "set({} {})",
        "set({} {} CACHE STRING {})",
        "set({} {} PARENT_SCOPE)",
        "list(APPEND {} {})",
        "option({} d {})",
        "add_executable({} {})",
        "add_library({} {})",
        "set_target_properties({} PROPERTIES {} {})",
        "install(TARGETS {} DESTINATION {})",
        "install(FILES {} TYPE {})",
        "f({} {})",
        "project({} VERSION {})",
        "if({} STREQUAL {})\n{}()\nelse()\nset({} {})\nendif()",
        "foreach({} {})\nadd_executable({} {})\nendforeach()",
        "file(GLOB {} {})",
        "include({})",
        "function(f {})\nset({} {} PARENT_SCOPE)\nendfunction()",
        "macro(f {})\nset({} {})\nreturn()\nendmacro()",
        "unset({})",
        "find_library({} {})",
        "{}()",
    ]
)
WORDS = st.sampled_from(
    [
        "a",
        "b",
        "${a}",
        "${b}",
        "1",
        '""',
        "CMAKE_INSTALL_PREFIX",
        "CMAKE_MODULE_PATH",
        "CMAKE_CURRENT_SOURCE_DIR",
        "CMAKE_INSTALL_BINDIR",
        "${x${a}}",
        "OUTPUT_NAME",
        "CMAKE_RUNTIME_OUTPUT_DIRECTORY",
        "RUNTIME_OUTPUT_DIRECTORY",
        "SHARED",
        "BUILD_SHARED_LIBS",
        "GNUInstallDirs",
        "BIN",
        "/x",
        "${CMAKE_BINARY_DIR}",
        "VERSION",
    ]
)


@given(st.lists(st.tuples(CALLS, st.lists(WORDS, min_size=5, max_size=5)), max_size=12))
def test_any_commands_are_read(calls: list[tuple[str, list[str]]]) -> None:
    text = "\n".join(call.format(*words) for call, words in calls)
    found = read(reader({"CMakeLists.txt": text}), definitions={"a": "x"})
    assert found is None or found.bounded is not bool(found.reasons)
