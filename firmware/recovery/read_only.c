/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery.h"

const bool recovery_read_only = true;
