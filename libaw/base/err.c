/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/err.h"

#define AW_ERR_CASE_TEXT(name, number, text) \
    case AW_##name:                          \
        return text;
#define AW_ERR_CASE_NAME(name, number, text) \
    case AW_##name:                          \
        return #name;

const char *aw_err_text(aw_err err)
{
    switch (err) {
        AW_ERR_LIST(AW_ERR_CASE_TEXT)
    }
    return "unknown error";
}

const char *aw_err_name(aw_err err)
{
    switch (err) {
        AW_ERR_LIST(AW_ERR_CASE_NAME)
    }
    return "ERR_UNKNOWN";
}
