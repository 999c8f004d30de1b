/* What people wire to what.
 *
 * The file has a line for each pair: "dense relu 3.2". It is read at the first question and written
 * when there is time after a note; a file that cannot be written is no reason to disturb anybody.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/link-habits.h"

#include <stdlib.h>
#include <string.h>

#define DECAY 0.8
#define FORGOTTEN 0.05 /* less is left out of the file */
#define MAX_LINES 2000
/* Any source says a fifth of what the same source would say. */
#define ANY_SHARE 0.2

/* Known from the beginning. "*" is any source. */
static const struct
{
  const char *from, *to;
  double      rate;
} usual[] = {
  /* clang-format off */
  { "dataset", "dense", 1.0 },       { "dataset", "conv2d", 0.6 },      { "dataset", "flatten", 0.5 },
  { "dataset", "embedding", 0.5 },   { "dataset", "lstm", 0.3 },        { "input", "dense", 1.0 },
  { "input", "conv2d", 0.6 },        { "input", "expression", 0.4 },    { "dense", "relu", 1.0 },
  { "dense", "dense", 0.9 },         { "dense", "cross_entropy", 0.8 }, { "dense", "dropout", 0.6 },
  { "dense", "tanh", 0.5 },          { "dense", "softmax", 0.5 },       { "dense", "accuracy", 0.4 },
  { "dense", "squared_error", 0.4 }, { "conv2d", "relu", 1.0 },         { "conv2d", "max_pool2d", 0.9 },
  { "conv2d", "batch_norm", 0.7 },   { "batch_norm", "relu", 1.0 },     { "relu", "dense", 1.0 },
  { "relu", "conv2d", 0.8 },         { "relu", "max_pool2d", 0.7 },     { "relu", "dropout", 0.6 },
  { "max_pool2d", "conv2d", 1.0 },   { "max_pool2d", "flatten", 0.9 },  { "flatten", "dense", 1.0 },
  { "dropout", "dense", 1.0 },       { "embedding", "lstm", 1.0 },      { "embedding", "gru", 0.9 },
  { "embedding", "transformer_block", 0.9 }, { "lstm", "dense", 1.0 },  { "gru", "dense", 1.0 },
  { "matmul", "add", 1.0 },          { "add", "relu", 0.7 },            { "add", "tanh", 0.6 },
  { "tanh", "dense", 1.0 },          { "parameter", "matmul", 1.0 },    { "parameter", "expression", 0.9 },
  { "*", "dense", 0.50 },            { "*", "relu", 0.48 },             { "*", "expression", 0.46 },
  { "*", "reshape", 0.44 },          { "*", "add", 0.42 },              { "*", "mul", 0.40 },
  { "*", "mean", 0.38 },             { "*", "matmul", 0.36 },           { "*", "tanh", 0.34 },
  { "*", "softmax", 0.32 },          { "*", "cross_entropy", 0.30 },    { "*", "flatten", 0.28 },
  { "*", "transpose", 0.26 },        { "*", "sum", 0.24 },              { "*", "output", 0.22 },
  { "*", "dropout", 0.20 },          { "*", "sigmoid", 0.18 },          { "*", "concat", 0.16 },
  /* clang-format on */
};

static GHashTable *rates; /* "from to" -> double *, NULL: not read yet */
static guint       write_id;

/* All groups of documents are one: their names mean nothing elsewhere. */
static const char *
short_op (const char *op)
{
  return g_str_has_prefix (op, "group:") ? "group" : op;
}

static char *
key_of (const char *from, const char *to)
{
  return g_strdup_printf ("%s %s", short_op (from), short_op (to));
}

static void
raise_by (const char *from, const char *to, double by)
{
  g_autofree char *key = key_of (from, to);
  double          *rate = g_hash_table_lookup (rates, key);

  if (!rate)
    {
      rate = g_new0 (double, 1);
      g_hash_table_insert (rates, g_steal_pointer (&key), rate);
    }
  *rate += by;
}

static char *
file_name (void)
{
  return g_build_filename (g_get_user_state_dir (), "weft", "links", NULL);
}

static void
read_line (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  double rate = g_strv_length (words) == 3 ? g_ascii_strtod (words[2], NULL) : 0;

  if (rate > 0 && rate < 1e6 && *words[0] && *words[1])
    raise_by (words[0], words[1], rate * DECAY);
}

static void
read_rates (void)
{
  g_autofree char *name = file_name ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (rates)
    return;
  rates = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!g_file_get_contents (name, &text, NULL, NULL) || !g_utf8_validate (text, -1, NULL))
    return;
  lines = g_strsplit (text, "\n", MAX_LINES);
  for (guint i = 0; lines[i]; i++)
    read_line (lines[i]);
}

static gboolean
write_cb (gpointer data)
{
  g_autofree char *name = file_name ();
  g_autofree char *folder = g_path_get_dirname (name);
  g_autoptr (GString) text = g_string_new (NULL);
  GHashTableIter iter;
  gpointer       key, rate;

  write_id = 0;
  g_hash_table_iter_init (&iter, rates);
  while (g_hash_table_iter_next (&iter, &key, &rate))
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      if (*(double *) rate < FORGOTTEN)
        continue;
      g_ascii_formatd (number, sizeof number, "%.4g", *(double *) rate);
      g_string_append_printf (text, "%s %s\n", (char *) key, number);
    }
  if (g_mkdir_with_parents (folder, 0700) == 0)
    g_file_set_contents (name, text->str, (gssize) text->len, NULL);
  return G_SOURCE_REMOVE;
}

void
weft_habits_note (const char *from, const char *to)
{
  read_rates ();
  raise_by (from, to, 1);
  if (write_id == 0)
    write_id = g_idle_add_full (G_PRIORITY_LOW, write_cb, NULL, NULL);
}

double
weft_habits_rate (const char *from, const char *to)
{
  g_autofree char *key = key_of (from, to);
  const double    *learnt;
  double           rate;

  read_rates ();
  learnt = g_hash_table_lookup (rates, key);
  rate = learnt ? *learnt : 0;
  for (guint i = 0; i < G_N_ELEMENTS (usual); i++)
    if (g_str_equal (usual[i].to, to))
      rate += g_str_equal (usual[i].from, from) ? usual[i].rate
              : *usual[i].from == '*'           ? usual[i].rate * ANY_SHARE
                                                : 0;
  return rate;
}

void
weft_habits_flush (void)
{
  if (write_id != 0)
    {
      g_source_remove (write_id);
      write_cb (NULL);
    }
  g_clear_pointer (&rates, g_hash_table_unref);
}
