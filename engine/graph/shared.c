/* Shared variables: values that live between the calls of functions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/graph.h"

/* A new variable called @name with the role @role ("parameter", "state") that holds @value
 * (referenced). Parameters are trainable. The caller owns one reference. */
WeftShared *
weft_shared_new (const char *name, const char *role, WeftArray *value)
{
  WeftShared *shared = g_new0 (WeftShared, 1);

  shared->name = g_strdup (name);
  shared->role = g_strdup (role);
  shared->trainable = g_str_equal (role, "parameter");
  shared->value = weft_array_ref (value);
  g_atomic_ref_count_init (&shared->ref_count);
  return shared;
}

/* One more reference to @shared. Any thread. */
WeftShared *
weft_shared_ref (WeftShared *shared)
{
  g_atomic_ref_count_inc (&shared->ref_count);
  return shared;
}

/* Gives a reference back; the last one frees the variable and its value. Any thread. */
void
weft_shared_unref (WeftShared *shared)
{
  if (!g_atomic_ref_count_dec (&shared->ref_count))
    return;
  weft_array_unref (shared->value);
  g_free (shared->name);
  g_free (shared->role);
  g_free (shared);
}

/* Brings the newest value into the array of @shared. By the thread that runs functions. Returns
 * FALSE where it is lost with who held it; the array then has an older one. */
gboolean
weft_shared_settle (WeftShared *shared)
{
  if (shared->holder == NULL)
    return TRUE;
  if (!shared->holder->fetch (shared->holder, shared))
    return FALSE;
  shared->holder = NULL;
  return TRUE;
}

/* Says that the array of @shared was replaced or written: what others hold is old. By the thread
 * that runs functions. */
void
weft_shared_changed (WeftShared *shared)
{
  shared->holder = NULL;
  shared->version++;
}

/* Says that @holder has a newer value than the array of @shared. By the thread that runs functions.
 */
void
weft_shared_hold (WeftShared *shared, WeftSharedHolder *holder)
{
  shared->holder = holder;
}
