# SPDX-License-Identifier: Apache-2.0
# Language, warnings, sanitizers and hardening: one INTERFACE target, aw_flags,
# that every module and program links.

set(CMAKE_C_STANDARD 11 CACHE STRING "C standard (11, or 17 in one CI leg)")
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

set(AW_SANITIZE "" CACHE STRING "sanitizers, as a list")
option(AW_HARDEN "hardening flags for programs that ship" OFF)
option(AW_FUZZ "build the libFuzzer targets" OFF)
option(AW_FUZZ_COVERAGE "count lines that the fuzz targets reach" OFF)
option(AW_COVERAGE "count executed lines" OFF)
option(AW_ANALYZE "add the analyze target" OFF)

add_library(aw_flags INTERFACE)
target_compile_options(aw_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
    -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla
    -Wformat=2 -Wnull-dereference -Werror
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(aw_flags INTERFACE
        -Wlogical-op -Wduplicated-cond -Wcast-align=strict)
endif()

if(AW_SANITIZE)
    list(JOIN AW_SANITIZE "," aw_san)
    target_compile_options(aw_flags INTERFACE
        -fsanitize=${aw_san} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    target_link_options(aw_flags INTERFACE -fsanitize=${aw_san})
endif()

if(AW_FUZZ)
    target_compile_options(aw_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(AW_FUZZ_COVERAGE)
    target_compile_options(aw_flags INTERFACE
        -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(aw_flags INTERFACE -fprofile-instr-generate)
endif()

if(AW_COVERAGE)
    target_compile_options(aw_flags INTERFACE --coverage)
    target_link_options(aw_flags INTERFACE --coverage)
endif()

if(AW_HARDEN)
    include(CheckCCompilerFlag)
    check_c_compiler_flag(-fcf-protection=full AW_HAVE_CET)
    target_compile_options(aw_flags INTERFACE
        -D_FORTIFY_SOURCE=2 -fstack-protector-strong
        -fstack-clash-protection
        $<$<BOOL:${AW_HAVE_CET}>:-fcf-protection=full>)
    target_link_options(aw_flags INTERFACE
        -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed
        $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)
endif()
