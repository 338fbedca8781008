/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/recipe.h"

/* What runs in the sandbox. SRC is read-only, BLD is the folder of the build;
 * the image goes to descriptor 3, symbols to descriptor 4. */

/* What is the same for the device, whatever is built. */
#define BEGIN                                     \
    "set -eu\n"                                   \
    "umask \"$AW_UMASK\"\n"                       \
    "part() {\n"                                  \
    "  mkdir -p \"$BLD/b/$2\"\n"                  \
    "  tar -C \"$BLD/b/$2\" -xmf /parts/$1.tar\n" \
    "}\n"

/* The same files are always the same archive. */
#define END                                                             \
    "cmake --install \"$BLD/b\" --prefix \"$BLD/out\"\n"                \
    "tar -C \"$BLD/out\" --format=gnu --sort=name --mtime=@1000000000 " \
    "--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - . >&3\n"

static const char third_party[] =
    BEGIN "cmake -S \"$SRC/firmware/third-party\" -B \"$BLD/b\" -G Ninja "
          "--toolchain \"$SRC/cmake/arm-none-eabi.cmake\" "
          "-DCMAKE_BUILD_TYPE=MinSizeRel\n"
          "cmake --build \"$BLD/b\"\n" END;

static const char *const third_party_paths[] = {
    "cmake/arm-none-eabi.cmake", "cmake/sources.lock", "firmware/third-party",
    "tools/fetch-sources", NULL};

/* Our libraries, for which images and their variables do not matter. */
static const char libraries[] =
    BEGIN "part 0 third-party\n"
          "cmake -S \"$SRC\" -B \"$BLD/b\" --preset firmware "
          "\"-DAW_THIRD_PARTY=$BLD/b/third-party\" -DAW_LIBRARIES_ONLY=ON\n"
          "cmake --build \"$BLD/b\" --target all imx_tool\n" END;

static const char *const libraries_paths[] = {"CMakeLists.txt",
                                              "CMakePresets.json",
                                              "cmake",
                                              "firmware/CMakeLists.txt",
                                              "firmware/arch",
                                              "firmware/board",
                                              "firmware/crypto",
                                              "firmware/include",
                                              "firmware/keys",
                                              "firmware/runtime",
                                              "firmware/soc",
                                              "firmware/storage",
                                              "firmware/third-party",
                                              "firmware/usb",
                                              "ftlog",
                                              "hab",
                                              "libaw",
                                              "tests/firmware/policy.cmake",
                                              "tools/fetch-sources",
                                              "tools/imx.c",
                                              NULL};

static const struct aw_rb_part parts[] = {
    {third_party_paths, third_party},
    {libraries_paths, libraries},
};

/* The preset of the device, for one image. Third-party archives are in
 * SOURCES, by the names that cmake/sources.lock has. */
#define FIRMWARE(target, file)                                             \
    BEGIN                                                                  \
    "set -- -DGIT_SEMVER_TAG=\"$GIT_SEMVER_TAG\" -DREV=\"$REV\"\n"         \
    "for name in LOG_ORIGIN LOG_PUBLIC_KEY OS_PUBLIC_KEY1 OS_PUBLIC_KEY2 " \
    "APPLET_PUBLIC_KEY SRK_HASH; do\n"                                     \
    "  eval \"value=\\${$name-}\"\n"                                       \
    "  [ -z \"$value\" ] || set -- \"$@\" \"-D$name=$value\"\n"            \
    "done\n"                                                               \
    "if [ -e /parts/0.tar ]; then\n"                                       \
    "  part 0 third-party\n"                                               \
    "  set -- \"$@\" \"-DAW_THIRD_PARTY=$BLD/b/third-party\"\n"            \
    "fi\n"                                                                 \
    "if [ -e /parts/1.tar ]; then\n"                                       \
    "  part 1 libraries\n"                                                 \
    "  set -- \"$@\" \"-DAW_LIBRARIES=$BLD/b/libraries\"\n"                \
    "fi\n"                                                                 \
    "cmake -S \"$SRC\" -B \"$BLD/b\" --preset firmware \"$@\"\n"           \
    "cmake --build \"$BLD/b\" --target " target "\n"                       \
    "cat \"$BLD/b/firmware/" file "\" >&3\n"                               \
    "if [ -f \"$BLD/b/firmware/" target ".debug\" ]; then\n"               \
    "  cat \"$BLD/b/firmware/" target ".debug\" >&4\n"                     \
    "fi\n"

/* As upstream's verify_build: a full clone, the manifest's variables, files
 * with the keys in their place, then what the tools need, last. */
#define TAMAGO(target, file)                                        \
    "set -eu\n"                                                     \
    "umask \"$AW_UMASK\"\n"                                         \
    "git clone -q --no-local --no-checkout \"$SRC\" \"$BLD/src\"\n" \
    "cd \"$BLD/src\"\n"                                             \
    "git -c advice.detachedHead=false checkout -q \"$REV\"\n"       \
    "mkdir -p \"$BLD/keys\"\n"                                      \
    "for name in LOG_PUBLIC_KEY APPLET_PUBLIC_KEY OS_PUBLIC_KEY1 "  \
    "OS_PUBLIC_KEY2; do\n"                                          \
    "  eval \"value=\\${$name-}\"\n"                                \
    "  if [ -n \"$value\" ]; then\n"                                \
    "    printf '%s\\n' \"$value\" >\"$BLD/keys/$name\"\n"          \
    "    export \"$name=$BLD/keys/$name\"\n"                        \
    "  fi\n"                                                        \
    "done\n"                                                        \
    "export GOPATH=\"$BLD/go\" GOCACHE=\"$BLD/gocache\"\n"          \
    "export TAMAGO=\"$TOOLCHAIN/bin/go\" GIT_SEMVER_TAG\n"          \
    "unset SRC REV TOOLCHAIN\n"                                     \
    "make " target "\n"                                             \
    "cat \"" file "\" >&3\n"                                        \
    "for elf in *.elf; do\n"                                        \
    "  if [ -f \"$elf\" ]; then cat \"$elf\" >&4; break; fi\n"      \
    "done\n"

/* The program, as its preset has it: neither tests nor documents. */
static const char host[] =
    "set -eu\n"
    "umask \"$AW_UMASK\"\n"
    "cmake -S \"$SRC\" -B \"$BLD/b\" --preset release -DBUILD_TESTING=OFF\n"
    "cmake --build \"$BLD/b\" --target aw\n"
    "cat \"$BLD/b/cmd/aw\" >&3\n";

static const char *const scripts[][AW_COMPONENTS] = {
    [AW_RB_FIRMWARE_1] =
        {
            [AW_BOOTLOADER] = FIRMWARE("boot", "boot.imx"),
            [AW_RECOVERY] = FIRMWARE("recovery", "recovery.imx"),
            [AW_TRUSTED_OS] = FIRMWARE("os", "os.elf"),
            [AW_TRUSTED_APPLET] = FIRMWARE("applet", "applet.elf"),
        },
    [AW_RB_TAMAGO_1] =
        {
            [AW_BOOTLOADER] = TAMAGO("imx", "armored-witness-boot.imx"),
            [AW_RECOVERY] = TAMAGO("imx", "armory-ums.imx"),
            [AW_TRUSTED_OS] =
                TAMAGO("trusted_os_release", "bin/trusted_os.elf"),
            [AW_TRUSTED_APPLET] =
                TAMAGO("trusted_applet_nosign", "bin/trusted_applet.elf"),
        },
    [AW_RB_HOST_1] = {host, host, host, host},
};

static const char *const repositories[AW_COMPONENTS] = {
    [AW_BOOTLOADER] =
        "https://github.com/transparency-dev/armored-witness-boot",
    [AW_RECOVERY] = "https://github.com/usbarmory/armory-ums",
    [AW_TRUSTED_OS] = "https://github.com/transparency-dev/armored-witness-os",
    [AW_TRUSTED_APPLET] =
        "https://github.com/transparency-dev/armored-witness-applet",
};

const char *aw_rb_recipe_script(enum aw_rb_recipe recipe,
                                enum aw_component component)
{
    return scripts[recipe][component];
}

const char *aw_rb_recipe_repository(enum aw_rb_recipe recipe,
                                    enum aw_component component)
{
    return recipe == AW_RB_TAMAGO_1 ? repositories[component] : NULL;
}

const struct aw_rb_part *aw_rb_recipe_parts(enum aw_rb_recipe recipe, size_t *n)
{
    *n = recipe == AW_RB_FIRMWARE_1 ? sizeof(parts) / sizeof(parts[0]) : 0;
    return parts;
}
