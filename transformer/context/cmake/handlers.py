"""The commands of CMake that are run, each with what runs it."""

from __future__ import annotations

from transformer.context.cmake import building, including, installs, variables, writing
from transformer.context.cmake.state import Handler

HANDLERS: dict[str, Handler] = {
    "set": variables.set_,
    "option": variables.option,
    "list": variables.list_,
    "project": variables.project,
    "get_filename_component": variables.filename,
    "add_subdirectory": including.subdirectory,
    "include": including.include,
    "find_package": including.find_package,
    "break": including.leave,
    "continue": including.leave,
    "return": including.return_,
    "else": including.misplaced,
    "elseif": including.misplaced,
    "add_executable": building.executable,
    "add_library": building.library,
    "set_target_properties": building.set_target_properties,
    "set_property": building.set_property,
    "target_link_libraries": building.link,
    "link_libraries": building.link,
    "file": writing.file,
    "configure_file": writing.configure,
    "configure_package_config_file": writing.configure,
    "write_basic_package_version_file": writing.version_file,
    "aux_source_directory": writing.sources,
    "export": writing.export,
    "install": installs.install,
}
