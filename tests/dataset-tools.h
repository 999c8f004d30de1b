/* What tests of datasets share: specifications from texts, and datasets of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/dataset.h"

/* Where the files lie that specifications name. */
static char *folder;

/* Single quotes stand for double ones. */
G_GNUC_UNUSED static WeftDatasetSpec *
try_spec (const char *text, const char *from, GError **error)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) local = NULL;
  g_autoptr (WeftJson) json = weft_json_parse (quoted, -1, &local);

  g_assert_no_error (local);
  return weft_dataset_spec_new (json, from, error);
}

G_GNUC_UNUSED static WeftDatasetSpec *
spec_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeftDatasetSpec *spec = try_spec (text, folder, &error);

  g_assert_no_error (error);
  return spec;
}

G_GNUC_UNUSED static WeftDataset *
open_spec (WeftDatasetSpec *spec)
{
  g_autoptr (GError) error = NULL;
  WeftDataset *dataset = weft_dataset_open (spec, NULL, &error);

  g_assert_no_error (error);
  return dataset;
}

G_GNUC_UNUSED static WeftDataset *
open_text (const char *text)
{
  g_autoptr (WeftDatasetSpec) spec = spec_of (text);

  return open_spec (spec);
}

/* A file of the folder; its path, owned. */
G_GNUC_UNUSED static char *
write_file (const char *name, const void *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, name, NULL);

  g_file_set_contents (path, data, (gssize) size, &error);
  g_assert_no_error (error);
  return path;
}
