/* What a training step is made of, as people look at it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/anatomy.h"

static WeftDocument *
open_example (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strdup_printf ("%s/examples/%s.weft", g_getenv ("WEFT_DATA_DIR"), name);
  WeftDocument    *document = weft_document_load (path, &error);
  g_assert_no_error (error);
  return document;
}

static WeftAnatomy *
dissect (const char *name, WeftModelPart part, guint n_calls)
{
  g_autoptr (WeftDocument) document = open_example (name);
  g_autoptr (GError) error = NULL;
  guint32      node;
  WeftAnatomy *anatomy = weft_anatomy_new (document, part, n_calls, NULL, &node, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (node, ==, 0);
  return anatomy;
}

static guint
count_stage (const WeftAnatomy *anatomy, WeftKernelStage stage)
{
  guint n = 0;
  for (guint i = 0; i < anatomy->n_kernels; i++)
    n += anatomy->kernels[i].stage == stage;
  return n;
}

/* The loss's kernels are forward, each parameter has an update, the rest is the gradient's. */
static void
test_stages (void)
{
  g_autoptr (WeftAnatomy) step = dissect ("digits-mlp", WEFT_MODEL_STEP, 0);
  g_autoptr (WeftAnatomy) predict = dissect ("digits-mlp", WEFT_MODEL_PREDICT, 0);
  g_assert_cmpint (step->kernels[0].stage, ==, WEFT_STAGE_FORWARD);
  g_assert_cmpuint (count_stage (step, WEFT_STAGE_FORWARD), >, 1);
  g_assert_cmpuint (count_stage (step, WEFT_STAGE_BACKWARD), >, 1);
  g_assert_cmpuint (count_stage (step, WEFT_STAGE_UPDATE), >=, 1);
  for (guint i = 0; i < step->n_kernels; i++)
    g_assert_cmpint (step->kernels[i].updates != NULL, ==,
                     step->kernels[i].stage == WEFT_STAGE_UPDATE);
  g_assert_cmpuint (count_stage (predict, WEFT_STAGE_FORWARD), ==, predict->n_kernels);
  g_assert_cmpuint (predict->n_kernels, <, step->n_kernels);
  g_assert_null (step->profile);
}

/* What lives at one time has places of its own, inside the arena. */
static void
test_blocks (gconstpointer name)
{
  g_autoptr (WeftAnatomy) anatomy = dissect (name, WEFT_MODEL_STEP, 0);
  gsize peak = 0;
  g_assert_cmpuint (anatomy->n_blocks, >, 0);
  for (guint i = 0; i < anatomy->n_blocks; i++)
    {
      const WeftAnatomyBlock *a = &anatomy->blocks[i];
      g_assert_cmpuint (a->born, <=, a->dies);
      g_assert_cmpuint (a->dies, <, anatomy->n_steps);
      peak = MAX (peak, a->offset + a->bytes);
      for (guint k = i + 1; k < anatomy->n_blocks; k++)
        {
          const WeftAnatomyBlock *b = &anatomy->blocks[k];
          gboolean                in_time = b->born < a->dies && a->born < b->dies;
          gboolean in_space = b->offset < a->offset + a->bytes && a->offset < b->offset + b->bytes;
          g_assert_false (in_time && in_space);
        }
    }
  g_assert_cmpuint (peak, <=, anatomy->arena_bytes);
  g_assert_cmpuint (anatomy->arena_bytes, <, anatomy->intermediate_bytes);
  g_assert_cmpuint (anatomy->parameter_bytes, >, 0);
  g_assert_cmpuint (anatomy->batch_bytes, >, 0);
}

/* The peak is what lies in the arena at one time, and every byte of it, of the parameters and of
 * the rule's state belongs to one share. */
static void
test_shares (gconstpointer name)
{
  g_autoptr (WeftAnatomy) anatomy = dissect (name, WEFT_MODEL_STEP, 0);
  gsize peak = 0, parameters = 0, state = 0, last = G_MAXSIZE;
  g_assert_cmpuint (anatomy->peak_bytes, >, 0);
  g_assert_cmpuint (anatomy->peak_bytes, <=, anatomy->arena_bytes);
  g_assert_cmpuint (anatomy->peak_step, <, anatomy->n_steps);
  for (guint i = 0; i < anatomy->n_shares; i++)
    {
      const WeftAnatomyShare *share = &anatomy->shares[i];
      gsize bytes = share->peak_bytes + share->parameter_bytes + share->state_bytes;
      g_assert_cmpuint (bytes, <=, last);
      last = bytes;
      peak += share->peak_bytes;
      parameters += share->parameter_bytes;
      state += share->state_bytes;
    }
  g_assert_cmpuint (peak, ==, anatomy->peak_bytes);
  g_assert_cmpuint (parameters, ==, anatomy->parameter_bytes);
  g_assert_cmpuint (state, ==, anatomy->state_bytes);
}

/* 64 x 128 weights and 128 biases, and twice as much of what Adam keeps of them. */
static void
test_share_of_layer (void)
{
  g_autoptr (WeftDocument) document = open_example ("digits-mlp");
  guint32 node;
  g_autoptr (WeftAnatomy) anatomy =
    weft_anatomy_new (document, WEFT_MODEL_STEP, 0, NULL, &node, NULL);
  const guint32 hidden = weft_document_node_by_id (document, "hidden")->uid;
  const gsize   bytes = (64 * 128 + 128) * 4;
  guint         n = 0;
  for (guint i = 0; i < anatomy->n_shares; i++)
    if (anatomy->shares[i].node == hidden)
      {
        g_assert_cmpuint (anatomy->shares[i].parameter_bytes, ==, bytes);
        g_assert_cmpuint (anatomy->shares[i].state_bytes, ==, 2 * bytes);
        g_assert_cmpuint (anatomy->shares[i].peak_bytes, >, 0);
        n++;
      }
  g_assert_cmpuint (n, ==, 1);
}

/* One row a kernel, and the kernels of the program follow each other in time. */
static void
test_profile (gconstpointer name)
{
  g_autoptr (WeftAnatomy) anatomy = dissect (name, WEFT_MODEL_STEP, 3);
  const WeftProfile *profile = anatomy->profile;
  double             sum = 0, end = 0;
  g_assert_nonnull (profile);
  g_assert_cmpuint (profile->n_kernels, ==, anatomy->n_kernels);
  g_assert_cmpuint (profile->n_calls, ==, 3);
  for (guint i = 0; i < profile->n_kernels; i++)
    {
      const WeftProfileKernel *row = &profile->kernels[i];
      g_assert_cmpstr (row->name, ==, anatomy->kernels[i].name);
      g_assert_cmpuint (row->depth, ==, anatomy->kernels[i].depth);
      g_assert_cmpfloat (row->ns, >=, 0);
      if (row->depth > 0)
        continue;
      g_assert_cmpfloat (row->start_ns, >=, end);
      end = row->start_ns;
      sum += row->ns;
    }
  g_assert_cmpfloat (sum, >, 0);
  g_assert_cmpfloat (profile->roofline.flops_per_s, >, 1e8);
  g_assert_cmpfloat (profile->roofline.bytes_per_s, >, 1e8);
}

/* A document that does not fit names the node to blame. */
static void
test_blame (void)
{
  static const char text[] =
    "{\"format\": \"weft\", \"version\": 1, \"nodes\": ["
    "{\"id\": \"x\", \"op\": \"input\", \"params\": {\"dtype\": \"float32\", \"shape\": \"(3, "
    "4)\"}},"
    "{\"id\": \"bad\", \"op\": \"expression\", \"params\": {\"text\": \"mean(x @ x)\"}}],"
    "\"wires\": [\"x.y -> bad.x\"], \"training\": {\"loss\": \"bad.y\"}}";
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_parse (text, -1, "test", &error);
  guint32 node;
  g_assert_no_error (error);
  g_assert_null (weft_anatomy_new (document, WEFT_MODEL_STEP, 1, NULL, &node, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (node, ==, weft_document_node_by_id (document, "bad")->uid);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/anatomy/stages", test_stages);
  g_test_add_data_func ("/engine/anatomy/blocks/digits-mlp", "digits-mlp", test_blocks);
  g_test_add_data_func ("/engine/anatomy/blocks/iris", "iris", test_blocks);
  g_test_add_data_func ("/engine/anatomy/shares/digits-mlp", "digits-mlp", test_shares);
  g_test_add_data_func ("/engine/anatomy/shares/char-rnn", "char-rnn", test_shares);
  g_test_add_data_func ("/engine/anatomy/shares/mnist-lenet", "mnist-lenet", test_shares);
  g_test_add_func ("/engine/anatomy/shares/layer", test_share_of_layer);
  g_test_add_data_func ("/engine/anatomy/profile/digits-mlp", "digits-mlp", test_profile);
  g_test_add_data_func ("/engine/anatomy/profile/char-rnn", "char-rnn", test_profile);
  g_test_add_func ("/engine/anatomy/blame", test_blame);
  return g_test_run ();
}
