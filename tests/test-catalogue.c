/* The catalogue: every entry can be placed, its parameters have good defaults, the search finds
 * what people type; ports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/catalogue.h"

#include "engine/document/layer.h"
#include "engine/ops/ops.h"

#include <string.h>

static void
test_entries (void)
{
  for (guint i = 0; i < weft_catalogue_n (); i++)
    {
      const WeftEntry *entry = weft_catalogue_at (i);
      gboolean         known = FALSE;

      g_test_message ("%s", entry->op);
      g_assert_true (weft_catalogue_find (entry->op) == entry);
      g_assert_cmpuint (strlen (entry->summary), >, 1);
      for (guint k = 0; k < weft_n_op_families; k++)
        known |= g_str_equal (weft_op_families[k].key, entry->family);
      g_assert_true (known);
      g_assert_cmpstr (entry->family, !=, "internal");
    }
  g_assert_cmpuint (weft_catalogue_n (), >, 100);
  g_assert_null (weft_catalogue_find ("cross_entropy_grad"));
  g_assert_null (weft_catalogue_find ("nothing"));
}

/* A default must pass the check that a user's value has to pass. */
static void
test_defaults (void)
{
  for (guint i = 0; i < weft_catalogue_n (); i++)
    {
      const WeftEntry *entry = weft_catalogue_at (i);
      guint            n;
      const WeftParam *params = weft_catalogue_params (entry->op, &n);

      for (guint k = 0; k < n; k++)
        {
          g_autoptr (GError) error = NULL;

          g_test_message ("%s.%s", entry->op, params[k].name);
          if (params[k].otherwise != NULL)
            weft_param_check (&params[k], params[k].otherwise, &error);
          g_assert_no_error (error);
          g_assert_cmpfloat (params[k].minimum, <=, params[k].maximum);
        }
    }
}

static void
assert_first (const char *typed, const char *op)
{
  g_autoptr (GPtrArray) found = weft_catalogue_search (typed);

  g_test_message ("%s", typed);
  g_assert_cmpuint (found->len, >, 0);
  g_assert_cmpstr (((const WeftEntry *) g_ptr_array_index (found, 0))->op, ==, op);
}

static void
test_search (void)
{
  g_autoptr (GPtrArray) all = weft_catalogue_search ("  ");
  g_autoptr (GPtrArray) none = weft_catalogue_search ("zzqqx");

  g_assert_cmpuint (all->len, ==, weft_catalogue_n ());
  g_assert_true (g_ptr_array_index (all, 0) == weft_catalogue_at (0));
  g_assert_cmpuint (none->len, ==, 0);
  assert_first ("softmax", "softmax");
  assert_first ("sof", "softmax");
  assert_first ("Dense", "dense");
  assert_first ("fully", "dense");
  assert_first ("mnist", "dataset");
  assert_first ("entropy", "cross_entropy");
  assert_first ("cross entropy", "cross_entropy");
  assert_first ("cross entr", "cross_entropy");
  assert_first ("mse", "squared_error");
  assert_first ("lsmax", "log_softmax");
}

static WeftPorts *
ports_of (WeftDocument *document, const char *op, WeftJson *params)
{
  g_autoptr (GError) error = NULL;
  guint32 uid = weft_document_add_node (document, op, NULL, params, 0, 0, &error);

  g_assert_no_error (error);
  return weft_document_ports (document, uid);
}

static void
assert_ports (WeftPorts *ports, const char *inputs, const char *outputs)
{
  g_autoptr (GString) in = g_string_new (NULL);
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < ports->n_inputs; i++)
    g_string_append_printf (in, "%s%s", i > 0 ? " " : "", ports->inputs[i].name);
  for (guint i = 0; i < ports->n_outputs; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? " " : "", ports->outputs[i].name);
  g_assert_cmpstr (in->str, ==, inputs);
  g_assert_cmpstr (out->str, ==, outputs);
  weft_ports_free (ports);
}

static WeftJson *
param (const char *name, const char *text)
{
  WeftJson *object = weft_json_new_object ();

  weft_json_set_string (object, name, text);
  return object;
}

static void
test_ports (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();

  assert_ports (ports_of (document, "dataset", param ("data", "digits")), "", "pixels label");
  assert_ports (ports_of (document, "dataset", param ("data", "no such")), "", "");
  assert_ports (ports_of (document, "input", NULL), "", "y");
  assert_ports (ports_of (document, "dense", NULL), "x", "y W b");
  assert_ports (ports_of (document, "matmul", NULL), "a b", "y");
  assert_ports (ports_of (document, "cross_entropy", NULL), "logits labels", "loss");
  assert_ports (ports_of (document, "concat", NULL), "xs0 xs1", "y");
  assert_ports (ports_of (document, "getitem", param ("index", "i, 1:")), "x i", "y");
  assert_ports (ports_of (document, "expression", NULL), "x", "out");
  assert_ports (ports_of (document, "expression", param ("text", "1e-4 * sum(W**2) + b")), "W b",
                "out");
  assert_ports (ports_of (document, "expression", param ("text", "u = a + 1; v = u * u")), "a",
                "u v");
  assert_ports (ports_of (document, "expression", param ("text", "u = a + 1; u * u")), "a", "out");
  assert_ports (ports_of (document, "expression", param ("text", "1 +")), "", "");
  assert_ports (weft_document_ports (document, 123456), "", "");
}

/* One more port than is wired. */
static void
test_variadic (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autoptr (GError) error = NULL;
  guint32 x = weft_document_add_node (document, "input", "x", NULL, 0, 0, &error);
  guint32 all = weft_document_add_node (document, "concat", "all", NULL, 0, 0, &error);

  g_assert_true (weft_document_connect (document, x, "y", all, "xs0", &error));
  g_assert_true (weft_document_connect (document, x, "y", all, "xs1", &error));
  g_assert_no_error (error);
  assert_ports (weft_document_ports (document, all), "xs0 xs1 xs2", "y");
}

static void
test_layers (void)
{
  const WeftLayer *dense = weft_layer_find ("dense");

  g_assert_nonnull (dense);
  g_assert_cmpstr (dense->body, ==, "activation(x @ W + b)");
  g_assert_true (weft_layer_document ("dense") == dense->document);
  g_assert_null (weft_layer_document ("relu"));
  g_assert_cmpstr (weft_catalogue_find ("dense")->family, ==, "layer");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/document/catalogue/entries", test_entries);
  g_test_add_func ("/document/catalogue/defaults", test_defaults);
  g_test_add_func ("/document/catalogue/search", test_search);
  g_test_add_func ("/document/catalogue/layers", test_layers);
  g_test_add_func ("/document/ports/kinds", test_ports);
  g_test_add_func ("/document/ports/variadic", test_variadic);
  return g_test_run ();
}
