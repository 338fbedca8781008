# SPDX-License-Identifier: Apache-2.0
# aw_module(name SOURCES files... USES targets...)
#
# A module is one folder: a static library of its sources, with its own
# include/ as the public face. It sees only what USES names, so an include
# that the layers forbid does not resolve.
function(aw_module name)
    cmake_parse_arguments(PARSE_ARGV 1 M "" "" "SOURCES;USES")
    add_library(${name} STATIC ${M_SOURCES})
    target_include_directories(${name}
        PUBLIC include PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE aw_flags PUBLIC ${M_USES})
endfunction()
