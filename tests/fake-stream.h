/* What the libraries of fake-cuda.c ask of the one stream: done at once, or kept while it is
 * captured.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

/* @arguments are copied. */
void fake_stream_ask (void (*run) (gpointer arguments), gconstpointer arguments, gsize size);
