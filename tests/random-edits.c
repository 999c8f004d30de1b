/* Random edits: a table of what people do, with how often they do it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/random-edits.h"

#include "engine/document/lesson.h"
#include "engine/document/catalogue.h"

/* Larger documents would make the edits slow, not more telling. */
#define MAX_NODES 60
#define MAX_GROUPS 6

typedef struct
{
  WeftDocument *root, *at; /* the edit is made in one of the root's definitions, or in the root */
  GRand        *rand;
} Hand;

static guint
below (Hand *hand, guint n)
{
  return (guint) g_rand_int_range (hand->rand, 0, (gint32) MAX (n, 1));
}

static double
place (Hand *hand)
{
  return below (hand, 4) == 0 ? g_rand_double_range (hand->rand, -500, 2000)
                              : 20.0 * below (hand, 100);
}

static guint32
some_node (Hand *hand)
{
  guint n = weft_document_n_nodes (hand->at);

  return n > 0 ? weft_document_node_at (hand->at, below (hand, n))->uid : 0;
}

/* Up to @most different nodes; the caller owns them. */
static GArray *
some_nodes (Hand *hand, guint most)
{
  GArray *uids = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint   n = 1 + below (hand, most);

  for (guint i = 0; i < n && weft_document_n_nodes (hand->at) > 0; i++)
    {
      guint32  uid = some_node (hand);
      gboolean known = FALSE;

      for (guint k = 0; k < uids->len; k++)
        known |= g_array_index (uids, guint32, k) == uid;
      if (!known)
        g_array_append_val (uids, uid);
    }
  return uids;
}

static const guint32 *
numbers (const GArray *uids)
{
  return (const guint32 *) (gpointer) uids->data;
}

static const WeftWire *
some_wire (Hand *hand)
{
  guint n = weft_document_n_wires (hand->at);

  return n > 0 ? weft_document_wire_at (hand->at, below (hand, n)) : NULL;
}

static const char *const TEXTS[] = { "a + b", "x @ W + 1", "tanh(x) * y", "softmax(x, axis=-1)",
                                     "x[0] + sum(h**2)", "not an (expression" };
static const char *const OPS[] = { "dense", "relu", "add", "matmul", "softmax",
                                   "expression", "input", "constant", "parameter", "tanh",
                                   "dropout", "output", "scan", "reshape", "sum",
                                   "update", "dataset", "shared" };

static const char *
some_op (Hand *hand)
{
  return below (hand, 4) > 0 ? OPS[below (hand, G_N_ELEMENTS (OPS))]
                             : weft_catalogue_at (below (hand, weft_catalogue_n ()))->op;
}

static WeftJson *
some_value (Hand *hand)
{
  WeftJson *list;

  switch (below (hand, 7))
    {
    case 0:
      return weft_json_new_int (below (hand, 300));
    case 1:
      return weft_json_new_number (g_rand_double (hand->rand));
    case 2:
      return weft_json_new_bool (below (hand, 2) == 0);
    case 3:
      return weft_json_new_string (TEXTS[below (hand, G_N_ELEMENTS (TEXTS))]);
    case 4:
      return weft_json_new_string ("(batch, 12) “tekst”\n");
    case 5:
      list = weft_json_new_array ();
      weft_json_append (list, weft_json_new_int (below (hand, 9)));
      weft_json_append (list, weft_json_new_string ("n"));
      return list;
    default:
      return NULL;
    }
}

/* ---- Nodes and wires ---- */

static void
add (Hand *hand)
{
  const char *op = some_op (hand);
  WeftJson   *params = NULL;

  if (weft_document_n_nodes (hand->at) >= MAX_NODES)
    return;
  if (g_str_equal (op, "expression"))
    {
      params = weft_json_new_object ();
      weft_json_set_string (params, "text", TEXTS[below (hand, G_N_ELEMENTS (TEXTS))]);
    }
  weft_document_add_node (hand->at, op, below (hand, 3) == 0 ? "zwölf" : NULL, params, place (hand),
                          place (hand), NULL);
}

static void
remove_some (Hand *hand)
{
  g_autoptr (GArray) uids = some_nodes (hand, 3);

  weft_document_remove_nodes (hand->at, numbers (uids), uids->len);
}

static void
rename_one (Hand *hand)
{
  static const char *const NAMES[] = { "a", "b1", "hidden", "größe", "no good" };

  if (some_node (hand) != 0)
    weft_document_rename_node (hand->at, some_node (hand),
                               NAMES[below (hand, G_N_ELEMENTS (NAMES))], NULL);
}

static void
set_param (Hand *hand)
{
  guint32          uid = some_node (hand);
  const WeftNode  *node = weft_document_node (hand->at, uid);
  guint            n = 0;
  const WeftParam *params = node != NULL ? weft_document_params (hand->at, node->op, &n) : NULL;

  if (n > 0)
    weft_document_set_param (hand->at, uid, params[below (hand, n)].name, some_value (hand), NULL);
}

/* A drag: many moves, with a look elsewhere between. */
static void
drag (Hand *hand)
{
  g_autoptr (GArray) uids = some_nodes (hand, 5);
  guint n = 1 + below (hand, 4);

  weft_document_begin (hand->root, "Drag");
  for (guint i = 0; i < n; i++)
    weft_document_move_nodes (hand->at, numbers (uids), uids->len, place (hand) / 7,
                              place (hand) / 3);
  weft_document_end (hand->root);
}

static void
connect_some (Hand *hand)
{
  guint32 from = some_node (hand), to = some_node (hand);
  g_autoptr (WeftPorts) outs = from != 0 ? weft_document_ports (hand->at, from) : NULL;
  g_autoptr (WeftPorts) ins = to != 0 ? weft_document_ports (hand->at, to) : NULL;

  if (outs != NULL && ins != NULL && outs->n_outputs > 0 && ins->n_inputs > 0)
    weft_document_connect (hand->at, from, outs->outputs[below (hand, outs->n_outputs)].name, to,
                           ins->inputs[below (hand, ins->n_inputs)].name, NULL);
}

static void
disconnect (Hand *hand)
{
  const WeftWire *wire = some_wire (hand);

  if (wire != NULL)
    weft_document_disconnect (hand->at, wire->to, wire->to_port);
}

static void
replace (Hand *hand)
{
  if (some_node (hand) != 0)
    weft_document_replace_node (hand->at, some_node (hand), some_op (hand), NULL, NULL);
}

static void
take_apart (Hand *hand)
{
  g_autoptr (GArray) made =
    some_node (hand) != 0 ? weft_document_explode (hand->at, some_node (hand), NULL) : NULL;
}

static void
join (Hand *hand)
{
  g_autoptr (GArray) uids = some_nodes (hand, 4);

  if (uids->len > 0)
    weft_document_collapse (hand->at, numbers (uids), uids->len, NULL);
}

static void
copy_and_paste (Hand *hand)
{
  g_autoptr (GArray) uids = some_nodes (hand, 4);
  g_autofree char *text = NULL;
  g_autoptr (GArray) made = NULL;

  if (uids->len == 0 || weft_document_n_nodes (hand->at) >= MAX_NODES)
    return;
  text = weft_document_copy (hand->at, numbers (uids), uids->len);
  made = weft_document_paste (hand->at, text, place (hand), 10, NULL);
}

/* ---- Looks ---- */

static void
set_flag (Hand *hand)
{
  g_autoptr (GArray) uids = some_nodes (hand, 3);

  if (uids->len > 0)
    weft_document_set_flag (hand->at, numbers (uids), uids->len, 1 << below (hand, 4),
                            below (hand, 2) == 0, NULL, NULL);
}

static void
set_route (Hand *hand)
{
  const WeftWire *wire = some_wire (hand);
  double          dots[3][2];
  guint           n = below (hand, 4);

  if (wire == NULL)
    return;
  for (guint i = 0; i < n; i++)
    dots[i][0] = place (hand), dots[i][1] = place (hand);
  if (below (hand, 3) == 0)
    weft_document_set_tag (hand->at, wire->to, wire->to_port, below (hand, 2) == 0);
  else
    weft_document_set_dots (hand->at, wire->to, wire->to_port, dots, n);
}

static void
note (Hand *hand)
{
  guint            n = weft_document_n_notes (hand->at);
  g_autofree char *id =
    n > 0 ? g_strdup (weft_document_note_at (hand->at, below (hand, n))->id) : NULL;

  switch (id == NULL ? 0 : n > 8 ? 3
                                 : below (hand, 4))
    {
    case 0:
      weft_document_add_note (hand->at, "A note\n**bold**", place (hand), place (hand), 200, 80);
      break;
    case 1:
      weft_document_add_frame (hand->at, "Rahmen", place (hand), place (hand), 500, 300);
      break;
    case 2:
      weft_document_set_note (hand->at, id, "changed", place (hand), place (hand), 300, 90);
      break;
    default:
      weft_document_remove_note (hand->at, id);
    }
}

/* ---- The document ---- */

static void
training (Hand *hand)
{
  static const char *const KEYS[] = { "rate", "batch", "rule", "loss", "odd" };

  weft_document_set_training (hand->at, KEYS[below (hand, G_N_ELEMENTS (KEYS))], some_value (hand));
}

static void
title (Hand *hand)
{
  g_autofree char *text = g_strdup_printf ("Title %u", below (hand, 100));

  weft_document_set_title (hand->root, text);
}

static void
lesson (Hand *hand)
{
  WeftJson *new = weft_json_new_object (), *steps = weft_json_new_array (),
           *step = weft_json_new_object ();
  g_autofree char *text = g_strdup_printf ("Text %u", below (hand, 100));

  weft_json_set_string (step, "text", text);
  weft_json_append (steps, step);
  weft_json_set (new, "steps", steps);
  if (below (hand, 4) == 0)
    {
      weft_json_unref (new);
      new = NULL;
    }
  weft_document_set_lesson (hand->root, new, NULL);
}

/* ---- Groups ---- */

static const char *
some_group (Hand *hand)
{
  guint n = weft_document_n_groups (hand->root);

  return n > 0 ? weft_document_get_group_name (weft_document_group_at (hand->root, below (hand, n)))
               : NULL;
}

static void
group (Hand *hand)
{
  g_autoptr (GArray) uids = some_nodes (hand, 5);

  if (uids->len > 0 && weft_document_n_groups (hand->root) < MAX_GROUPS)
    weft_document_create_group (hand->at, numbers (uids), uids->len, NULL, NULL);
}

static void
ungroup (Hand *hand)
{
  g_autoptr (GArray) made =
    some_node (hand) != 0 ? weft_document_ungroup (hand->at, some_node (hand), NULL) : NULL;
}

static void
make_unique (Hand *hand)
{
  if (some_node (hand) != 0 && weft_document_n_groups (hand->root) < MAX_GROUPS)
    weft_document_make_unique (hand->at, some_node (hand), NULL, NULL);
}

static void
change_group (Hand *hand)
{
  g_autofree char *name = g_strdup (some_group (hand));
  g_autofree char *op = g_strconcat ("group:", name, NULL);

  if (name == NULL)
    {
      weft_document_add_group (hand->root, "cell", NULL);
      return;
    }
  switch (below (hand, 4))
    {
    case 0:
      weft_document_rename_group (hand->root, name, below (hand, 2) == 0 ? "cell" : "norm7", NULL);
      break;
    case 1:
      weft_document_remove_group (hand->root, name, NULL);
      break;
    case 2:
      weft_document_set_layer (weft_document_get_group (hand->root, name), "summary",
                               some_value (hand), NULL);
      break;
    default:
      weft_document_add_node (hand->at, op, NULL, NULL, place (hand), place (hand), NULL);
    }
}

static void
open_step (Hand *hand)
{
  if (some_node (hand) != 0)
    weft_document_step_to_group (hand->at, some_node (hand), "step", NULL);
}

/* ---- Steps ---- */

static void
undo (Hand *hand)
{
  weft_document_undo (hand->root);
}

static void
redo (Hand *hand)
{
  weft_document_redo (hand->root);
}

/* Several edits as one step. */
static void
macro (Hand *hand)
{
  weft_document_begin (hand->root, "Several");
  add (hand);
  connect_some (hand);
  drag (hand);
  rename_one (hand);
  set_route (hand);
  group (hand);
  connect_some (hand);
  weft_document_end (hand->root);
}

static const struct
{
  void (*edit) (Hand *hand);
  guint often;
} EDITS[] = {
  { add, 12 },
  { remove_some, 4 },
  { rename_one, 4 },
  { set_param, 10 },
  { drag, 10 },
  { connect_some, 12 },
  { disconnect, 3 },
  { replace, 3 },
  { take_apart, 4 },
  { join, 3 },
  { copy_and_paste, 3 },
  { set_flag, 5 },
  { set_route, 5 },
  { note, 5 },
  { training, 4 },
  { title, 1 },
  { lesson, 1 },
  { group, 3 },
  { ungroup, 2 },
  { make_unique, 1 },
  { change_group, 4 },
  { open_step, 1 },
  { undo, 20 },
  { redo, 15 },
  { macro, 2 },
};

void
weft_random_edit (WeftDocument *document, GRand *rand)
{
  Hand  hand = { document, document, rand };
  guint n_groups = weft_document_n_groups (document), sum = 0, drawn, row = 0;

  if (n_groups > 0 && below (&hand, 3) == 0)
    hand.at = weft_document_group_at (document, below (&hand, n_groups));
  for (guint i = 0; i < G_N_ELEMENTS (EDITS); i++)
    sum += EDITS[i].often;
  drawn = below (&hand, sum);
  while (drawn >= EDITS[row].often)
    drawn -= EDITS[row++].often;
  EDITS[row].edit (&hand);
}

WeftDocument *
weft_random_edit_begin (GRand *rand)
{
  g_autoptr (WeftDocument) drawn = weft_document_new ();
  Hand             hand = { drawn, drawn, rand };
  g_autofree char *text = NULL;

  for (guint i = 0; i < 8; i++)
    add (&hand);
  for (guint i = 0; i < 8; i++)
    connect_some (&hand);
  group (&hand);
  text = weft_document_to_text (drawn);
  return weft_document_parse (text, -1, "random", NULL);
}

char *
weft_random_states (WeftDocument *document)
{
  GString *out = g_string_new (NULL);
  guint    n_undone = 0, n_redone = 0;

  while (weft_document_undo (document))
    n_undone++;
  do
    {
      g_autofree char *text = weft_document_to_text (document);
      const char      *label = weft_document_get_undo_label (document);

      g_string_append_printf (out, "%s%s (%s)\n%s", n_redone == n_undone ? "NOW " : "",
                              label != NULL ? label : "",
                              weft_document_get_modified (document) ? "modified" : "saved", text);
      n_redone++;
    }
  while (weft_document_redo (document));
  while (--n_redone > n_undone)
    weft_document_undo (document);
  return g_string_free (out, FALSE);
}
