"""The commands of CMake that are harmless: cmake-commands(7), and those of its modules."""

from __future__ import annotations

import re

SETS_NOTHING = (
    frozenset(
        """
        cmake_minimum_required cmake_policy cmake_print_variables message enable_testing enable_language
        remove_definitions include_guard add_test add_definitions add_compile_options add_compile_definitions
        add_link_options add_dependencies include_directories link_directories mark_as_advanced source_group
        set_source_files_properties set_tests_properties set_directory_properties define_property feature_summary
        set_package_properties add_feature_info include_regular_expression generate_export_header
        """.split()  # noqa: SIM905 a table
    ),
    r"target_(?!link_libraries)\w+|cpack_\w+",
)
"""Commands that write at most into the build tree, make no targets and set no variables: names, and a pattern."""
SETS = (
    frozenset(
        """
        cmake_parse_arguments cmake_dependent_option cmake_push_check_state cmake_pop_check_state
        cmake_host_system_information cmake_path string math unset separate_arguments test_big_endian try_compile
        pkg_check_modules pkg_search_module pkg_get_variable site_name processorcount build_command
        """.split()  # noqa: SIM905 a table
    ),
    r"(?:get|check|find)_\w+",
)
"""The same for commands that set variables, which are not known afterwards."""
MODULES = (
    frozenset(
        """
        GNUInstallDirs CTest CPack CMakePackageConfigHelpers CMakeDependentOption CMakeParseArguments CMakePrintHelpers
        FeatureSummary GenerateExportHeader TestBigEndian WriteCompilerDetectionHeader GoogleTest
        SelectLibraryConfigurations CMakePushCheckState ProcessorCount InstallRequiredSystemLibraries CPackComponent
        CMakeFindDependencyMacro
        """.split()  # noqa: SIM905 a table
    ),
    r"(?:Check|Find)\w+",
)
"""The same for the modules of CMake: cmake-modules(7)."""


def is_one(name: str, table: tuple[frozenset[str], str]) -> bool:
    """Whether a name is in a table."""
    names, pattern = table
    return name in names or re.fullmatch(pattern, name) is not None
