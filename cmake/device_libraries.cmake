# SPDX-License-Identifier: Apache-2.0
# Libraries of the device that are not ours. AW_THIRD_PARTY names a folder in
# which firmware/third-party is installed already.
set(AW_THIRD_PARTY "" CACHE PATH "third-party libraries, built before")

# picolibc in ARM state and the compiler's default libgcc, by path: the one that
# the flags of the device would choose is Thumb code.
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-libgcc-file-name
    OUTPUT_VARIABLE libgcc OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
add_library(device_libc INTERFACE)
target_link_libraries(device_libc INTERFACE ${AW_PICOLIBC}/lib/libc.a ${libgcc})
target_compile_options(device_libc INTERFACE
    -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
    -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
    # The assembler is told by another name.
    $<$<COMPILE_LANGUAGE:ASM>:-fdebug-prefix-map=${CMAKE_SOURCE_DIR}=.>
    $<$<COMPILE_LANGUAGE:ASM>:-fdebug-prefix-map=${CMAKE_BINARY_DIR}=build>)

# aw_third_party(name INCLUDE folders... DEFINE definitions...): built before.
function(aw_third_party name)
    cmake_parse_arguments(PARSE_ARGV 1 L "" "" "INCLUDE;DEFINE")
    list(TRANSFORM L_INCLUDE PREPEND ${AW_THIRD_PARTY}/)
    add_library(${name} STATIC IMPORTED GLOBAL)
    set_target_properties(${name} PROPERTIES
        IMPORTED_LOCATION ${AW_THIRD_PARTY}/lib/lib${name}.a)
    target_include_directories(${name} SYSTEM INTERFACE ${L_INCLUDE})
    target_compile_definitions(${name} INTERFACE ${L_DEFINE})
endfunction()

if(AW_THIRD_PARTY)
    aw_third_party(sodium INCLUDE include include/sodium DEFINE SODIUM_STATIC)
    aw_third_party(cjson INCLUDE include)
    aw_third_party(nanopb INCLUDE include
        DEFINE PB_NO_ERRMSG PB_VALIDATE_UTF8)
    set(AW_NANOPB_GENERATOR ${AW_THIRD_PARTY}/generator/nanopb_generator.py)
else()
    add_subdirectory(firmware/third-party third-party)
    set(AW_NANOPB_GENERATOR
        ${CMAKE_BINARY_DIR}/third-party/generator/nanopb_generator.py)
endif()

# SHA-512 where libsodium's Ed25519 asks for it.
if(AW_LIBRARIES)
    add_library(device_sha512 STATIC IMPORTED GLOBAL)
    set_target_properties(device_sha512 PROPERTIES
        IMPORTED_LOCATION ${AW_LIBRARIES}/lib/libdevice_sha512.a)
    target_link_libraries(device_sha512 INTERFACE device_libc)
else()
    add_library(device_sha512 STATIC
        firmware/crypto/sha512.c firmware/crypto/sha512_sodium.c)
    target_include_directories(device_sha512
        PRIVATE ${CMAKE_SOURCE_DIR}/libaw/include)
    target_include_directories(device_sha512 SYSTEM PRIVATE
        $<TARGET_PROPERTY:sodium,INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_definitions(device_sha512 PRIVATE SODIUM_STATIC)
    target_link_libraries(device_sha512 PRIVATE aw_flags PUBLIC device_libc)
endif()

foreach(name IN ITEMS sodium cjson nanopb)
    target_link_libraries(${name} INTERFACE device_libc)
    add_library(PkgConfig::${name} ALIAS ${name})
endforeach()
target_link_libraries(sodium INTERFACE device_sha512)
