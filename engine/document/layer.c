/* Reading data/layers. A file that is wrong is left out, with a warning: the others still work.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/layer.h"

#include "engine/base/file.h"
#include "engine/document/interface.h"

#include <string.h>

#define ENDING ".weft"

static const char *
intern_member (WeftJson *object, const char *key, const char *otherwise)
{
  return g_intern_string (weft_json_get_string (object, key, otherwise));
}

static WeftLayer *
read_layer (const char *path, const char *file, GError **error)
{
  g_autofree char *op = g_strndup (file, strlen (file) - strlen (ENDING));
  g_autoptr (WeftDocument) document = weft_document_load (path, error);
  const WeftInterface *interface;

  WeftLayer  *layer;
  WeftJson   *json;
  const char *family;

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
  family = weft_json_get_string (json, "family", "layer");
  layer->op = g_intern_string (op);
  layer->title = intern_member (json, "title", op);
  layer->family = g_intern_string (g_str_equal (family, "layers") ? "layer" : family);
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

static GPtrArray *
read_folder (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "layers", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  GPtrArray  *layers = g_ptr_array_new ();
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ENDING))
      g_ptr_array_add (files, g_strdup (name));
  g_ptr_array_sort (files, compare_names);
  for (guint i = 0; i < files->len; i++)
    {
      g_autofree char *path = g_build_filename (folder, g_ptr_array_index (files, i), NULL);
      g_autoptr (GError) error = NULL;
      WeftLayer *layer = read_layer (path, g_ptr_array_index (files, i), &error);

      if (layer != NULL)
        g_ptr_array_add (layers, layer);
      else
        g_warning ("layer left out: %s", error->message);
    }
  return layers;
}

static GPtrArray *
get_layers (void)
{
  static GPtrArray *layers;

  if (g_once_init_enter (&layers))
    g_once_init_leave (&layers, read_folder ());
  return layers;
}

/* How many layers there are. Any thread. */
guint
weft_layer_n (void)
{
  return get_layers ()->len;
}

/* Layer number @index; static. Any thread. */
const WeftLayer *
weft_layer_at (guint index)
{
  g_return_val_if_fail (index < weft_layer_n (), NULL);
  return g_ptr_array_index (get_layers (), index);
}

/* The layer that a node's @op names; static, NULL if there is none. Any thread. */
const WeftLayer *
weft_layer_find (const char *op)
{
  for (guint i = 0; i < weft_layer_n (); i++)
    if (g_str_equal (weft_layer_at (i)->op, op))
      return weft_layer_at (i);
  return NULL;
}

/* The document of layer @op, borrowed, read only; NULL if there is none. Any thread. */
WeftDocument *
weft_layer_document (const char *op)
{
  const WeftLayer *layer = weft_layer_find (op);

  return layer != NULL ? layer->document : NULL;
}
