/* What the Outline lists.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/outline/outline-item.h"

#include <glib/gi18n.h>

#include "engine/document/catalogue.h"

G_DEFINE_FINAL_TYPE (WeftOutlineItem, weft_outline_item, G_TYPE_OBJECT)

static guint changed_signal;

static void
weft_outline_item_finalize (GObject *object)
{
  WeftOutlineItem *item = WEFT_OUTLINE_ITEM (object);
  g_free (item->key);
  g_free (item->title);
  g_free (item->about);
  g_clear_object (&item->children);
  G_OBJECT_CLASS (weft_outline_item_parent_class)->finalize (object);
}

static void
weft_outline_item_class_init (WeftOutlineItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_outline_item_finalize;
  changed_signal = g_signal_new ("changed", WEFT_TYPE_OUTLINE_ITEM, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_outline_item_init (WeftOutlineItem *item)
{
}

static WeftOutlineItem *
new_item (WeftOutlineKind kind, guint32 uid, char *key, char *title, char *about)
{
  WeftOutlineItem *item = g_object_new (WEFT_TYPE_OUTLINE_ITEM, NULL);
  item->kind = kind;
  item->uid = uid;
  item->key = key;
  item->title = title;
  item->about = about;
  return item;
}

/* ---- A list follows what is wanted ---- */

static void
take_texts (WeftOutlineItem *item, WeftOutlineItem *from)
{
  if (g_str_equal (item->title, from->title) && g_strcmp0 (item->about, from->about) == 0 &&
      item->wrong == from->wrong)
    return;
  g_free (item->title);
  g_free (item->about);
  item->title = g_steal_pointer (&from->title);
  item->about = g_steal_pointer (&from->about);
  item->wrong = from->wrong;
  g_signal_emit (item, changed_signal, 0);
}

static gboolean
same_at (GListStore *store, guint i, GPtrArray *wanted, guint k)
{
  g_autoptr (WeftOutlineItem) item = g_list_model_get_item (G_LIST_MODEL (store), i);
  WeftOutlineItem *other = wanted->pdata[k];
  return g_str_equal (item->key, other->key);
}

/* Items that stay are the same objects, so that what is open stays open; only what lies between the
 * first and the last difference comes and goes. */
static void
sync_list (GListStore *store, GPtrArray *wanted)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (store)), head = 0, tail = 0;
  g_autoptr (GHashTable) known =
    g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  for (guint i = 0; i < n; i++)
    {
      WeftOutlineItem *item = g_list_model_get_item (G_LIST_MODEL (store), i);
      g_hash_table_insert (known, item->key, item);
    }
  while (head < MIN (n, wanted->len) && same_at (store, head, wanted, head))
    head++;
  while (tail < MIN (n, wanted->len) - head &&
         same_at (store, n - 1 - tail, wanted, wanted->len - 1 - tail))
    tail++;
  for (guint k = 0; k < wanted->len; k++)
    {
      WeftOutlineItem *old =
        g_hash_table_lookup (known, ((WeftOutlineItem *) wanted->pdata[k])->key);
      if (old == NULL)
        continue;
      take_texts (old, wanted->pdata[k]);
      g_set_object ((WeftOutlineItem **) &wanted->pdata[k], old);
    }
  if (n - head - tail > 0 || wanted->len - head - tail > 0)
    g_list_store_splice (store, head, n - head - tail, wanted->pdata + head,
                         wanted->len - head - tail);
}

/* ---- Ports and their wires ---- */

static GPtrArray *
list_wires (const WeftOutlineItem *port, WeftDocument *document)
{
  GPtrArray *wires = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      guint32         near = port->output ? wire->from : wire->to;
      const char     *near_port = port->output ? wire->from_port : wire->to_port;
      if (near != port->uid || !g_str_equal (near_port, port->port))
        continue;
      guint32         far = port->output ? wire->to : wire->from;
      const WeftNode *node = weft_document_node (document, far);
      const char     *far_port = port->output ? wire->to_port : wire->from_port;
      /* Translators: where a wire goes to, or comes from: a node and its port */
      char *title = g_strdup_printf (port->output ? _ ("wire to %s.%s") : _ ("wire from %s.%s"),
                                     node->id, far_port);
      WeftOutlineItem *item = new_item (WEFT_OUTLINE_WIRE, wire->to,
                                        g_strdup_printf ("%u.%s", far, far_port), title, NULL);
      item->port = g_intern_string (wire->to_port);
      item->far = far;
      g_ptr_array_add (wires, item);
    }
  return wires;
}

static void
add_port (GPtrArray *ports, guint32 uid, const char *name, gboolean output, const WeftType *type)
{
  char            *title = g_strdup_printf (output ? _ ("output %s") : _ ("input %s"), name);
  WeftOutlineItem *item =
    new_item (WEFT_OUTLINE_PORT, uid, g_strdup_printf ("%c%s", output ? 'o' : 'i', name), title,
              type != NULL ? weft_type_to_string (type) : NULL);
  item->output = output;
  item->port = g_intern_string (name);
  g_ptr_array_add (ports, item);
}

static GPtrArray *
list_ports (guint32 uid, WeftDocument *document, WeftTyping *typing)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);
  for (guint i = 0; i < ports->n_inputs; i++)
    add_port (list, uid, ports->inputs[i].name, FALSE,
              typing != NULL ? weft_typing_input (typing, uid, ports->inputs[i].name) : NULL);
  for (guint i = 0; i < ports->n_outputs; i++)
    add_port (list, uid, ports->outputs[i].name, TRUE,
              typing != NULL ? weft_typing_output (typing, uid, ports->outputs[i].name) : NULL);
  return list;
}

static void
fill_children (WeftOutlineItem *item, WeftDocument *document, WeftTyping *typing)
{
  g_autoptr (GPtrArray) wanted = item->kind == WEFT_OUTLINE_NODE
                                   ? list_ports (item->uid, document, typing)
                                   : list_wires (item, document);
  sync_list (item->children, wanted);
}

/**
 * weft_outline_item_dup_children:
 * @item: an item
 * @document: the document
 * @typing: (nullable): its types
 *
 * Returns: (transfer full) (nullable): a node's ports, a port's wires; from now on they follow
 *   weft_outline_update()
 */
GListModel *
weft_outline_item_dup_children (WeftOutlineItem *item, WeftDocument *document, WeftTyping *typing)
{
  if (item->kind == WEFT_OUTLINE_WIRE)
    return NULL;
  if (item->children == NULL)
    {
      item->children = g_list_store_new (WEFT_TYPE_OUTLINE_ITEM);
      fill_children (item, document, typing);
    }
  return g_object_ref (G_LIST_MODEL (item->children));
}

/* ---- Nodes ---- */

static WeftOutlineItem *
item_of_node (const WeftNode *node, WeftTyping *typing)
{
  const WeftProblem *problem = typing != NULL ? weft_typing_node_problem (typing, node->uid) : NULL;
  const WeftEntry   *entry = weft_catalogue_find (node->op);
  g_autofree char   *kind =
    entry != NULL ? g_strdelimit (g_strdup (entry->title), "_", ' ') : g_strdup (node->op);
  WeftOutlineItem *item =
    new_item (WEFT_OUTLINE_NODE, node->uid, g_strdup_printf ("%u", node->uid), g_strdup (node->id),
              problem != NULL ? g_strdup_printf (_ ("%s: %s"), kind, problem->message)
                              : g_strdup (kind));
  item->wrong = problem != NULL;
  return item;
}

/* Sources first; what a node needs stands above it. Nodes of a circle, if there were one, last. */
static GPtrArray *
list_nodes (WeftDocument *document, WeftTyping *typing)
{
  guint      n = weft_document_n_nodes (document), n_wires = weft_document_n_wires (document);
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) places = g_hash_table_new (NULL, NULL);
  g_autofree guint *open = g_new0 (guint, n + 1), *first = g_new0 (guint, n + 2);
  g_autofree guint *targets = g_new0 (guint, n_wires + 1), *queue = g_new0 (guint, n + 1);
  guint             head = 0, tail = 0;
  for (guint i = 0; i < n; i++)
    g_hash_table_insert (places, GUINT_TO_POINTER (weft_document_node_at (document, i)->uid),
                         GUINT_TO_POINTER (i));
#define PLACE(uid) GPOINTER_TO_UINT (g_hash_table_lookup (places, GUINT_TO_POINTER (uid)))
  for (guint i = 0; i < n_wires; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      open[PLACE (wire->to)]++;
      first[PLACE (wire->from) + 2]++;
    }
  for (guint i = 2; i < n + 2; i++)
    first[i] += first[i - 1];
  for (guint i = 0; i < n_wires; i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      targets[first[PLACE (wire->from) + 1]++] = PLACE (wire->to);
    }
#undef PLACE
  for (guint i = 0; i < n; i++)
    if (open[i] == 0)
      queue[tail++] = i;
  for (; head < tail; head++)
    for (guint k = first[queue[head]]; k < first[queue[head] + 1]; k++)
      if (--open[targets[k]] == 0)
        queue[tail++] = targets[k];
  for (guint i = 0; i < n && tail < n; i++)
    if (open[i] > 0)
      queue[tail++] = i;
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (list, item_of_node (weft_document_node_at (document, queue[i]), typing));
  return list;
}

/**
 * weft_outline_update:
 * @nodes: a store of items
 * @document: (nullable): the document; NULL: nothing is listed
 * @typing: (nullable): its types, up to date
 *
 * Brings the nodes, and what was looked at of their ports and wires, up to date.
 */
void
weft_outline_update (GListStore *nodes, WeftDocument *document, WeftTyping *typing)
{
  if (document == NULL)
    {
      g_list_store_remove_all (nodes);
      return;
    }
  g_autoptr (GPtrArray) wanted = list_nodes (document, typing);
  sync_list (nodes, wanted);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (nodes)); i++)
    {
      g_autoptr (WeftOutlineItem) node = g_list_model_get_item (G_LIST_MODEL (nodes), i);
      if (node->children == NULL)
        continue;
      fill_children (node, document, typing);
      for (guint k = 0; k < g_list_model_get_n_items (G_LIST_MODEL (node->children)); k++)
        {
          g_autoptr (WeftOutlineItem) port =
            g_list_model_get_item (G_LIST_MODEL (node->children), k);
          if (port->children != NULL)
            fill_children (port, document, typing);
        }
    }
}
