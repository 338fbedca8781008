# SPDX-License-Identifier: Apache-2.0
# Third-party code of the device, from the sources that cmake/sources.lock pins:
# only the files that an image can need, none of them touched. Their warnings
# are not ours to mend.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${CMAKE_SOURCE_DIR}/cmake/sources.lock)
set(device_sources ${CMAKE_BINARY_DIR}/sources)
execute_process(
    COMMAND ${CMAKE_SOURCE_DIR}/tools/fetch-sources ${device_sources}
            libsodium cjson nanopb
    COMMAND_ERROR_IS_FATAL ANY)

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

# libsodium: Ed25519, SHA-2, base64, constant time.
set(sodium ${device_sources}/libsodium/src/libsodium)
set(sodium_generated ${CMAKE_BINARY_DIR}/sodium)
set(VERSION 1.0.18)
set(SODIUM_LIBRARY_VERSION_MAJOR 10)
set(SODIUM_LIBRARY_VERSION_MINOR 3)
set(SODIUM_LIBRARY_MINIMAL_DEF "")
configure_file(${sodium}/include/sodium/version.h.in
               ${sodium_generated}/sodium/version.h @ONLY)
add_library(sodium STATIC
    ${sodium}/crypto_core/ed25519/ref10/ed25519_ref10.c
    ${sodium}/crypto_hash/sha256/cp/hash_sha256_cp.c
    ${sodium}/crypto_hash/sha256/hash_sha256.c
    ${CMAKE_SOURCE_DIR}/firmware/crypto/sha512.c
    ${CMAKE_SOURCE_DIR}/firmware/crypto/sha512_sodium.c
    ${sodium}/crypto_sign/ed25519/ref10/keypair.c
    ${sodium}/crypto_sign/ed25519/ref10/open.c
    ${sodium}/crypto_sign/ed25519/ref10/sign.c
    ${sodium}/crypto_verify/sodium/verify.c
    ${sodium}/sodium/codecs.c
    ${sodium}/sodium/utils.c)
target_include_directories(sodium SYSTEM PUBLIC
    ${sodium}/include ${sodium_generated} ${sodium}/include/sodium)
target_include_directories(sodium SYSTEM PRIVATE
    ${sodium_generated}/sodium ${sodium}/crypto_core/ed25519/ref10
    ${CMAKE_SOURCE_DIR}/libaw/include)
target_compile_definitions(sodium PUBLIC SODIUM_STATIC PRIVATE
    CONFIGURED=1 NATIVE_LITTLE_ENDIAN=1 HAVE_INLINE_ASM=1 HAVE_C_VARARRAYS=1
    HAVE_EXPLICIT_BZERO=1 _DEFAULT_SOURCE
    __PICOLIBC_ERRNO_FUNCTION=errno_place)
target_compile_options(sodium PRIVATE -w)

target_link_libraries(sodium PUBLIC device_libc)
add_library(PkgConfig::sodium ALIAS sodium)

# cJSON: the parser; what prints is left out by the linker.
add_library(cjson STATIC ${device_sources}/cjson/cJSON.c)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/cjson)
configure_file(${device_sources}/cjson/cJSON.h
               ${CMAKE_BINARY_DIR}/cjson/cjson/cJSON.h COPYONLY)
target_include_directories(cjson SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/cjson)
target_compile_options(cjson PRIVATE -w
    -include ${CMAKE_SOURCE_DIR}/firmware/crypto/cjson_hooks.h)
target_link_libraries(cjson PUBLIC device_libc)
add_library(PkgConfig::cjson ALIAS cjson)

# nanopb: protobuf messages, and the generator that describes them.
set(AW_NANOPB_GENERATOR ${device_sources}/nanopb/generator/nanopb_generator.py)
add_library(nanopb STATIC
    ${device_sources}/nanopb/pb_common.c
    ${device_sources}/nanopb/pb_decode.c
    ${device_sources}/nanopb/pb_encode.c)
target_include_directories(nanopb SYSTEM PUBLIC ${device_sources}/nanopb)
target_compile_definitions(nanopb PUBLIC PB_NO_ERRMSG PB_VALIDATE_UTF8)
target_compile_options(nanopb PRIVATE -w)
target_link_libraries(nanopb PUBLIC device_libc)
add_library(PkgConfig::nanopb ALIAS nanopb)
