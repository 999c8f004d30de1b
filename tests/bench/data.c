/* Training from files beside training from memory, and an epoch of a file larger than memory.
 *
 *     bench-data [FOLDER [EXAMPLE]]  the table: MNIST from files of every kind, in turns, medians;
 * FOLDER keeps the files bench-data --large FILE GB    writes GB gigabytes of random numbers to
 * FILE (NPY) unless they are there, trains one whole epoch of them and tells the peak of its memory
 *
 * Every row trains the same document on the same rows; only where they come from differs. The bar
 * is a rate of 95 % of that in memory. "Cold" throws the file out of the system's cache before each
 * block.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/dataset/pages.h"
#include "engine/ops/ops.h"
#include "engine/run/pool.h"
#include "engine/tensor/philox.h"
#include "engine/train/model.h"

#include <fcntl.h>
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zip.h>
#include <glib/gstdio.h>

#define ROUNDS 9
#define WARM_S 0.7
#define BLOCK_S 0.25
#define BAR 0.95
/* Data that take more stay on disk. */
#define SMALL_MEMORY ((gsize) 1 << 20)
#define N_PICTURES 60000
#define SIDE 28

static const WeftModelOptions compiled = { .mode = WEFT_MODE_COMPILE };

static void
must (GError *error)
{
  if (error != NULL)
    g_error ("%s", error->message);
}

static double
now (void)
{
  return g_get_monotonic_time () / 1e6;
}

/* ---- The files ---- */

static GBytes *
unpack (const char *name)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "datasets", "mnist", name, NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GConverter) converter =
    G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInputStream) packed = g_file_read (file, NULL, &error);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();

  must (error);
  stream = g_converter_input_stream_new (G_INPUT_STREAM (packed), converter);
  g_output_stream_splice (out, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET, NULL, &error);
  must (error);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

static void
write_zip (const char *folder, GBytes *images, GBytes *labels)
{
  g_autofree char *path = g_build_filename (folder, "mnist.zip", NULL);
  GBytes          *files[] = { images, labels };
  const char      *names[] = { "images-idx3-ubyte", "labels-idx1-ubyte" };
  int              code;
  zip_t           *zip = zip_open (path, ZIP_CREATE | ZIP_TRUNCATE, &code);

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      gsize       n;
      const void *data = g_bytes_get_data (files[i], &n);

      zip_file_add (zip, names[i], zip_source_buffer (zip, data, n, 0), 0);
    }
  if (zip_close (zip) != 0)
    g_error ("%s", zip_strerror (zip));
}

/* One picture to a file, in the folder of its class. */
static void
write_picture (const char *folder, guint number, const guint8 *pixels, guint8 label)
{
  g_autofree char *path = g_strdup_printf ("%s/png/%u/%05u.png", folder, label, number);
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, SIDE, SIDE);
  g_autoptr (GError) error = NULL;

  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      memset (gdk_pixbuf_get_pixels (pixbuf) + y * (guint) gdk_pixbuf_get_rowstride (pixbuf) +
                3 * x,
              pixels[y * SIDE + x], 3);
  gdk_pixbuf_save (pixbuf, path, "png", &error, "compression", "1", NULL);
  must (error);
}

static void
write_file (const char *folder, const char *name, GBytes *bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes),
                       &error);
  must (error);
}

static void
write_files (const char *folder)
{
  g_autofree char *last = g_build_filename (folder, "mnist.zip", NULL);
  g_autoptr (GBytes) images = unpack ("train-images-idx3-ubyte.gz");
  g_autoptr (GBytes) labels = unpack ("train-labels-idx1-ubyte.gz");
  const guint8 *pixels = (const guint8 *) g_bytes_get_data (images, NULL) + 16;
  const guint8 *classes = (const guint8 *) g_bytes_get_data (labels, NULL) + 8;

  if (g_file_test (last, G_FILE_TEST_EXISTS))
    return;
  write_file (folder, "images-idx3-ubyte", images);
  write_file (folder, "labels-idx1-ubyte", labels);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *class = g_strdup_printf ("%s/png/%u", folder, i);

      g_mkdir_with_parents (class, 0700);
    }
  for (guint i = 0; i < N_PICTURES; i++)
    write_picture (folder, i, pixels + i * SIDE * SIDE, classes[i]);
  write_zip (folder, images, labels);
}

/* ---- One source ---- */

#define REST                                                                               \
  "'transforms': [{'do': 'scale', 'column': 'pixels', 'by': 0.00392156862745098}, {'do': " \
  "'flatten', 'column': 'pixels'}], 'split': "                                             \
  "{'train': 55000, 'validation': 5000, 'seed': 1}}"
#define COLUMNS                                                                                  \
  "'columns': [{'name': 'pixels', 'from': 'images', 'type': 'u8', 'shape': [28, 28]}, {'name': " \
  "'label', 'from': 'labels', 'classes': 10}], " REST
#define IDX(images, labels) \
  "{'format': 'idx', 'files': {'train': {'images': '" images "', 'labels': '" labels "'}}, " COLUMNS

/* clang-format off */
static const struct
{
  const char *title, *spec;
  gboolean    on_disk, cold;
} sources[] = {
  { "in memory", IDX ("images-idx3-ubyte", "labels-idx1-ubyte"), FALSE, FALSE },
  { "IDX files, mapped", IDX ("images-idx3-ubyte", "labels-idx1-ubyte"), TRUE, FALSE },
  { "IDX files, mapped, cold", IDX ("images-idx3-ubyte", "labels-idx1-ubyte"), TRUE, TRUE },
  { "gzip files, spilled to disk", "{'data': 'mnist', " REST, TRUE, FALSE },
  { "members of a ZIP archive, spilled to disk", IDX ("mnist.zip/images-idx3-ubyte", "mnist.zip/labels-idx1-ubyte"), TRUE, FALSE },
  { "60 000 PNG files, in memory", "{'format': 'images', 'file': 'png', 'columns': [{'name': 'pixels', 'type': 'u8', 'shape': [28, 28]}, "
    "{'name': 'label', 'classes': 10}], " REST, FALSE, FALSE },
  { "60 000 PNG files, spilled to disk", "{'format': 'images', 'file': 'png', 'columns': [{'name': 'pixels', 'type': 'u8', 'shape': [28, 28]}, "
    "{'name': 'label', 'classes': 10}], " REST, TRUE, FALSE },
};
/* clang-format on */
#define N_SOURCES G_N_ELEMENTS (sources)

typedef struct
{
  WeftModel   *model;
  WeftDataset *dataset;
  WeftBatches *batches;
  guint64      epoch;
  gint64       step;
  double       open_s;
  double       times[ROUNDS];
} Trainer;

static void
trainer_begin_epoch (Trainer *trainer, guint64 epoch)
{
  g_clear_pointer (&trainer->batches, weft_batches_free);
  trainer->epoch = epoch;
  trainer->batches = weft_batches_new (trainer->dataset, WEFT_SPLIT_TRAIN,
                                       weft_model_batch (trainer->model), TRUE, 1, epoch);
}

/* FALSE: the epoch is over. */
static gboolean
trainer_step (Trainer *trainer)
{
  WeftArray   *columns[2] = { NULL };
  WeftStepInfo info = { trainer->step++, 1e6, 1e-3 };
  double       metrics[WEFT_MAX_METRICS];
  g_autoptr (GError) error = NULL;

  if (!weft_batches_next (trainer->batches, columns, NULL, &error))
    return FALSE;
  weft_model_step (trainer->model, columns, &info, metrics, NULL, NULL, &error);
  must (error);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    weft_array_unref (columns[i]);
  return TRUE;
}

/* Seconds a step. */
static double
trainer_run (Trainer *trainer, guint n)
{
  double start = now ();

  for (guint i = 0; i < n; i++)
    if (!trainer_step (trainer))
      trainer_begin_epoch (trainer, trainer->epoch + 1);
  return (now () - start) / n;
}

static WeftDataset *
open_data (const char *text, const char *folder)
{
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) json = weft_json_parse (quoted, -1, &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  WeftDataset *dataset;

  must (error);
  spec = weft_dataset_spec_new (json, folder, &error);
  must (error);
  dataset = weft_dataset_open (spec, NULL, &error);
  must (error);
  return dataset;
}

static void
trainer_start (Trainer *trainer, guint source, const char *example, const char *folder)
{
  g_autofree char *path = g_strdup_printf ("%s/examples/%s.weft", weft_data_dir (), example);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  guint32 node;
  double  start = now ();

  must (error);
  weft_dataset_set_memory (sources[source].on_disk ? SMALL_MEMORY : 0);
  trainer->dataset = open_data (sources[source].spec, folder);
  weft_dataset_set_memory (0);
  trainer->open_s = now () - start;
  trainer->model = weft_model_new (document, &compiled, &node, &error);
  must (error);
  trainer_begin_epoch (trainer, 0);
}

static void
trainer_stop (Trainer *trainer)
{
  weft_batches_free (trainer->batches);
  weft_dataset_unref (trainer->dataset);
  weft_model_free (trainer->model);
}

/* ---- The table ---- */

static int
compare_numbers (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (const double *numbers)
{
  double sorted[ROUNDS];

  memcpy (sorted, numbers, sizeof sorted);
  qsort (sorted, ROUNDS, sizeof *sorted, compare_numbers);
  return sorted[ROUNDS / 2];
}

/* Out of this process, then out of the system's cache. */
static void
make_cold (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "images-idx3-ubyte", NULL);
  int              file = g_open (path, O_RDONLY | O_CLOEXEC, 0);

  weft_pages_touched (G_MAXSIZE / 2);
  if (file < 0 || posix_fadvise (file, 0, 0, POSIX_FADV_DONTNEED) != 0)
    g_error ("%s cannot be thrown out of the cache", path);
  close (file);
}

/* Medians of the ratio in the same round: both saw the same machine. */
static void
print_table (const char *example, const Trainer *trainers)
{
  for (guint i = 0; i < N_SOURCES; i++)
    {
      double ratios[ROUNDS];

      for (guint round = 0; round < ROUNDS; round++)
        ratios[round] = trainers[0].times[round] / trainers[i].times[round];
      printf ("| %-11s | %-41s | %7.2f s | %8.3f ms | %5.1f %% | %s |\n", example, sources[i].title,
              trainers[i].open_s, 1e3 * median (trainers[i].times), 100 * median (ratios),
              median (ratios) >= BAR ? "yes" : "no ");
    }
  fflush (stdout);
}

static void
measure (const char *example, const char *folder)
{
  Trainer trainers[N_SOURCES] = { { 0 } };
  guint   n;

  for (guint i = 0; i < N_SOURCES; i++)
    trainer_start (&trainers[i], i, example, folder);
  for (guint i = 0; i < N_SOURCES; i++)
    for (double start = now (); now () < start + WARM_S;)
      trainer_run (&trainers[i], 1);
  n = (guint) MAX (1, BLOCK_S / trainer_run (&trainers[0], 50));
  for (guint round = 0; round < ROUNDS; round++)
    for (guint i = 0; i < N_SOURCES; i++)
      {
        guint which = (i + round) % N_SOURCES; /* nobody is always first */

        if (sources[which].cold)
          {
            trainer_begin_epoch (&trainers[which], trainers[which].epoch + 1);
            make_cold (folder);
          }
        trainers[which].times[round] = trainer_run (&trainers[which], n);
      }
  print_table (example, trainers);
  for (guint i = 0; i < N_SOURCES; i++)
    trainer_stop (&trainers[i]);
}

/* ---- Larger than memory ---- */

#define LARGE_COLUMNS 1000
#define LARGE_BATCH 1000
#define LARGE_MEMORY ((gsize) 64 << 20)
#define HEADER_BYTES 128

static const char large_text[] = "{'format': 'weft', 'version': 1, 'nodes': [{'id': 'data', 'op': "
                                 "'dataset', 'params': {'file': '%s', 'format': 'npy', "
                                 "'columns': [{'name': 'x', 'shape': [1000]}], 'split': {'train': "
                                 "1}}}, {'id': 'code', 'op': 'dense', 'params': "
                                 "{'units': 32, 'activation': 'relu'}}, {'id': 'back', 'op': "
                                 "'dense', 'params': {'units': 1000}}, {'id': 'cost', 'op': "
                                 "'squared_error'}], 'wires': ['data.x -> code.x', 'code.y -> "
                                 "back.x', 'back.y -> cost.prediction', 'data.x -> "
                                 "cost.target'], 'training': {'loss': 'cost.loss', 'rule': 'sgd', "
                                 "'rate': 0.01, 'batch': 1000, 'epochs': 1, 'seed': 1}}";

/* No row is like another: they cannot be packed, and holes cannot be left. */
static void
write_large (const char *path, gint64 n_rows)
{
  FILE             *file = fopen (path, "wbe");
  g_autofree float *row = g_new (float, LARGE_COLUMNS *LARGE_BATCH);
  g_autofree char  *header = g_strdup_printf (
     "{'descr': '<f4', 'fortran_order': False, 'shape': (%" G_GINT64_FORMAT ", %d), }", n_rows,
     LARGE_COLUMNS);

  if (file == NULL)
    g_error ("%s cannot be written", path);
  fprintf (file, "\x93NUMPY%c%c%c%c%-*s\n", 1, 0, HEADER_BYTES - 10, 0, HEADER_BYTES - 11, header);
  for (gint64 i = 0; i < n_rows; i += LARGE_BATCH)
    {
      gsize n = (gsize) MIN (LARGE_BATCH, n_rows - i) * LARGE_COLUMNS;

      weft_philox_uniform_f32 (1, 1, (guint64) i * LARGE_COLUMNS, n, row);
      if (fwrite (row, sizeof *row, n, file) != n)
        g_error ("%s: the disk is full", path);
    }
  if (fclose (file) != 0)
    g_error ("%s: the disk is full", path);
}

static double
peak_mb (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) usage.ru_maxrss / 1024;
}

static void
train_large (const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  g_autofree char *text = g_strdup_printf (large_text, absolute);
  g_autofree char *quoted = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_parse (quoted, -1, "large", &error);
  g_autoptr (WeftDatasetSpec) spec = NULL;
  Trainer trainer = { 0 };
  guint32 node;
  double  start = now ();

  must (error);
  trainer.model = weft_model_new (document, &compiled, &node, &error);
  must (error);
  spec = weft_dataset_spec_new (
    weft_document_node (document, weft_model_dataset (trainer.model))->params, NULL, &error);
  must (error);
  weft_dataset_set_memory (LARGE_MEMORY);
  trainer.dataset = weft_dataset_open (spec, NULL, &error);
  must (error);
  printf ("opened and checked in %.1f s, peak %.0f MB\n", now () - start, peak_mb ());
  fflush (stdout);
  start = now ();
  trainer_begin_epoch (&trainer, 0);
  while (trainer_step (&trainer))
    if (trainer.step % 250 == 0)
      {
        printf ("step %" G_GINT64_FORMAT " of %" G_GSIZE_FORMAT ": %.0f s, peak %.0f MB\n",
                trainer.step, weft_batches_count (trainer.batches), now () - start, peak_mb ());
        fflush (stdout);
      }
  printf ("one epoch of %" G_GINT64_FORMAT " rows in %.1f s, peak %.0f MB\n",
          weft_dataset_n_rows (trainer.dataset, WEFT_SPLIT_TRAIN), now () - start, peak_mb ());
  trainer_stop (&trainer);
}

static void
large (const char *path, double gigabytes)
{
  gint64   n_rows = (gint64) (gigabytes * 1e9 / (LARGE_COLUMNS * sizeof (float)));
  gsize    size = HEADER_BYTES + (gsize) n_rows * LARGE_COLUMNS * sizeof (float);
  GStatBuf about;
  double   start = now ();

  if (g_stat (path, &about) != 0 || (gsize) about.st_size != size)
    {
      write_large (path, n_rows);
      printf ("wrote %.2f GB in %.1f s\n", (double) size / 1e9, now () - start);
      fflush (stdout);
    }
  train_large (path);
}

int
main (int argc, char **argv)
{
  static const char *const examples[] = { "mnist-mlp", "mnist-lenet" };
  g_autofree char         *folder = NULL;
  g_autoptr (GError) error = NULL;

  weft_pool_set_threads (0);
  if (argc == 4 && g_str_equal (argv[1], "--large"))
    {
      large (argv[2], g_ascii_strtod (argv[3], NULL));
      return 0;
    }
  folder = argc > 1 ? g_strdup (argv[1]) : g_dir_make_tmp ("weft-bench-XXXXXX", &error);
  must (error);
  write_files (folder);
  printf ("| %-11s | %-41s | %9s | %11s | %7s | %s |\n", "work", "data", "opened", "step", "rate",
          "bar");
  printf ("|-------------|-------------------------------------------|-----------|-------------|---"
          "------|-----|\n");
  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    if (argc < 3 || g_str_equal (argv[2], examples[i]))
      measure (examples[i], folder);
  return 0;
}
