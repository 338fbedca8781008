# SPDX-License-Identifier: Apache-2.0
# The installed library: the portable modules together, shared and static,
# with versioned symbols, headers and a pkg-config file.
set(AW_LIBRARY_MODULES core ftlog hab sdp)

set(aw_objects "")
foreach(m IN LISTS AW_LIBRARY_MODULES)
    list(APPEND aw_objects $<TARGET_OBJECTS:${m}>)
endforeach()

add_library(aw_shared SHARED ${aw_objects})
add_library(aw_static STATIC ${aw_objects})
foreach(t aw_shared aw_static)
    target_link_libraries(${t}
        PRIVATE aw_flags PkgConfig::sodium PkgConfig::crypto PkgConfig::cjson
                PkgConfig::nanopb)
    set_target_properties(${t} PROPERTIES OUTPUT_NAME aw LINKER_LANGUAGE C)
endforeach()
set_target_properties(aw_shared PROPERTIES
    VERSION ${PROJECT_VERSION} SOVERSION 0
    LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/libaw.map)
target_link_options(aw_shared PRIVATE
    -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/libaw.map)
if(NOT AW_SANITIZE AND NOT AW_FUZZ)
    target_link_options(aw_shared PRIVATE -Wl,--no-undefined)
endif()

configure_file(cmake/libaw.pc.in libaw.pc @ONLY)
install(TARGETS aw_shared aw_static)
install(FILES ${CMAKE_BINARY_DIR}/libaw.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
foreach(dir libaw ftlog hab sdp)
    install(DIRECTORY ${dir}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
            FILES_MATCHING PATTERN "*.h"
            PATTERN release_make.h EXCLUDE) # sets the seal: ours alone
endforeach()
