# SPDX-License-Identifier: Apache-2.0
# aw_proto(target path): adds what nanopb's generator makes of path.proto and
# path.options, which are relative to the present folder: name_pb.h, name_pb.c.
# Its symbols are the target's own business: a shared library shows none.
# The build sets AW_NANOPB_GENERATOR, and nanopb itself is PkgConfig::nanopb.
find_program(AW_PROTOC protoc REQUIRED)
# The distribution's, which has protobuf's modules.
find_program(AW_SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

function(aw_proto target path)
    get_target_property(built_before ${target} IMPORTED)
    if(built_before)
        return()
    endif()
    get_filename_component(name ${path} NAME)
    get_filename_component(in ${path} DIRECTORY)
    set(in ${CMAKE_CURRENT_SOURCE_DIR}/${in})
    set(out ${CMAKE_CURRENT_BINARY_DIR})
    add_custom_command(
        OUTPUT ${out}/${name}_pb.c ${out}/${name}_pb.h
        COMMAND ${AW_SYSTEM_PYTHON} -B ${AW_NANOPB_GENERATOR} -q -e _pb
                -I ${in} -D ${out} -f ${in}/${name}.options ${name}.proto
        DEPENDS ${in}/${name}.proto ${in}/${name}.options
                ${AW_NANOPB_GENERATOR}
        VERBATIM)
    target_sources(${target} PRIVATE ${out}/${name}_pb.c ${out}/${name}_pb.h)
    target_include_directories(${target} SYSTEM PRIVATE ${out})
    set_source_files_properties(${out}/${name}_pb.c PROPERTIES
        COMPILE_OPTIONS "-w;-fvisibility=hidden")
endfunction()
