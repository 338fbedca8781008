/* SPDX-License-Identifier: Apache-2.0 */
#include "aw/reprobuild/web.h"
#include "web_files.h" /* made of style.css and icon.svg */

aw_bytes aw_web_style(void)
{
    return (aw_bytes){style_css, sizeof(style_css)};
}

aw_bytes aw_web_icon(void)
{
    return (aw_bytes){icon_svg, sizeof(icon_svg)};
}
