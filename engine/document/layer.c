/* Reading layers. A file that is wrong is left out, with a message: the others still work.
 *
 * What was read is never freed: documents, catalogues and other threads hold parts of it, and a
 * user changes a layer now and then only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/layer.h"

#include "engine/base/file.h"
#include "engine/document/catalogue-private.h"
#include "engine/document/document-private.h"
#include "engine/document/interface.h"
#include "engine/ops/ops.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#define ENDING ".weft"
#define MAX_LAYER_BYTES (4 * 1024 * 1024)

/* One state of affairs: read by any thread, replaced as a whole. */
typedef struct
{
  GPtrArray  *list; /* WeftLayer */
  GHashTable *by_op;
} Layers;

static const char *
intern_member (WeftJson *object, const char *key, const char *otherwise)
{
  return g_intern_string (weft_json_get_string (object, key, otherwise));
}

/* A family of the palette; another one stands among the layers. */
static const char *
read_family (WeftJson *json)
{
  const char *family = weft_json_get_string (json, "family", "layer");

  for (guint i = 0; i < weft_n_op_families; i++)
    if (g_str_equal (weft_op_families[i].key, family))
      return weft_op_families[i].key;
  return "layer";
}

static WeftLayer *
read_layer (const char *path, const char *op, GError **error)
{
  g_autoptr (WeftDocument) document = weft_document_load (path, error);
  const WeftInterface *interface;
  WeftLayer           *layer;
  WeftJson            *json;

  if (document == NULL)
    return NULL;
  json = weft_document_get_member (document, "layer");
  if (weft_json_kind (json) != WEFT_JSON_OBJECT)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT,
                   "%s: the member \"layer\" is missing", path);
      return NULL;
    }
  layer = g_new0 (WeftLayer, 1);
  interface = weft_document_interface (document);
  layer->op = g_intern_string (op);
  layer->title = intern_member (json, "title", op);
  layer->family = read_family (json);
  layer->summary = intern_member (json, "summary", "");
  layer->aliases = intern_member (json, "aliases", "");
  layer->body = intern_member (json, "body", "");
  layer->knobs = weft_json_get (json, "knobs");
  layer->inputs = interface->inputs;
  layer->outputs = interface->outputs;
  layer->document = g_steal_pointer (&document);
  return layer;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names of the layers in @folder, without their ending, sorted. */
static GPtrArray *
list_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray  *names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ENDING) && *name != '.')
      g_ptr_array_add (names, g_strndup (name, strlen (name) - strlen (ENDING)));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
add_layer (Layers *layers, WeftLayer *layer)
{
  g_ptr_array_add (layers->list, layer);
  g_hash_table_insert (layers->by_op, (gpointer) layer->op, layer);
}

static char *
path_of (const char *folder, const char *op)
{
  g_autofree char *file = g_strconcat (op, ENDING, NULL);

  return g_build_filename (folder, file, NULL);
}

static void
read_shipped (Layers *layers)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "layers", NULL);
  g_autoptr (GPtrArray) names = list_folder (folder);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = path_of (folder, g_ptr_array_index (names, i));
      g_autoptr (GError) error = NULL;
      WeftLayer *layer = read_layer (path, g_ptr_array_index (names, i), &error);

      if (layer != NULL)
        add_layer (layers, layer);
      else
        g_warning ("layer left out: %s", error->message);
    }
}

/* ---- The user's ---- */

const char *
weft_layer_folder (void)
{
  static const char *folder;

  if (g_once_init_enter (&folder))
    {
      char *path = g_build_filename (g_get_user_data_dir (), "weft", "layers", NULL);

      g_once_init_leave (&folder, path);
    }
  return folder;
}

static gboolean
check_op (const Layers *layers, const char *op, GError **error)
{
  const WeftLayer *taken = g_hash_table_lookup (layers->by_op, op);
  const char      *problem = NULL;

  if (!weft_document_id_is_valid (op) || g_ascii_isdigit (*op) || *op == '-')
    problem =
      _ ("“%s” cannot name a layer: use letters, digits, _ and -, and begin with a letter.");
  else if (weft_op_find (op) != NULL || weft_op_is_source (op))
    problem = _ ("There is an operation called %s already; choose another name.");
  else if (taken != NULL && !taken->own)
    problem = _ ("Weft has a layer called %s already; choose another name.");
  if (problem == NULL)
    return TRUE;
  if (error != NULL)
    {
      g_autofree char *message = g_strdup_printf (problem, op);
      g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT, message);
    }
  return FALSE;
}

/* The user's layer @op; the one of @before if its file is the same. */
static WeftLayer *
read_own (const Layers *layers, const Layers *before, const char *op, GError **error)
{
  g_autofree char *path = path_of (weft_layer_folder (), op);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *text = NULL;
  WeftLayer       *layer = before != NULL ? g_hash_table_lookup (before->by_op, op) : NULL;

  if (!check_op (layers, op, error) ||
      (bytes = weft_file_read (path, MAX_LAYER_BYTES, error)) == NULL)
    return NULL;
  text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (layer != NULL && layer->own && g_str_equal (layer->text, text))
    return layer;
  layer = read_layer (path, op, error);
  if (layer == NULL)
    return NULL;
  layer->own = TRUE;
  layer->text = g_steal_pointer (&text);
  return layer;
}

static Layers *
read_all (const Layers *before)
{
  Layers *layers = g_new (Layers, 1);
  g_autoptr (GPtrArray) names = list_folder (weft_layer_folder ());

  layers->list = g_ptr_array_new ();
  layers->by_op = g_hash_table_new (g_str_hash, g_str_equal);
  if (before == NULL)
    read_shipped (layers);
  for (guint i = 0; before != NULL && i < before->list->len; i++)
    if (!((WeftLayer *) g_ptr_array_index (before->list, i))->own)
      add_layer (layers, g_ptr_array_index (before->list, i));
  for (guint i = 0; i < names->len; i++)
    {
      g_autoptr (GError) error = NULL;
      WeftLayer *layer = read_own (layers, before, g_ptr_array_index (names, i), &error);

      if (layer != NULL)
        add_layer (layers, layer);
      else
        g_message ("layer left out: %s", error->message);
    }
  return layers;
}

static Layers *current;

static const Layers *
get_layers (void)
{
  static gsize begun;

  if (g_once_init_enter (&begun))
    {
      g_atomic_pointer_set (&current, read_all (NULL));
      g_once_init_leave (&begun, 1);
    }
  return g_atomic_pointer_get (&current);
}

/* weft_layers_reload:
 *
 * Returns: whether something is another. Main thread.
 */
gboolean
weft_layers_reload (void)
{
  static GPtrArray *earlier; /* so that nothing is lost sight of */
  const Layers     *before = get_layers ();
  Layers           *after = read_all (before);
  gboolean          same = before->list->len == after->list->len;

  for (guint i = 0; same && i < after->list->len; i++)
    same = g_ptr_array_index (before->list, i) == g_ptr_array_index (after->list, i);
  if (same)
    {
      g_ptr_array_unref (after->list);
      g_hash_table_unref (after->by_op);
      g_free (after);
      return FALSE;
    }
  if (earlier == NULL)
    earlier = g_ptr_array_new ();
  g_ptr_array_add (earlier, (gpointer) before);
  g_atomic_pointer_set (&current, after);
  return TRUE;
}

/* The definition as a document of its own. */
static WeftDocument *
make_document (WeftDocument *definition, const char *op)
{
  WeftDocument *document = weft_document_new ();
  WeftDocument *root = weft_document_get_root (definition);
  WeftJson     *layer;

  weft_document_copy_content (definition, document, TRUE);
  for (guint i = 0; i < weft_document_n_nodes (definition); i++)
    weft_document_copy_groups (root, weft_document_node_at (definition, i), document);
  layer = weft_json_get (document->extra, "layer");
  if (layer == NULL)
    {
      layer = weft_json_new_object ();
      weft_json_set (document->extra, "layer", layer);
    }
  if (!weft_json_has (layer, "title"))
    weft_json_set_string (layer, "title", *document->title != '\0' ? document->title : op);
  if (!weft_json_has (layer, "family"))
    weft_json_set_string (layer, "family", "layer");
  if (!weft_json_has (layer, "summary"))
    weft_json_set_string (layer, "summary", _ ("A layer of your own"));
  g_free (document->title);
  document->title = g_strdup (weft_json_get_string (layer, "title", op));
  return document;
}

/* weft_layer_save:
 * @definition: a group's document
 * @op: what the layer is called
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT, G_FILE_ERROR.
 */
gboolean
weft_layer_save (WeftDocument *definition, const char *op, GError **error)
{
  g_autoptr (WeftDocument) document = NULL;
  g_autofree char *path = path_of (weft_layer_folder (), op);
  g_autofree char *text = NULL;

  if (!check_op (get_layers (), op, error))
    return FALSE;
  document = make_document (definition, op);
  text = weft_document_to_text (document);
  g_mkdir_with_parents (weft_layer_folder (), 0700);
  if (!weft_file_write_atomic (path, text, strlen (text), error))
    return FALSE;
  weft_catalogue_reload ();
  return TRUE;
}

/* weft_layer_remove:
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT, G_FILE_ERROR.
 */
gboolean
weft_layer_remove (const char *op, GError **error)
{
  const WeftLayer *layer = weft_layer_find (op);
  g_autofree char *path = path_of (weft_layer_folder (), op);
  g_autoptr (GFile) file = g_file_new_for_path (path);

  if (layer == NULL || !layer->own)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT,
                   _ ("%s is no layer of your own."), op);
      return FALSE;
    }
  if (!g_file_delete (file, NULL, error))
    return FALSE;
  weft_catalogue_reload ();
  return TRUE;
}

/* ---- Looking ---- */

/* How many layers there are. Any thread. */
guint
weft_layer_n (void)
{
  return get_layers ()->list->len;
}

/* Layer number @index; static. Any thread. */
const WeftLayer *
weft_layer_at (guint index)
{
  const Layers *layers = get_layers ();

  g_return_val_if_fail (index < layers->list->len, NULL);
  return g_ptr_array_index (layers->list, index);
}

/* The layer that a node's @op names; static, NULL if there is none. Any thread. */
const WeftLayer *
weft_layer_find (const char *op)
{
  return g_hash_table_lookup (get_layers ()->by_op, op);
}

/* The document of layer @op, borrowed, read only; NULL if there is none. Any thread. */
WeftDocument *
weft_layer_document (const char *op)
{
  const WeftLayer *layer = weft_layer_find (op);

  return layer != NULL ? layer->document : NULL;
}
