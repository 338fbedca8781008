# SPDX-License-Identifier: Apache-2.0
# aw_install_link(target folder name): installs folder/name as a symbolic link
# to target beside it, honouring DESTDIR and --prefix.
function(aw_install_link target folder name)
    install(CODE "
        set(dir \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${folder}\")
        file(MAKE_DIRECTORY \"\${dir}\")
        file(CREATE_LINK ${target} \"\${dir}/${name}\" SYMBOLIC)
        message(STATUS \"Installing: \${dir}/${name}\")")
endfunction()
