# SPDX-License-Identifier: Apache-2.0
# analyze: clang-tidy and cppcheck over everything that we compile, but not
# over files that the build makes.
if(AW_ANALYZE)
    find_program(AW_CPPCHECK cppcheck REQUIRED)
    add_custom_target(analyze
        COMMAND ${CMAKE_SOURCE_DIR}/tools/tidy ${CMAKE_BINARY_DIR}
        COMMAND ${AW_CPPCHECK} --quiet --error-exitcode=1 --inline-suppr
            --std=c11 --enable=warning,performance,portability
            --suppress=missingIncludeSystem
            --suppress=*:${CMAKE_BINARY_DIR}/*
            --project=${CMAKE_BINARY_DIR}/compile_commands.json
        WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
        VERBATIM USES_TERMINAL)
    # Files that the build makes are read by those that are looked at.
    add_dependencies(analyze aw unit scenario)
endif()

# coverage-report: lines that the tests of this build have reached so far.
if(AW_COVERAGE)
    find_program(AW_GCOVR gcovr REQUIRED)
    add_custom_target(coverage-report
        COMMAND ${AW_GCOVR} --root ${CMAKE_SOURCE_DIR} --exclude tests/
            --print-summary ${CMAKE_BINARY_DIR}
        VERBATIM USES_TERMINAL)
endif()
