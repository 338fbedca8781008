# SPDX-License-Identifier: Apache-2.0
# analyze: clang-tidy and cppcheck over everything that we compile.
if(AW_ANALYZE)
    find_program(AW_CPPCHECK cppcheck REQUIRED)
    add_custom_target(analyze
        COMMAND ${CMAKE_SOURCE_DIR}/tools/tidy ${CMAKE_BINARY_DIR}
        COMMAND ${AW_CPPCHECK} --quiet --error-exitcode=1 --inline-suppr
            --std=c11 --enable=warning,performance,portability
            --suppress=missingIncludeSystem
            --project=${CMAKE_BINARY_DIR}/compile_commands.json
        VERBATIM USES_TERMINAL)
endif()
