/* A wire in the hand: which ports would take it, why the others would not, and what letting go
 * does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"
#include "ui/build/link-habits.h"

#include <glib/gi18n.h>
#include <string.h>

/* ---- What fits ---- */

static char *
ask (WeftCanvas *canvas,
     guint32     uid,
     const char *port,
     gboolean    from_output,
     guint32     other,
     const char *other_port)
{
  if (!canvas->typing)
    return NULL;
  if (from_output)
    return weft_typing_refusal (canvas->typing, uid, port, other, other_port);
  return weft_typing_refusal (canvas->typing, other, other_port, uid, port);
}

/* Every wire in the hand must fit. */
static char *
ask_bundle (WeftCanvas *canvas, guint32 other, const char *other_port)
{
  const GArray *bundle = canvas->drag.link.bundle;
  char         *reason = NULL;

  for (guint i = 0; i < bundle->len && !reason; i++)
    {
      const WeftEnds *ends = &g_array_index (bundle, WeftEnds, i);

      reason = ask (canvas, ends->to, ends->to_port, FALSE, other, other_port);
    }
  return reason;
}

/* Asked once a drag for each port; "" where it fits. */
static const char *
refusal (WeftCanvas *canvas, guint32 other, const char *other_port)
{
  WeftLink        *link = &canvas->drag.link;
  g_autofree char *key = g_strdup_printf ("%u %s", other, other_port);
  const char      *known = g_hash_table_lookup (link->refusals, key);
  char            *reason;

  if (known)
    return known;
  if (other == link->uid)
    reason = g_strdup (_ ("A node cannot feed itself."));
  else if (link->bundle)
    reason = ask_bundle (canvas, other, other_port);
  else
    reason = ask (canvas, link->uid, link->port, link->from_output, other, other_port);
  if (!reason)
    reason = g_strdup ("");
  g_hash_table_insert (link->refusals, g_steal_pointer (&key), reason);
  return reason;
}

/* Open ports first by the same name, then those that must be wired, then in order. */
static guint
rate_port (
  WeftCanvas *canvas, const WeftPort *port, guint32 node, gboolean is_input, const char *name)
{
  guint rate = 1;

  if (is_input && weft_document_wire_into (canvas->document, node, port->name))
    return 0;
  if (g_strcmp0 (port->name, name) == 0)
    rate += 4;
  if (!port->optional)
    rate += 2;
  return rate;
}

/* The best port of @other for the link, interned; NULL, why, and which refused first, if none takes
 * it. */
static const char *
best_port (WeftCanvas            *canvas,
           const WeftPendingLink *link,
           guint32                other,
           gboolean               must_fit,
           char                 **why,
           const char           **refused)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, other);
  guint           n = !ports ? 0 : link->from_output ? ports->n_inputs
                                                     : ports->n_outputs;
  const WeftPort *list = !ports ? NULL : link->from_output ? ports->inputs
                                                           : ports->outputs;
  const char     *best = NULL;
  guint           best_rate = 0;

  for (guint i = 0; i < n; i++)
    {
      guint            rate = rate_port (canvas, &list[i], other, link->from_output, link->port);
      g_autofree char *reason = NULL;

      if (rate <= best_rate)
        continue;
      reason = ask (canvas, link->uid, link->port, link->from_output, other, list[i].name);
      if (reason && must_fit)
        {
          if (why && !*why)
            {
              *why = g_steal_pointer (&reason);
              *refused = g_intern_string (list[i].name);
            }
          continue;
        }
      if (reason)
        rate = 1;
      if (rate <= best_rate)
        continue;
      best_rate = rate;
      best = g_intern_string (list[i].name);
    }
  return best;
}

/* The inputs of @other that would take the link as well as the best one; of const char *, interned.
 * Operands that may change places are one. */
static GPtrArray *
list_equals (WeftCanvas *canvas, const WeftPendingLink *link, guint32 other, const char *best)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, other);
  const WeftOp *op = weft_op_find (weft_document_node (canvas->document, other)->op);
  GPtrArray    *equals = g_ptr_array_new ();
  guint         rate = 0;

  for (guint i = 0; i < ports->n_inputs; i++)
    if (g_strcmp0 (ports->inputs[i].name, best) == 0)
      rate = rate_port (canvas, &ports->inputs[i], other, TRUE, link->port);
  for (guint i = 0; i < ports->n_inputs; i++)
    {
      const char      *name = ports->inputs[i].name;
      g_autofree char *reason = NULL;

      if (rate_port (canvas, &ports->inputs[i], other, TRUE, link->port) != rate)
        continue;
      reason = ask (canvas, link->uid, link->port, TRUE, other, name);
      if (!reason)
        g_ptr_array_add (equals, (gpointer) g_intern_string (name));
    }
  if (op && op->traits & (WEFT_TRAIT_COMMUTATIVE | WEFT_TRAIT_VARIADIC))
    g_ptr_array_set_size (equals, 0);
  return equals;
}

/* What was wired by hand is offered sooner the next time. */
void
weft_canvas_note_habit (WeftCanvas *canvas, guint32 from, guint32 to)
{
  const WeftNode *source = weft_document_node (canvas->document, from);
  const WeftNode *target = weft_document_node (canvas->document, to);

  if (source && target)
    weft_habits_note (source->op, target->op);
}

/* ---- Lighting up ports ---- */

static void
light_node (WeftCanvas *canvas, WeftCanvasNode *node)
{
  WeftLink    *link = &canvas->drag.link;
  WeftNodeLook look = node->look;
  guint        n = link->from_output ? node->art->n_inputs : node->art->n_outputs;
  guint64      dim = 0;
  gint         bright = -1;

  for (guint i = 0; i < n; i++)
    {
      const char *name = link->from_output ? node->art->inputs[i].name : node->art->outputs[i].name;

      if (i < 64 && *refusal (canvas, node->uid, name))
        dim |= G_GUINT64_CONSTANT (1) << i;
      if (link->target == node->uid && g_strcmp0 (link->target_port, name) == 0)
        bright = (gint) i;
    }
  look.dim_inputs = link->from_output ? dim : G_MAXUINT64;
  look.dim_outputs = link->from_output ? G_MAXUINT64 : dim;
  look.bright_input = link->from_output ? bright : -1;
  look.bright_output = link->from_output ? -1 : bright;
  if (node->uid == link->uid && link->from_output)
    look.dim_outputs &= ~(G_GUINT64_CONSTANT (1)
                          << MIN (63, MAX (0, weft_node_art_find_output (node->art, link->port))));
  else if (node->uid == link->uid)
    look.dim_inputs &= ~(G_GUINT64_CONSTANT (1)
                         << MIN (63, MAX (0, weft_node_art_find_input (node->art, link->port))));
  weft_canvas_node_set_look (node, &look);
}

/* Only cards in view are asked: a thousand refusals would take longer than a frame. */
static void
light_ports (WeftCanvas *canvas)
{
  WeftRect view = weft_canvas_viewport (canvas);

  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftRect        card = { node->x, node->y, node->art->width, node->art->height };

      if (weft_rect_overlaps (&card, &view))
        light_node (canvas, node);
    }
}

/* ---- Life of a drag ---- */

/* All wires of an output, of WeftEnds; NULL: none. */
static GArray *
take_bundle (WeftCanvas *canvas, guint32 uid, const char *port)
{
  GArray *bundle = g_array_new (FALSE, FALSE, sizeof (WeftEnds));

  for (guint i = 0; i < canvas->wires->len; i++)
    {
      const WeftWireArt *wire = canvas->wires->pdata[i];
      WeftEnds           ends = { wire->from, wire->to, wire->from_port, wire->to_port };

      if (wire->from == uid && g_strcmp0 (wire->from_port, port) == 0)
        g_array_append_val (bundle, ends);
    }
  if (bundle->len == 0)
    g_clear_pointer (&bundle, g_array_unref);
  return bundle;
}

/* From a port; an input that is wired gives up its wire to the hand. With @all an output gives up
 * all of its wires, which look for another output. */
void
weft_canvas_link_begin (WeftCanvas *canvas, const WeftHit *hit, gboolean all)
{
  WeftLink   *link = &canvas->drag.link;
  gboolean    output = hit->kind == WEFT_HIT_OUTPUT;
  const char *port =
    output ? hit->node->art->outputs[hit->port].name : hit->node->art->inputs[hit->port].name;
  WeftWireArt *wire = output ? NULL : weft_canvas_find_wire (canvas, hit->node->uid, port);

  *link = (WeftLink){ .from_output = output || wire,
                      .uid = hit->node->uid,
                      .port = g_intern_string (port) };
  if (wire)
    {
      link->uid = wire->from;
      link->port = wire->from_port;
      link->detached_to = wire->to;
      link->detached_port = wire->to_port;
    }
  if (output && all)
    link->bundle = take_bundle (canvas, hit->node->uid, link->port);
  if (link->bundle)
    {
      const WeftEnds *first = &g_array_index (link->bundle, WeftEnds, 0);

      link->from_output = FALSE;
      link->uid = first->to;
      link->port = first->to_port;
    }
  link->refusals = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  weft_canvas_flush (canvas);
  weft_canvas_link_move (canvas);
  weft_canvas_world_invalidate (canvas->world);
}

/* Puts every port's look back and frees what the drag knew. */
void
weft_canvas_link_clear (WeftCanvas *canvas)
{
  WeftLink *link = &canvas->drag.link;

  if (!link->refusals)
    return;
  for (guint i = 0; i < canvas->order->len; i++)
    {
      WeftCanvasNode *node = canvas->order->pdata[i];
      WeftNodeLook    look = node->look;

      look.dim_inputs = look.dim_outputs = 0;
      look.bright_input = look.bright_output = -1;
      weft_canvas_node_set_look (node, &look);
    }
  g_clear_pointer (&link->refusals, g_hash_table_unref);
  g_clear_pointer (&link->refusal, g_free);
  g_clear_pointer (&link->fixes, g_ptr_array_unref);
  g_clear_pointer (&link->cycle, g_array_unref);
  g_clear_pointer (&link->bundle, g_array_unref);
  *link = (WeftLink){ 0 };
}

/* The wire as it would be at a port of another node. */
static WeftEnds
ends_at (const WeftLink *link, guint32 other, const char *port)
{
  if (link->from_output)
    return (WeftEnds){ link->uid, other, link->port, port };
  return (WeftEnds){ other, link->uid, port, link->port };
}

/* Looks for what mends the wire and for the cycle that it would close, once a port. */
static void
explain (WeftCanvas *canvas, guint32 refused, const char *port)
{
  WeftLink *link = &canvas->drag.link;
  WeftEnds  ends = ends_at (link, refused, port);

  if (refused == link->refused && port == link->refused_port)
    return;
  link->refused = refused;
  link->refused_port = port;
  g_clear_pointer (&link->fixes, g_ptr_array_unref);
  if (link->cycle)
    weft_canvas_world_invalidate (canvas->world);
  g_clear_pointer (&link->cycle, g_array_unref);
  if (!refused)
    return;
  link->cycle = weft_canvas_find_cycle (canvas, &ends);
  if (link->cycle)
    weft_canvas_world_invalidate (canvas->world);
  else if (refused != link->uid && !link->bundle)
    link->fixes = weft_canvas_find_fixes (canvas, &ends);
}

static void
aim_at_port (WeftCanvas *canvas, const WeftHit *hit)
{
  WeftLink   *link = &canvas->drag.link;
  const char *port = link->from_output ? hit->node->art->inputs[hit->port].name
                                       : hit->node->art->outputs[hit->port].name;
  const char *reason = refusal (canvas, hit->node->uid, port);

  link->target = hit->node->uid;
  link->target_port = g_intern_string (port);
  if (*reason)
    link->refusal = g_strdup (reason);
  explain (canvas, *reason ? link->target : 0, link->target_port);
}

static void
aim_at_body (WeftCanvas *canvas, WeftCanvasNode *node)
{
  WeftLink       *link = &canvas->drag.link;
  WeftPendingLink pending = { link->uid, link->port, link->from_output, 0, 0 };
  const char     *refused = NULL;
  const char     *port;

  if (node->uid == link->uid)
    {
      explain (canvas, 0, NULL);
      return;
    }
  port = best_port (canvas, &pending, node->uid, TRUE, &link->refusal, &refused);
  if (port)
    g_clear_pointer (&link->refusal, g_free);
  else if (!link->refusal)
    link->refusal = g_strdup_printf (
      link->from_output ? _ ("%s has no open input.") : _ ("%s has no output."), node->art->title);
  link->target = port ? node->uid : 0;
  link->target_port = port;
  link->on_body = port != NULL;
  explain (canvas, port || !refused ? 0 : node->uid, refused);
}

/* "1: Insert transpose", a line each, under why not. */
static char *
say_fixes (const WeftLink *link)
{
  GString *text = g_string_new (link->refusal);

  for (guint i = 0; link->fixes && i < link->fixes->len; i++)
    g_string_append_printf (text, "\n%u: %s", i + 1, ((WeftFix *) link->fixes->pdata[i])->title);
  return g_string_free (text, FALSE);
}

static void
say (WeftCanvas *canvas)
{
  WeftLink        *link = &canvas->drag.link;
  const WeftNode  *other = link->target ? weft_document_node (canvas->document, link->target) : NULL;
  const WeftNode  *node = weft_document_node (canvas->document, link->uid);
  g_autofree char *text = NULL;
  const WeftType  *type = NULL;
  g_autofree char *type_text = NULL;

  if (link->refusal)
    {
      text = say_fixes (link);
      weft_canvas_set_hint (canvas, text);
      return;
    }
  if (canvas->typing && link->from_output)
    type = weft_typing_output (canvas->typing, link->uid, link->port);
  type_text = type ? weft_type_to_string (type) : NULL;
  if (other && link->from_output)
    text = g_strdup_printf ("%s.%s → %s.%s   %s", node->id, link->port, other->id,
                            link->target_port, type_text ? type_text : "");
  else if (other)
    text = g_strdup_printf ("%s.%s → %s.%s", other->id, link->target_port, node->id, link->port);
  else if (link->detached_to)
    text = g_strdup (_ ("Let go here to disconnect"));
  weft_canvas_set_hint (canvas, text ? g_strstrip (text) : type_text);
}

/* What the wire would do where the pointer is. */
void
weft_canvas_link_move (WeftCanvas *canvas)
{
  WeftLink   *link = &canvas->drag.link;
  WeftHit     hit = weft_canvas_pick (canvas, canvas->drag.x, canvas->drag.y);
  WeftHitKind wanted = link->from_output ? WEFT_HIT_INPUT : WEFT_HIT_OUTPUT;

  g_clear_pointer (&link->refusal, g_free);
  link->on_body = FALSE;
  link->target = 0;
  link->target_port = NULL;
  if (hit.kind == wanted)
    aim_at_port (canvas, &hit);
  else if (hit.node)
    aim_at_body (canvas, hit.node);
  else
    explain (canvas, 0, NULL);
  light_ports (canvas);
  say (canvas);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

static gboolean
connect_ports (WeftCanvas            *canvas,
               const WeftPendingLink *link,
               guint32                other,
               const char            *other_port)
{
  g_autoptr (GError) error = NULL;
  gboolean done;

  if (link->from_output)
    done =
      weft_document_connect (canvas->document, link->uid, link->port, other, other_port, &error);
  else
    done =
      weft_document_connect (canvas->document, other, other_port, link->uid, link->port, &error);
  if (!done)
    weft_canvas_fail (canvas, error->message);
  else
    weft_canvas_note_habit (canvas, link->from_output ? link->uid : other,
                            link->from_output ? other : link->uid);
  return done;
}

/* ---- Letting go where it does not fit ---- */

/* What the list of fixes needs after the drag is over. */
typedef struct
{
  WeftFix    *fix; /* owned; NULL: as it is */
  WeftEnds    ends;
  guint32     detached_to;
  const char *detached_port;
} Mend;

static void
mend_free (gpointer data)
{
  Mend *mend = data;

  g_clear_pointer (&mend->fix, weft_fix_free);
  g_free (mend);
}

static void
mend_cb (WeftCanvas *canvas, gpointer data)
{
  Mend *mend = data;
  g_autoptr (GError) error = NULL;

  if (mend->fix)
    {
      weft_canvas_insert_fix (canvas, mend->fix, mend->detached_to, mend->detached_port);
      return;
    }
  weft_document_begin (canvas->document, _ ("Connect"));
  if (mend->detached_to)
    weft_document_disconnect (canvas->document, mend->detached_to, mend->detached_port);
  weft_document_connect (canvas->document, mend->ends.from, mend->ends.from_port, mend->ends.to,
                         mend->ends.to_port, &error);
  weft_document_end (canvas->document);
  if (error)
    weft_canvas_fail (canvas, error->message);
  else
    weft_canvas_note_habit (canvas, mend->ends.from, mend->ends.to);
}

static void
offer_mend (WeftCanvas *canvas, WeftFix *fix, const WeftEnds *ends, const char *label)
{
  WeftLink *link = &canvas->drag.link;
  Mend     *mend = g_new (Mend, 1);

  *mend = (Mend){ fix, *ends, link->detached_to, link->detached_port };
  weft_canvas_offer_add (canvas, label, mend_cb, mend, mend_free);
}

/* The nodes that would mend the wire, and to draw it as it is; editing is never blocked. */
static void
offer_fixes (WeftCanvas *canvas)
{
  WeftLink *link = &canvas->drag.link;
  WeftEnds  ends = ends_at (link, link->refused, link->refused_port);
  g_autoptr (GPtrArray) fixes = g_steal_pointer (&link->fixes);

  weft_canvas_offer_begin (canvas, _ ("This does not fit"), link->refusal);
  g_ptr_array_set_free_func (fixes, NULL);
  for (guint i = 0; i < fixes->len; i++)
    offer_mend (canvas, fixes->pdata[i], &ends, ((WeftFix *) fixes->pdata[i])->title);
  offer_mend (canvas, NULL, &ends, _ ("Connect Anyway"));
  weft_canvas_offer_show (canvas, canvas->drag.x, canvas->drag.y);
}

/* One key while the button is down: the wire is mended and the drag is over. */
gboolean
weft_canvas_link_key (WeftCanvas *canvas, guint keyval)
{
  WeftLink *link = &canvas->drag.link;
  guint     index = keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter ? 0 : keyval - GDK_KEY_1;
  g_autoptr (GPtrArray) fixes = NULL;
  guint32     detached_to = link->detached_to;
  const char *detached_port = link->detached_port;

  if (canvas->drag.kind != WEFT_DRAG_LINK || !link->refusal || !link->fixes ||
      index >= link->fixes->len)
    return FALSE;
  fixes = g_steal_pointer (&link->fixes);
  weft_canvas_cancel (canvas);
  weft_canvas_insert_fix (canvas, fixes->pdata[index], detached_to, detached_port);
  return TRUE;
}

/* ---- Letting go ---- */

/* All wires in the hand come from the target now. */
static void
drop_bundle (WeftCanvas *canvas)
{
  WeftLink        *link = &canvas->drag.link;
  guint            n = link->bundle->len;
  g_autofree char *label =
    g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Move %u Wire", "Move %u Wires", n), n);
  guint32     target = link->target;
  const char *port = link->target_port;
  g_autoptr (GArray) bundle = g_steal_pointer (&link->bundle);
  g_autoptr (GError) error = NULL;

  weft_document_begin (canvas->document, label);
  for (guint i = 0; i < n && !error; i++)
    {
      const WeftEnds *ends = &g_array_index (bundle, WeftEnds, i);

      weft_document_connect (canvas->document, target, port, ends->to, ends->to_port, &error);
    }
  weft_document_end (canvas->document);
  if (error)
    weft_canvas_fail (canvas, error->message);
}

/* Let go on a card that could take the wire at several ports: which? FALSE: it is clear. */
static gboolean
offer_ports (WeftCanvas *canvas, const WeftPendingLink *pending)
{
  WeftLink *link = &canvas->drag.link;
  g_autoptr (GPtrArray) equals = NULL;

  if (!link->on_body || !link->from_output ||
      (weft_canvas_is_selected (canvas, link->uid) && canvas->selection->len > 1))
    return FALSE;
  equals = list_equals (canvas, pending, link->target, link->target_port);
  if (equals->len < 2)
    return FALSE;
  weft_canvas_offer_begin (canvas, _ ("Connect to"), NULL);
  for (guint i = 0; i < equals->len; i++)
    {
      WeftEnds         ends = ends_at (link, link->target, equals->pdata[i]);
      const WeftNode  *node = weft_document_node (canvas->document, link->target);
      g_autofree char *label = g_strdup_printf ("%s.%s", node->id, ends.to_port);

      offer_mend (canvas, NULL, &ends, label);
    }
  weft_canvas_offer_show (canvas, canvas->drag.x, canvas->drag.y);
  return TRUE;
}

/* Lets go: connects, disconnects, or asks what to put here. */
void
weft_canvas_link_drop (WeftCanvas *canvas)
{
  WeftLink       *link = &canvas->drag.link;
  WeftPendingLink pending = { link->uid, link->port, link->from_output, 0, 0 };
  gboolean        moved = link->detached_to && !(link->target == link->detached_to &&
                                          g_strcmp0 (link->target_port, link->detached_port) == 0);
  double          distance =
    MAX (ABS (canvas->drag.x - canvas->drag.start_x), ABS (canvas->drag.y - canvas->drag.start_y));

  if (distance <= WEFT_DRAG_THRESHOLD_PX)
    return;
  if (link->refusal && link->fixes)
    {
      offer_fixes (canvas);
      return;
    }
  if (link->refusal)
    {
      weft_canvas_fail (canvas, link->refusal);
      return;
    }
  if (link->bundle)
    {
      if (link->target)
        drop_bundle (canvas);
    }
  else if (link->target && (moved || !link->detached_to))
    {
      if (offer_ports (canvas, &pending))
        return;
      weft_document_begin (canvas->document, link->detached_to ? _ ("Reconnect") : _ ("Connect"));
      if (link->detached_to)
        weft_document_disconnect (canvas->document, link->detached_to, link->detached_port);
      if (connect_ports (canvas, &pending, link->target, link->target_port) &&
          pending.from_output && weft_canvas_is_selected (canvas, pending.uid))
        weft_canvas_link_others (canvas, pending.uid, link->target);
      weft_document_end (canvas->document);
    }
  else if (!link->target && link->detached_to)
    {
      weft_document_begin (canvas->document, _ ("Disconnect"));
      weft_document_disconnect (canvas->document, link->detached_to, link->detached_port);
      weft_document_end (canvas->document);
    }
  else if (!link->target)
    weft_canvas_search_at (canvas, NULL, canvas->drag.x, canvas->drag.y, &pending);
}

/* Wires @link to the best port of @other; where none fits and need not, to the first open one,
 * whose problem then shows. */
gboolean
weft_canvas_connect_best (WeftCanvas            *canvas,
                          const WeftPendingLink *link,
                          guint32                other,
                          gboolean               must_fit)
{
  const char *port;

  if (canvas->typing)
    weft_typing_update (canvas->typing);
  port = best_port (canvas, link, other, must_fit, NULL, NULL);
  return port && connect_ports (canvas, link, other, port);
}

/* ---- Drawing ---- */

static gboolean
port_place (
  WeftCanvas *canvas, guint32 uid, const char *port, gboolean output, double *x, double *y)
{
  const WeftCanvasNode *node = weft_canvas_find_node (canvas, uid);
  gint                  index = -1;

  if (node)
    index = output ? weft_node_art_find_output (node->art, port)
                   : weft_node_art_find_input (node->art, port);
  if (index < 0)
    return FALSE;
  *x = node->x + (output ? node->art->outputs[index].x : node->art->inputs[index].x);
  *y = node->y + (output ? node->art->outputs[index].y : node->art->inputs[index].y);
  return TRUE;
}

static void
draw_loose (WeftCanvas            *canvas,
            GtkSnapshot           *snapshot,
            const WeftPendingLink *link,
            double                 x,
            double                 y,
            gboolean               wrong)
{
  const WeftType *type = NULL;
  WeftPen         pen = weft_pen_for_snapshot (snapshot);
  WeftStroke      stroke;
  WeftCurve       curve;
  double          px, py;

  if (!port_place (canvas, link->uid, link->port, link->from_output, &px, &py))
    return;
  if (canvas->typing && link->from_output)
    type = weft_typing_output (canvas->typing, link->uid, link->port);
  stroke = weft_wire_stroke (canvas->style->theme, type);
  if (!type)
    stroke.colour = weft_theme_colour (canvas->style->theme, WEFT_ROLE_ACCENT);
  if (wrong)
    stroke.colour = weft_theme_colour (canvas->style->theme, WEFT_ROLE_ERROR);
  weft_canvas_to_view (canvas, px, py, &px, &py);
  weft_canvas_to_view (canvas, x, y, &x, &y);
  stroke.width = MAX (1.5, stroke.width * canvas->zoom);
  curve = link->from_output ? weft_wire_curve (px, py, x, y) : weft_wire_curve (x, y, px, py);
  weft_pen_curve (&pen, &curve, stroke);
  weft_pen_disc (&pen, x, y, 4, stroke.colour);
}

/* The wire from its port to the pointer, or to the port that would take it. */
void
weft_canvas_link_draw (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  WeftLink       *link = &canvas->drag.link;
  WeftPendingLink loose = { link->uid, link->port, link->from_output, 0, 0 };
  double          x, y;

  weft_canvas_from_view (canvas, canvas->drag.x, canvas->drag.y, &x, &y);
  if (link->target && !link->refusal)
    port_place (canvas, link->target, link->target_port, !link->from_output, &x, &y);
  for (guint i = 1; link->bundle && i < link->bundle->len; i++)
    {
      const WeftEnds *ends = &g_array_index (link->bundle, WeftEnds, i);
      WeftPendingLink other = { .uid = ends->to, .port = ends->to_port };

      draw_loose (canvas, snapshot, &other, x, y, link->refusal != NULL);
    }
  for (guint i = 0; link->from_output && !link->detached_to && i < canvas->selection->len; i++)
    {
      const WeftCanvasNode *node =
        weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, i));
      WeftPendingLink other = { .from_output = TRUE };

      if (!node || node->uid == link->uid || node->art->n_outputs == 0 ||
          !weft_canvas_is_selected (canvas, link->uid))
        continue;
      other.uid = node->uid;
      other.port = node->art->outputs[0].name;
      draw_loose (canvas, snapshot, &other, x, y, link->refusal != NULL);
    }
  draw_loose (canvas, snapshot, &loose, x, y, link->refusal != NULL);
}

/* The wire that waits for the search popover. */
void
weft_canvas_link_draw_pending (WeftCanvas *canvas, GtkSnapshot *snapshot)
{
  draw_loose (canvas, snapshot, &canvas->pending, canvas->pending.x, canvas->pending.y, FALSE);
}
