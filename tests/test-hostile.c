/* Documents damaged at random, in this process: read, typed and lowered, or refused; never a crash.
 * The named mistakes are in test-hostile.py.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/lower.h"
#include "engine/ops/ops.h"
#include "engine/train/training.h"

#include <string.h>

/* A fixed seed repeats the run; $WEFT_FUZZ_ROUNDS makes it longer. */
#define SEED 20
#define ROUNDS 400

static guint
rounds (void)
{
  const char *text = g_getenv ("WEFT_FUZZ_ROUNDS");

  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : ROUNDS;
}

/* What the program does with any file it is given. */
static gboolean
try_text (const char *text, gsize length)
{
  g_autoptr (GError) error = NULL, training_error = NULL;
  g_autoptr (WeftDocument) document =
    weft_document_parse (text, (gssize) length, "damaged", &error);
  g_autoptr (WeftLowered) lowered = NULL;
  g_autoptr (WeftTraining) training = NULL;
  g_autofree char *again = NULL;

  g_assert_true ((document == NULL) == (error != NULL));
  if (document == NULL)
    {
      g_assert_true (g_str_has_prefix (error->message, "damaged:"));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return FALSE;
    }
  lowered = weft_document_lower (document, &(WeftLowerOptions){ .no_init = TRUE });
  for (guint i = 0; i < lowered->problems->len; i++)
    g_assert_cmpuint (strlen (((WeftProblem *) lowered->problems->pdata[i])->message), >, 0);
  training = weft_training_new (document, &training_error);
  g_assert_true ((training == NULL) == (training_error != NULL));
  again = weft_document_to_text (document);
  {
    g_autoptr (WeftDocument) second = weft_document_parse (again, -1, "again", &error);
    g_autofree char *third = NULL;

    g_assert_no_error (error); /* what was written can be read */
    third = weft_document_to_text (second);
    g_assert_cmpstr (again, ==, third);
  }
  return TRUE;
}

/* ---- Bytes ---- */

static void
damage_bytes (GRand *rand, GString *text)
{
  static const char *const pieces[] = { "{", "}", "[", "]", "\"", ",",
                                        ":", "null", "-1", "1e308", "\\u0000", " -> ",
                                        ".", "\xff", "99999999999", "(", ")" };
  gsize                    at = (gsize) g_rand_int_range (rand, 0, (gint32) text->len);
  gsize                    n = (gsize) g_rand_int_range (rand, 1, 12);

  n = MIN (n, text->len - at);
  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      text->str[at] = (char) g_rand_int (rand);
      break;
    case 1:
      g_string_erase (text, (gssize) at, (gssize) n);
      break;
    case 2:
      g_string_insert (text, (gssize) at,
                       pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
      break;
    default:
      {
        g_autofree char *copy = g_strndup (text->str + at, n);

        g_string_insert_len (text, (gssize) (at / 2), copy, (gssize) strnlen (copy, n));
        break;
      }
    }
}

/* ---- Values: the text stays JSON, but says something else ---- */

static WeftJson *
odd_value (GRand *rand)
{
  static const char *const texts[] = { "", "x", "hidden", "hidden.y",
                                       "(batch, 4)", "(-1,)", "tanh", "dense",
                                       "x +", "1e9", "relu", "x.y -> hidden.x",
                                       "../../x", "\n" };
  WeftJson                *list;

  switch (g_rand_int_range (rand, 0, 8))
    {
    case 0:
      return weft_json_new_null ();
    case 1:
      return weft_json_new_bool (g_rand_boolean (rand));
    case 2:
      return weft_json_new_int ((gint64) 1 << g_rand_int_range (rand, 0, 63));
    case 3:
      return weft_json_new_int (g_rand_int_range (rand, -3, 12));
    case 4:
      return weft_json_new_number (g_rand_double_range (rand, -1e9, 1e9));
    case 5:
      list = weft_json_new_array ();
      weft_json_append (list, weft_json_new_int (g_rand_int_range (rand, -2, 5)));
      return list;
    case 6:
      return weft_json_new_object ();
    default:
      return weft_json_new_string (texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))]);
    }
}

/* A copy of @json in which each value is another one with a chance of 1 in @chance. Recursion: the
 * documents are shallow. */
static WeftJson *
damage_values (GRand *rand, WeftJson *json, gint32 chance)
{
  WeftJsonIter iter = { json };
  const char  *key;
  WeftJson    *value, *copy;

  if (g_rand_int_range (rand, 0, chance) == 0)
    return odd_value (rand);
  if (weft_json_kind (json) == WEFT_JSON_OBJECT)
    {
      copy = weft_json_new_object ();
      while (weft_json_next (&iter, &key, &value))
        if (g_rand_int_range (rand, 0, chance) != 0)
          weft_json_set (copy, key, damage_values (rand, value, chance));
      return copy;
    }
  if (weft_json_kind (json) != WEFT_JSON_ARRAY)
    return weft_json_copy (json);
  copy = weft_json_new_array ();
  for (guint i = 0; i < weft_json_length (json); i++)
    weft_json_append (copy, damage_values (rand, weft_json_at (json, i), chance));
  return copy;
}

/* ---- The examples ---- */

static void
test_damage (gconstpointer data)
{
  const char *path = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = weft_file_read (path, 1 << 20, &error);
  const char *good;
  gsize       size;
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);
  guint n_read = 0;

  g_assert_no_error (error);
  good = g_bytes_get_data (bytes, &size);
  g_assert_true (try_text (good, size));
  for (guint i = 0; i < rounds (); i++)
    {
      g_autoptr (GString) text = g_string_new_len (good, (gssize) size);

      for (gint32 k = g_rand_int_range (rand, 1, 6); k > 0 && text->len > 0; k--)
        damage_bytes (rand, text);
      n_read += try_text (text->str, text->len);
    }
  for (guint i = 0; i < rounds (); i++)
    {
      g_autoptr (WeftJson) json = weft_json_parse (good, (gssize) size, NULL);
      g_autoptr (WeftJson) damaged = damage_values (rand, json, 20 + (gint32) (i % 100));
      g_autofree char *text = weft_json_to_string (damaged);

      n_read += try_text (text, strlen (text));
    }
  g_assert_cmpuint (n_read, >, 0); /* some damage is harmless: the deeper stages were reached */
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".weft"))
      {
        g_autofree char *test = g_strconcat ("/engine/document/damage/", name, NULL);

        g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_damage,
                                   g_free);
      }
  return g_test_run ();
}
