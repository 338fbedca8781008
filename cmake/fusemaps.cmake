# SPDX-License-Identifier: Apache-2.0
# aw_fusemaps(OUT FILE...): writes the C file OUT with the text of each fuse
# map, so that programs and devices have them without a search path.
function(aw_fusemaps out)
    set(arrays "")
    set(rows "")
    foreach(file IN LISTS ARGN)
        get_filename_component(name ${file} NAME_WE)
        file(READ ${file} hex HEX)
        string(REGEX REPLACE "(................................)" "\\1\n"
               hex "${hex}")
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        string(APPEND arrays
            "static const uint8_t ${name}[] = {\n${bytes}\n};\n")
        string(APPEND rows
            "    {\"${name}\", {${name}, sizeof(${name})}},\n")
    endforeach()
    file(CONFIGURE OUTPUT ${out} @ONLY NEWLINE_STYLE UNIX CONTENT
"/* SPDX-License-Identifier: Apache-2.0 */
/* Made by cmake/fusemaps.cmake from the fuse maps. */
#include \"fusemap_data.h\"

@arrays@
const struct fusemap_data fusemap_data[] = {
@rows@};
const size_t fusemap_data_n = sizeof(fusemap_data) / sizeof(fusemap_data[0]);
")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})
endfunction()
