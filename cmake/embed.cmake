# SPDX-License-Identifier: Apache-2.0
# aw_embed(HEADER FILE...): a header with a byte array of each file, named like
# it with `_` for a dot.
function(aw_embed header)
    set(text "/* SPDX-License-Identifier: Apache-2.0 */\n#include <stdint.h>\n")
    foreach(file IN LISTS ARGN)
        get_filename_component(name ${file} NAME)
        string(REPLACE "." "_" name ${name})
        file(READ ${file} hex HEX)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        string(APPEND text
            "static const uint8_t ${name}[] = {\n${bytes}};\n")
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    endforeach()
    file(CONFIGURE OUTPUT ${header} CONTENT "${text}" @ONLY)
endfunction()
