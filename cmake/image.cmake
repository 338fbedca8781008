# SPDX-License-Identifier: Apache-2.0
# How an image of the device is made.

# The program that makes IMX files runs where the build runs.
set(imx_sources
    tools/imx.c hab/armory.c hab/dcd.c hab/dcd_list.c hab/imx.c hab/ivt.c
    hab/cmd.c libaw/base/bytes.c libaw/base/err.c libaw/base/text.c
    libaw/codec/elf.c)
list(TRANSFORM imx_sources PREPEND ${CMAKE_SOURCE_DIR}/)
if(AW_LIBRARIES)
    set(AW_IMX ${AW_LIBRARIES}/bin/imx)
    add_custom_target(imx_tool)
else()
    find_program(AW_HOST_CC NAMES cc gcc clang REQUIRED)
    set(AW_IMX ${CMAKE_BINARY_DIR}/imx)
    add_custom_command(OUTPUT ${AW_IMX}
        COMMAND ${AW_HOST_CC} -std=c11 -O1 -s -Wl,--build-id=none
                -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
                -I${CMAKE_SOURCE_DIR}/libaw/include
                -I${CMAKE_SOURCE_DIR}/hab/include -o ${AW_IMX} ${imx_sources}
        DEPENDS ${imx_sources} VERBATIM)
    add_custom_target(imx_tool DEPENDS ${AW_IMX})
endif()

# What is compiled in: variables with upstream's names. Without them the images
# trust the keys of the tests, whose secret halves everybody has.
include(${CMAKE_SOURCE_DIR}/tests/firmware/policy.cmake)
foreach(name IN ITEMS LOG_ORIGIN LOG_PUBLIC_KEY OS_PUBLIC_KEY1 OS_PUBLIC_KEY2
        APPLET_PUBLIC_KEY SRK_HASH GIT_SEMVER_TAG REV)
    set(${name} "${AW_TEST_${name}}" CACHE STRING "compiled into the images")
    if("${${name}}" MATCHES "[\"\\\\\n\r]")
        message(FATAL_ERROR "${name} may not hold quotes or backslashes")
    endif()
endforeach()
# All of them or none: an image that trusts a test's key beside a real one is a
# trap.
set(of_tests 0)
set(trust LOG_ORIGIN LOG_PUBLIC_KEY OS_PUBLIC_KEY1 OS_PUBLIC_KEY2
    APPLET_PUBLIC_KEY)
list(LENGTH trust wanted)
foreach(name IN LISTS trust)
    if("${${name}}" STREQUAL "${AW_TEST_${name}}")
        math(EXPR of_tests "${of_tests} + 1")
    endif()
endforeach()
if(of_tests EQUAL wanted)
    message(STATUS "images trust the keys of the tests: not for devices")
elseif(of_tests GREATER 0)
    message(FATAL_ERROR "set all of ${trust}, or none")
endif()

# Links for memory as a script says, with nothing that it does not name.
function(aw_link_script name script)
    set_target_properties(${name} PROPERTIES SUFFIX .elf LINK_DEPENDS ${script})
    target_link_options(${name} PRIVATE
        -nostdlib -static -Wl,--no-enum-size-warning
        -Wl,--no-warn-rwx-segments -Wl,--no-wchar-size-warning -Wl,--gc-sections
        -Wl,--build-id=none -Wl,--orphan-handling=error -Wl,-T,${script}
        -Wl,-Map,$<TARGET_FILE_DIR:${name}>/${name}.map)
endfunction()

# aw_applet(name STACK bytes SOURCES files... USES targets...)
#
# A program for user mode: name.elf without symbols, name.debug with them.
function(aw_applet name)
    cmake_parse_arguments(PARSE_ARGV 1 I "" "STACK" "SOURCES;USES")
    set(AW_STACK_SIZE ${I_STACK})
    set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
    configure_file(${CMAKE_SOURCE_DIR}/firmware/applet.ld.in ${script} @ONLY)
    add_executable(${name} ${I_SOURCES}
        ${CMAKE_SOURCE_DIR}/firmware/applet/start.S)
    target_include_directories(${name} PRIVATE
        ${CMAKE_SOURCE_DIR}/firmware/include)
    aw_link_script(${name} ${script})
    target_link_libraries(${name} PRIVATE aw_flags ${I_USES} device_libc)
    set(stem $<TARGET_FILE_DIR:${name}>/${name})
    add_custom_command(TARGET ${name} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} --only-keep-debug ${stem}.elf ${stem}.debug
        COMMAND ${CMAKE_OBJCOPY} --strip-all ${stem}.elf)
endfunction()

# aw_embed(image applet): the applet, of the same folder, becomes part of the
# image.
function(aw_embed name applet)
    set(AW_EMBEDDED ${CMAKE_CURRENT_BINARY_DIR}/${applet}.elf)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}/embedded.S)
    configure_file(${CMAKE_SOURCE_DIR}/firmware/os/applet/embedded.S.in
        ${source} @ONLY)
    target_sources(${name} PRIVATE ${source}
        ${CMAKE_SOURCE_DIR}/firmware/os/applet/source_embedded.c)
    set_source_files_properties(${source} PROPERTIES
        OBJECT_DEPENDS ${AW_EMBEDDED})
    add_dependencies(${name} ${applet})
endfunction()

# aw_normal(name SOURCES files...)
#
# A program of the normal world: name.elf with symbols, name.bin.
function(aw_normal name)
    cmake_parse_arguments(PARSE_ARGV 1 I "" "" "SOURCES")
    set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
    configure_file(${CMAKE_SOURCE_DIR}/firmware/normal/normal.ld.in ${script}
        COPYONLY)
    add_executable(${name} ${I_SOURCES}
        ${CMAKE_SOURCE_DIR}/firmware/normal/start.S)
    target_include_directories(${name} PRIVATE
        ${CMAKE_SOURCE_DIR}/firmware/include)
    aw_link_script(${name} ${script})
    target_link_libraries(${name} PRIVATE aw_flags core device_libc)
    set(stem $<TARGET_FILE_DIR:${name}>/${name})
    add_custom_command(TARGET ${name} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} -O binary ${stem}.elf ${stem}.bin)
endfunction()

# aw_embed_normal(image program): the program, of the same folder, becomes part
# of the image.
function(aw_embed_normal name program)
    set(AW_NORMAL ${CMAKE_CURRENT_BINARY_DIR}/${program}.bin)
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}/normal.S)
    configure_file(${CMAKE_SOURCE_DIR}/firmware/os/world/normal.S.in ${source}
        @ONLY)
    target_sources(${name} PRIVATE ${source})
    set_source_files_properties(${source} PROPERTIES
        OBJECT_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${program}.elf)
    add_dependencies(${name} ${program})
endfunction()

# aw_image(name BASE address STACK bytes [VARIANT release|debug|test]
#          [BOARD 512|512-tzasc] SOURCES files... USES targets...)
#
# name.elf without symbols, name.debug with them, name.bin, the linker's map;
# with BOARD also name.imx, not signed. VARIANT chooses the console.
function(aw_image name)
    cmake_parse_arguments(PARSE_ARGV 1 I "" "BASE;STACK;VARIANT;BOARD"
        "SOURCES;USES")
    set(AW_IMAGE_BASE ${I_BASE})
    set(AW_STACK_SIZE ${I_STACK})
    set(AW_VARIANT ${I_VARIANT})
    set(script ${CMAKE_CURRENT_BINARY_DIR}/${name}.ld)
    configure_file(${CMAKE_SOURCE_DIR}/firmware/image.ld.in ${script} @ONLY)
    configure_file(${CMAKE_SOURCE_DIR}/firmware/policy.c.in
        ${CMAKE_CURRENT_BINARY_DIR}/${name}/policy.c @ONLY)
    set(console ${CMAKE_SOURCE_DIR}/firmware/runtime/console_uart.c)
    if(I_VARIANT STREQUAL "release")
        set(console ${CMAKE_SOURCE_DIR}/firmware/runtime/console_none.c)
    endif()
    # Before the libraries that it stands in for.
    add_executable(${name} ${I_SOURCES} ${console}
        ${CMAKE_SOURCE_DIR}/firmware/runtime/libc.c
        ${CMAKE_CURRENT_BINARY_DIR}/${name}/policy.c)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/firmware)
    aw_link_script(${name} ${script})
    target_link_libraries(${name} PRIVATE aw_flags ${I_USES} platform)
    set(stem $<TARGET_FILE_DIR:${name}>/${name})
    set(imx "")
    if(I_BOARD)
        set(imx COMMAND ${AW_IMX} ${I_BOARD} ${stem}.elf ${stem}.imx)
        add_dependencies(${name} imx_tool)
    endif()
    add_custom_command(TARGET ${name} POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} --only-keep-debug ${stem}.elf ${stem}.debug
        COMMAND ${CMAKE_OBJCOPY} --strip-all ${stem}.elf
        COMMAND ${CMAKE_OBJCOPY} -O binary ${stem}.elf ${stem}.bin
        ${imx})
endfunction()
