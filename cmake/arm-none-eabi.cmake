# SPDX-License-Identifier: Apache-2.0
# Toolchain of the device: Cortex-A7, ARM state, no floating point, picolibc's
# headers. Newlib and specs files are not used: they pull Thumb code.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(AW_PICOLIBC /usr/lib/picolibc/arm-none-eabi CACHE PATH
    "picolibc for the device")
set(CMAKE_C_FLAGS_INIT
    "-mcpu=cortex-a7 -marm -mfloat-abi=soft -mgeneral-regs-only \
-mno-unaligned-access -ffreestanding -fno-short-enums \
-ffunction-sections -fdata-sections -isystem ${AW_PICOLIBC}/include")
set(CMAKE_ASM_FLAGS_INIT "-mcpu=cortex-a7 -marm")
