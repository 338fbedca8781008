# SPDX-License-Identifier: Apache-2.0
# Libraries of the host build, all from the distribution.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(crypto REQUIRED IMPORTED_TARGET libcrypto>=3.0)
pkg_check_modules(cjson REQUIRED IMPORTED_TARGET libcjson>=1.7.15)
pkg_check_modules(curl REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(yaml REQUIRED IMPORTED_TARGET yaml-0.1>=0.2.5)
pkg_check_modules(microhttpd REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(p11kit REQUIRED IMPORTED_TARGET p11-kit-1>=0.24)
pkg_check_modules(dw REQUIRED IMPORTED_TARGET libdw>=0.188 libelf>=0.188)
pkg_check_modules(libusb REQUIRED IMPORTED_TARGET libusb-1.0>=1.0.26)
pkg_check_modules(hidapi REQUIRED IMPORTED_TARGET hidapi-hidraw>=0.13)
# Its pkg-config file asks for the headers of GLib, which nobody needs.
find_path(AW_SLIRP_INCLUDE slirp/libslirp.h REQUIRED)
find_library(AW_SLIRP_LIBRARY slirp REQUIRED)
pkg_check_modules(zlib REQUIRED IMPORTED_TARGET zlib>=1.2.13)
