/* Errors of functions: what went wrong, and at which node and port of the document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function-private.h"

typedef struct
{
  guint32     node; /* 0: not known */
  const char *port; /* interned; NULL: not known */
} WeftRunErrorPrivate;

static void
weft_run_error_private_init (WeftRunErrorPrivate *priv)
{
}

static void
weft_run_error_private_copy (const WeftRunErrorPrivate *from, WeftRunErrorPrivate *to)
{
  *to = *from;
}

static void
weft_run_error_private_clear (WeftRunErrorPrivate *priv)
{
}

G_DEFINE_EXTENDED_ERROR (WeftRunError, weft_run_error)

/* The document node that a WEFT_RUN_ERROR is about, 0 if none is known. Any thread. */
guint32
weft_run_error_get_node (const GError *error)
{
  g_return_val_if_fail (error->domain == WEFT_RUN_ERROR, 0);
  return weft_run_error_get_private (error)->node;
}

/* The input of that node that is wrong, NULL if it is not one of them; static. Any thread. */
const char *
weft_run_error_get_port (const GError *error)
{
  g_return_val_if_fail (error->domain == WEFT_RUN_ERROR, NULL);
  return weft_run_error_get_private (error)->port;
}

/* Sets @error, about input @port (or NULL) of @apply (or NULL); returns FALSE. An application that
 * several nodes gave rise to belongs to the innermost, the last. */
gboolean
weft_run_fail (GError         **error,
               WeftRunErrorCode code,
               const WeftApply *apply,
               const char      *port,
               const char      *format,
               ...)
{
  WeftRunErrorPrivate *about;
  GError              *problem;
  va_list              args;
  va_start (args, format);
  problem = g_error_new_valist (WEFT_RUN_ERROR, code, format, args);
  va_end (args);
  about = weft_run_error_get_private (problem);
  if (apply != NULL && apply->origins->n > 0)
    about->node = apply->origins->nodes[apply->origins->n - 1];
  about->port = port != NULL ? g_intern_string (port) : NULL;
  g_propagate_error (error, problem);
  return FALSE;
}
