/* Reads and writes the breakpoints of a view.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/breakpoints.h"

#include <math.h>

#define MEMBER "breakpoints"
#define ABOVE "above"
#define NOT_FINITE "not_finite"

/* weft_breakpoint_free:
 */
void
weft_breakpoint_free (WeftBreakpoint *point)
{
  if (point == NULL)
    return;
  g_free (point->node);
  g_free (point);
}

/* weft_breakpoint_text:
 */
char *
weft_breakpoint_text (const WeftBreakpoint *point)
{
  if (point->kind == WEFT_BREAK_ABOVE)
    return g_strdup_printf ("|x| > %g", point->limit);
  return g_strdup (point->kind == WEFT_BREAK_BAD ? "NaN" : "");
}

static WeftJson *
members_of (WeftDocument *document)
{
  return weft_json_get (weft_document_get_view (document), MEMBER);
}

/* weft_document_get_breakpoint:
 */
WeftBreakpoint *
weft_document_get_breakpoint (WeftDocument *document, const char *id)
{
  WeftJson       *member = weft_json_get (members_of (document), id);
  double          limit = weft_json_get_number (member, ABOVE, NAN);
  WeftBreakpoint *point;

  if (weft_json_kind (member) != WEFT_JSON_OBJECT)
    return NULL;
  point = g_new0 (WeftBreakpoint, 1);
  point->node = g_strdup (id);
  if (limit >= 0)
    {
      point->kind = WEFT_BREAK_ABOVE;
      point->limit = limit;
    }
  else if (weft_json_get_bool (member, NOT_FINITE, FALSE))
    point->kind = WEFT_BREAK_BAD;
  return point;
}

/* weft_document_get_breakpoints:
 */
GPtrArray *
weft_document_get_breakpoints (WeftDocument *document)
{
  GPtrArray *points = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_breakpoint_free);

  for (guint i = 0; members_of (document) != NULL && i < weft_document_n_nodes (document); i++)
    {
      WeftBreakpoint *point =
        weft_document_get_breakpoint (document, weft_document_node_at (document, i)->id);

      if (point != NULL)
        g_ptr_array_add (points, point);
    }
  return points;
}

/* Takes @member; NULL: there is none any more. */
static void
replace (WeftDocument *document, const char *id, WeftJson *member)
{
  WeftJson *view = weft_json_copy (weft_document_get_view (document));
  WeftJson *before = weft_json_get (view, MEMBER);
  WeftJson *points = before != NULL ? weft_json_copy (before) : weft_json_new_object ();

  if (member != NULL)
    weft_json_set (points, id, member);
  else
    weft_json_remove (points, id);
  if (weft_json_n_members (points) > 0)
    weft_json_set (view, MEMBER, points);
  else
    {
      weft_json_unref (points);
      weft_json_remove (view, MEMBER);
    }
  weft_document_set_view (document, view);
}

/* weft_document_set_breakpoint:
 * @point: its limit is 0 or more where it has one
 */
void
weft_document_set_breakpoint (WeftDocument *document, const WeftBreakpoint *point)
{
  WeftJson *member = weft_json_new_object ();

  if (point->kind == WEFT_BREAK_ABOVE)
    weft_json_set_number (member, ABOVE, point->limit);
  else if (point->kind == WEFT_BREAK_BAD)
    weft_json_set (member, NOT_FINITE, weft_json_new_bool (TRUE));
  replace (document, point->node, member);
}

/* weft_document_remove_breakpoint:
 */
void
weft_document_remove_breakpoint (WeftDocument *document, const char *id)
{
  if (weft_json_has (members_of (document), id))
    replace (document, id, NULL);
}

/* weft_document_rename_breakpoint:
 */
void
weft_document_rename_breakpoint (WeftDocument *document, const char *old, const char *id)
{
  WeftJson *member = weft_json_get (members_of (document), old);

  if (member == NULL)
    return;
  replace (document, id, weft_json_copy (member));
  replace (document, old, NULL);
}
