# SPDX-License-Identifier: Apache-2.0
# aw_module(name SOURCES files... USES targets...)
#
# A module is one folder: a static library of its sources, with its own
# include/ as the public face. It sees only what USES names, so an include
# that the layers forbid does not resolve.
#
# AW_LIBRARIES names a folder in which the modules are installed already, by a
# build with AW_LIBRARIES_ONLY of the same sources.
set(AW_LIBRARIES "" CACHE PATH "libraries of ours, built before")
option(AW_LIBRARIES_ONLY "build and install what AW_LIBRARIES names" OFF)

function(aw_module name)
    cmake_parse_arguments(PARSE_ARGV 1 M "" "" "SOURCES;USES")
    if(AW_LIBRARIES)
        add_library(${name} STATIC IMPORTED GLOBAL)
        set_target_properties(${name} PROPERTIES
            IMPORTED_LOCATION ${AW_LIBRARIES}/lib/lib${name}.a SYSTEM OFF)
        target_include_directories(${name}
            INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/include)
        target_link_libraries(${name} INTERFACE ${M_USES})
        return()
    endif()
    add_library(${name} STATIC ${M_SOURCES})
    target_include_directories(${name}
        PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE aw_flags PUBLIC ${M_USES})
endfunction()
