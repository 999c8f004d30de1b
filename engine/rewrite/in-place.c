/* See in-place.h.
 *
 * An op may take the bytes of an operand that nobody else reads, or that is read only by what it
 * depends on: in whatever order the kernels run, and whichever ops share a kernel, the others are
 * through before. New values of shared variables, and of a loop's states, take the bytes of the old
 * ones by way of such ops: they are made after everything that does not depend on them, so none of
 * the old value's readers may.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/in-place.h"

#include "engine/rewrite/loops.h"

/* How many applications are looked at to find out whether one depends on another. Where that is not
 * enough, nothing is marked. */
#define MAX_LOOKED_AT 64
/* The longest way from a new value to the old one. */
#define MAX_WAY 16

typedef struct
{
  WeftApply *apply;
  guint      input;
} Reader;

/* Who reads whose bytes in a graph. */
typedef struct
{
  GPtrArray *order;
  guint     *position;     /* by application id, from 1; 0: not reached */
  guint     *owner;        /* by value id: the value whose bytes it shows */
  guint8    *whole;        /* by value id: shows all of them in their order */
  guint8    *kept, *taken; /* by owner: a result of the graph; overwritten by somebody */
  guint     *first;        /* by owner: where its readers begin; one more than there are values */
  Reader    *readers;
  guint8    *marked; /* by application id */
  GArray    *marks;
  GArray    *stack;
} Lives;

/* ---- Who reads what ---- */

static void
each_reader (Lives *lives, void (*func) (Lives *lives, guint owner, WeftApply *apply, guint input))
{
  for (guint i = 0; i < lives->order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (lives->order, i);
      gboolean   all;

      if (apply->n_inputs > 0 && weft_apply_looks (apply, &all))
        continue;
      for (guint k = 0; k < apply->n_inputs; k++)
        func (lives, lives->owner[apply->inputs[k]->id], apply, k);
    }
}

static void
count_reader (Lives *lives, guint owner, WeftApply *apply, guint input)
{
  lives->first[owner + 1]++;
}

/* Filling moves every start to the next one's place. */
static void
add_reader (Lives *lives, guint owner, WeftApply *apply, guint input)
{
  lives->readers[lives->first[owner]++] = (Reader){ apply, input };
}

static void
find_owners (Lives *lives)
{
  for (guint i = 0; i < lives->order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (lives->order, i);
      gboolean   all, looks = apply->n_inputs > 0 && weft_apply_looks (apply, &all);

      lives->position[apply->id] = i + 1;
      for (guint k = 0; k < apply->n_outputs; k++)
        {
          guint id = apply->outputs[k].id;

          lives->owner[id] = looks ? lives->owner[apply->inputs[0]->id] : id;
          lives->whole[id] = !looks || (all && lives->whole[apply->inputs[0]->id]);
        }
    }
}

static void
lives_init (Lives *lives, WeftGraph *graph, guint n, WeftValue *const *results)
{
  guint n_values = 0;

  lives->order = weft_graph_order (graph, n, results);
  for (guint i = 0; i < lives->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (lives->order, i);

      n_values = MAX (n_values, apply->outputs[0].id + apply->n_outputs);
    }
  lives->position = g_new0 (guint, weft_graph_n_applies (graph) + 1);
  lives->marked = g_new0 (guint8, weft_graph_n_applies (graph) + 1);
  lives->owner = g_new0 (guint, n_values + 1);
  lives->whole = g_new0 (guint8, n_values + 1);
  lives->kept = g_new0 (guint8, n_values + 1);
  lives->taken = g_new0 (guint8, n_values + 1);
  lives->first = g_new0 (guint, n_values + 2);
  lives->stack = g_array_new (FALSE, FALSE, sizeof (gpointer));
  find_owners (lives);
  each_reader (lives, count_reader);
  for (guint i = 0; i <= n_values; i++)
    lives->first[i + 1] += lives->first[i];
  lives->readers = g_new (Reader, lives->first[n_values] + 1);
  each_reader (lives, add_reader);
  memmove (lives->first + 1, lives->first, n_values * sizeof (guint));
  lives->first[0] = 0;
  for (guint i = 0; i < n; i++)
    lives->kept[lives->owner[results[i]->id]]++;
}

static void
lives_clear (Lives *lives)
{
  g_ptr_array_unref (lives->order);
  g_array_unref (lives->stack);
  g_free (lives->position);
  g_free (lives->marked);
  g_free (lives->owner);
  g_free (lives->whole);
  g_free (lives->kept);
  g_free (lives->taken);
  g_free (lives->first);
  g_free (lives->readers);
}

/* Whether @user depends on @apply, as far as can be seen; @unsure where it cannot. */
static gboolean
depends_on (Lives *lives, const WeftApply *user, const WeftApply *apply, gboolean unsure)
{
  guint looked_at = 0;

  g_array_set_size (lives->stack, 0);
  g_array_append_val (lives->stack, user);
  while (lives->stack->len > 0)
    {
      const WeftApply *at = g_array_index (lives->stack, const WeftApply *, lives->stack->len - 1);

      g_array_set_size (lives->stack, lives->stack->len - 1);
      if (at == apply)
        return TRUE;
      if (lives->position[at->id] <= lives->position[apply->id])
        continue;
      if (looked_at++ == MAX_LOOKED_AT)
        return unsure;
      for (guint i = 0; i < at->n_inputs; i++)
        {
          const WeftApply *input = at->inputs[i]->apply;

          g_array_append_val (lives->stack, input);
        }
    }
  return FALSE;
}

/* ---- What may be overwritten ---- */

/* Whether @reader may stand in one loop nest with @apply and read other elements of what that
 * overwrites than the one it is at. */
static gboolean
reads_elsewhere (const Lives *lives, const Reader *reader, const WeftApply *apply)
{
  return reader->apply->op->traits & WEFT_TRAIT_ELEMENTWISE &&
         weft_shape_equal (&reader->apply->outputs[0].type.shape, &apply->outputs[0].type.shape) &&
         !lives->whole[reader->apply->inputs[reader->input]->id];
}

/* Whether nobody needs the bytes of @owner any more when @apply writes over them by way of its
 * input @input. @last: it can be made to wait for others. */
static gboolean
is_last_reader (Lives *lives, guint owner, const WeftApply *apply, guint input, gboolean last)
{
  for (guint i = lives->first[owner]; i < lives->first[owner + 1]; i++)
    {
      const Reader *reader = &lives->readers[i];

      /* An elementwise op may read the same element twice. */
      if (reader->apply == apply)
        {
          if (reader->input != input && (!(apply->op->traits & WEFT_TRAIT_ELEMENTWISE) ||
                                         !weft_apply_overwrites (apply, reader->input) ||
                                         !lives->whole[apply->inputs[reader->input]->id]))
            return FALSE;
        }
      else if (reads_elsewhere (lives, reader, apply) ||
               (last ? depends_on (lives, reader->apply, apply, TRUE)
                     : !depends_on (lives, apply, reader->apply, FALSE)))
        return FALSE;
    }
  return TRUE;
}

/* Whether @apply can take the bytes of its input @input as far as op and views are concerned. */
static gboolean
fits (const Lives *lives, const WeftApply *apply, guint input)
{
  return weft_apply_overwrites (apply, input) && lives->whole[apply->inputs[input]->id] &&
         apply->outputs[0].type.shape.rank > 0;
}

static void
add_mark (Lives *lives, WeftApply *apply, guint input, const char *rule)
{
  WeftInPlaceMark mark = { apply, input + 1, rule };

  lives->marked[apply->id] = 1;
  lives->taken[lives->owner[apply->inputs[input]->id]] = 1;
  g_array_append_val (lives->marks, mark);
}

static const char *
rule_of (const WeftApply *apply)
{
  if (apply->op->id == WEFT_OP_GEMM)
    return "in-place-product";
  return apply->op->traits & WEFT_TRAIT_ELEMENTWISE ? "in-place-elementwise" : "in-place-write";
}

/* Marks the operand that @apply takes over, if there is one. */
static void
mark_operand (Lives *lives, WeftApply *apply)
{
  if (lives->marked[apply->id] || lives->kept[lives->owner[apply->outputs[0].id]])
    return;
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      guint            owner = lives->owner[apply->inputs[i]->id];
      const WeftApply *maker = apply->inputs[i]->apply;
      gboolean         all;

      while (maker->n_inputs > 0 && weft_apply_looks (maker, &all))
        maker = maker->inputs[0]->apply;
      if (!fits (lives, apply, i) || maker->n_inputs == 0 || lives->kept[owner] ||
          lives->taken[owner] || !is_last_reader (lives, owner, apply, i, FALSE))
        continue;
      add_mark (lives, apply, i, rule_of (apply));
      return;
    }
}

/* ---- New values over old ones ---- */

typedef struct
{
  WeftApply *apply;
  guint      input;
  guint      from; /* the step that leads here, G_MAXUINT: the new value itself does */
} WayStep;

/* Whether the value of @apply's input @input is only there for it: it can stand anywhere. */
static gboolean
is_on_the_way (const Lives *lives, const WeftApply *apply, guint input)
{
  guint            owner = lives->owner[apply->inputs[input]->id];
  const WeftApply *maker = apply->inputs[input]->apply;

  return maker->n_inputs > 0 && &maker->outputs[0] == apply->inputs[input] &&
         !lives->marked[maker->id] && !lives->kept[owner] && !lives->taken[owner] &&
         lives->first[owner + 1] - lives->first[owner] == 1;
}

static gboolean
is_old_value (const WeftValue *value, const WeftValue *old)
{
  return old != NULL ? value == old : value->apply->op->id == WEFT_OP_SHARED;
}

/* The way from @value through operands that each may be overwritten to @old, or to a shared
 * variable where that is NULL. WayStep, the last one reads the old value; NULL: there is none. */
static GArray *
find_way (Lives *lives, WeftValue *value, const WeftValue *old)
{
  GArray *way = g_array_new (FALSE, FALSE, sizeof (WayStep));

  for (guint at = 0; at <= way->len && at < MAX_WAY; at++)
    {
      const WayStep *step = at > 0 ? &g_array_index (way, WayStep, at - 1) : NULL;
      WeftApply     *apply = at > 0 ? step->apply->inputs[step->input]->apply : value->apply;

      for (guint i = 0; i < apply->n_inputs && !lives->marked[apply->id]; i++)
        {
          guint   owner = lives->owner[apply->inputs[i]->id];
          WayStep next = { apply, i, at > 0 ? at - 1 : G_MAXUINT };

          if (!fits (lives, apply, i))
            continue;
          g_array_append_val (way, next);
          if (is_old_value (apply->inputs[i], old) && !lives->taken[owner] && !lives->kept[owner] &&
              is_last_reader (lives, owner, apply, i, TRUE))
            return way;
          if (!is_on_the_way (lives, apply, i))
            g_array_set_size (way, way->len - 1);
        }
    }
  g_array_unref (way);
  return NULL;
}

/* Marks all of @way; the op that reads the old value with @rule. */
static void
mark_way (Lives *lives, GArray *way, const char *rule)
{
  guint at = way->len - 1;

  for (gboolean first = TRUE;; first = FALSE)
    {
      const WayStep *step = &g_array_index (way, WayStep, at);

      add_mark (lives, step->apply, step->input, first ? rule : rule_of (step->apply));
      if (step->from == G_MAXUINT)
        return;
      at = step->from;
    }
}

static void
mark_updates (Lives *lives, guint n, WeftValue *const *results)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GArray) way = NULL;

      if (lives->kept[lives->owner[results[i]->id]] == 1)
        way = find_way (lives, results[i], NULL);
      if (way != NULL)
        mark_way (lives, way, "in-place-update");
    }
}

/* Whether everybody who reads the bytes of @old is through before @value is made. */
static gboolean
is_dead_before (Lives *lives, const WeftValue *old, const WeftValue *value)
{
  guint    owner = lives->owner[old->id];
  gboolean all;

  if (value->apply->n_inputs == 0 || weft_apply_looks (value->apply, &all))
    return FALSE;
  for (guint i = lives->first[owner]; i < lives->first[owner + 1]; i++)
    if (lives->readers[i].apply == value->apply ||
        !depends_on (lives, value->apply, lives->readers[i].apply, FALSE))
      return FALSE;
  return TRUE;
}

/* States of which only the last value is needed and whose new value can be written over the old
 * one, or after it is dead. */
static void
mark_states (Lives *lives, WeftApply *apply, const GArray *needed)
{
  WeftLoop        loop = weft_loop_read (apply);
  const WeftBody *body = loop.step;
  Lives           inside = { .marks = g_array_new (FALSE, FALSE, sizeof (WeftInPlaceMark)) };

  lives_init (&inside, body->graph, body->n_outputs, body->outputs);
  for (guint i = 0; i < loop.n_states; i++)
    {
      g_autoptr (GArray) way = NULL;
      WeftInPlaceMark mark = { apply, loop.n_sequences + i + 1, "in-place-state" };

      if (weft_value_is_needed (needed, &apply->outputs[loop.n_states + i]) ||
          inside.kept[inside.owner[body->outputs[i]->id]] != 1)
        continue;
      way = find_way (&inside, body->outputs[i], body->inputs[loop.n_sequences + i]);
      if (way != NULL)
        mark_way (&inside, way, mark.rule);
      else if (!is_dead_before (&inside, body->inputs[loop.n_sequences + i], body->outputs[i]))
        continue;
      g_array_append_val (lives->marks, mark);
    }
  g_array_unref (inside.marks);
  lives_clear (&inside);
}

GArray *
weft_in_place_marks (WeftGraph *graph, guint n, WeftValue *const *results)
{
  Lives lives = { .marks = g_array_new (FALSE, FALSE, sizeof (WeftInPlaceMark)) };
  g_autoptr (GArray) needed = weft_loops_needed (graph, n, results);

  lives_init (&lives, graph, n, results);
  for (guint i = 0; i < lives.order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (lives.order, i);

      apply->placed = TRUE;
      apply->overwrites = 0;
    }
  mark_updates (&lives, n, results);
  for (guint i = 0; i < lives.order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (lives.order, i);

      if (apply->op->id == WEFT_OP_LOOP)
        mark_states (&lives, apply, needed);
      else if (!(apply->op->traits & WEFT_TRAIT_BODY))
        mark_operand (&lives, apply);
    }
  lives_clear (&lives);
  return lives.marks;
}

void
weft_in_place_set (const WeftInPlaceMark *mark)
{
  if (mark->overwrites <= 64)
    mark->apply->overwrites |= G_GUINT64_CONSTANT (1) << (mark->overwrites - 1);
}
