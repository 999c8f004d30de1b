/* The editor as an application: its windows, what it opens, and the actions that belong to no
 * window.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/window/window.h"

G_BEGIN_DECLS

#define WEFT_TYPE_APPLICATION (weft_application_get_type ())
G_DECLARE_FINAL_TYPE (WeftApplication, weft_application, WEFT, APPLICATION, AdwApplication)

WeftApplication *weft_application_new (void);
gboolean         weft_application_open_path (WeftApplication *application,
                                             WeftWindow      *window,
                                             const char      *path,
                                             gboolean         as_copy);

G_END_DECLS
