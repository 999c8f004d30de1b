/* What the search popover lists.
 *
 * Whether an operation takes the wire is found by typing it; that is a fraction of a millisecond
 * each, so a list asks only for a while and goes on later.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/search-list.h"

#include "ui/build/link-habits.h"

/* So many rows are kept for what does not fit. */
#define REFUSED_SHARE 4
/* More than any habit. */
#define SAME_FAMILY 1e6

typedef struct
{
  const char *port;
  char       *refusal;
} Answer;

struct _WeftSearchList
{
  /* Owned */
  WeftDocument *document;
  GHashTable   *answers; /* op -> Answer */
  char         *wired;   /* the op at the wire's fixed end; NULL: no wire */

  /* Borrowed */
  WeftTyping *typing;
  const char *port_name; /* interned */
  const char *family;    /* that comes first; interned */

  /* Plain values */
  gboolean from_output;
  gboolean known;
  WeftType type; /* what flows */
};

typedef struct
{
  const WeftEntry *entry;
  double           rate;
  guint            order;
  const Answer    *answer;
} Candidate;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_free (answer->refusal);
  g_free (answer);
}

WeftSearchList *
weft_search_list_new (WeftDocument *document,
                      WeftTyping   *typing,
                      guint32       uid,
                      const char   *port,
                      gboolean      from_output)
{
  WeftSearchList *list = g_new0 (WeftSearchList, 1);
  const WeftNode *node = uid ? weft_document_node (document, uid) : NULL;
  const WeftType *type =
    node && typing && from_output ? weft_typing_output (typing, uid, port) : NULL;

  list->document = g_object_ref (document);
  list->typing = typing;
  list->answers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, answer_free);
  list->from_output = from_output;
  list->port_name = g_intern_string (port);
  list->wired = node ? g_strdup (node->op) : NULL;
  list->known = type != NULL;
  if (type)
    list->type = *type;
  return list;
}

WeftSearchList *
weft_search_list_new_replacement (WeftDocument *document,
                                  WeftTyping   *typing,
                                  guint32       uid,
                                  const char   *family)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);
  const WeftWire *wire =
    ports->n_inputs > 0 ? weft_document_wire_into (document, uid, ports->inputs[0].name) : NULL;
  WeftSearchList *list = weft_search_list_new (document, typing, wire ? wire->from : 0,
                                               wire ? wire->from_port : NULL, TRUE);

  list->family = g_intern_string (family);
  return list;
}

void
weft_search_list_free (WeftSearchList *list)
{
  g_object_unref (list->document);
  g_hash_table_unref (list->answers);
  g_free (list->wired);
  g_free (list);
}

/* ---- Does it take the wire? ---- */

/* The port that one would choose: of the same name, else one that must be wired, else the first;
 * among those that take the type. */
static void
ask_ports (
  WeftSearchList *list, const char *op, WeftJson *params, const WeftPorts *ports, Answer *answer)
{
  guint best = 0;

  for (guint i = 0; i < ports->n_inputs; i++)
    {
      const char      *name = ports->inputs[i].name;
      g_autofree char *why = NULL;
      gboolean         known;
      WeftType         made;
      guint            rate = 1 + (g_strcmp0 (name, list->port_name) == 0 ? 4 : 0) +
                   (ports->inputs[i].optional ? 0 : 2);

      if (rate <= best)
        continue;
      if (!list->known ||
          weft_typing_try (list->typing, op, params, name, &list->type, NULL, &made, &known, &why))
        {
          best = rate;
          answer->port = g_intern_string (name);
        }
      else if (!answer->refusal)
        answer->refusal = g_steal_pointer (&why);
    }
  if (best > 0)
    g_clear_pointer (&answer->refusal, g_free);
}

static const Answer *
ask (WeftSearchList *list, const WeftEntry *entry)
{
  Answer *answer = g_hash_table_lookup (list->answers, entry->op);
  g_autoptr (WeftPorts) ports = NULL;

  if (answer)
    return answer;
  answer = g_new0 (Answer, 1);
  ports = weft_document_ports_of (list->document, entry->op, NULL);
  if (list->from_output)
    ask_ports (list, entry->op, NULL, ports, answer);
  if (ports->n_inputs < 2 || !list->from_output)
    answer->port = NULL;
  g_hash_table_insert (list->answers, (gpointer) entry->op, answer);
  return answer;
}

/* A source takes no wire, an output node gives none. */
static gboolean
is_suitable (WeftSearchList *list, const WeftEntry *entry)
{
  const WeftOp *op = weft_op_find (entry->op);
  gboolean      source =
    g_strcmp0 (entry->family, "data") == 0 || g_strcmp0 (entry->family, "parameter") == 0;

  if (!list->wired)
    return TRUE;
  if (list->from_output && g_str_equal (entry->op, "output"))
    return TRUE;
  if (list->from_output)
    return !g_str_equal (entry->op, "update") ? !(source || (op && op->n_inputs == 0)) : TRUE;
  return !g_str_equal (entry->op, "output") && !g_str_equal (entry->op, "update");
}

/* ---- The list ---- */

static int
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *first = a, *second = b;

  if (first->rate != second->rate)
    return first->rate > second->rate ? -1 : 1;
  return first->order < second->order ? -1 : first->order > second->order;
}

static GArray *
gather (WeftSearchList *list, const char *text)
{
  g_autoptr (GPtrArray) found = weft_catalogue_search (text);
  GArray *candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));

  for (guint i = 0; i < found->len; i++)
    {
      Candidate candidate = { .entry = found->pdata[i], .order = i };

      if (!is_suitable (list, candidate.entry))
        continue;
      /* What is typed says more than what is usual. */
      if (list->wired && *text == '\0')
        candidate.rate = list->from_output ? weft_habits_rate (list->wired, candidate.entry->op)
                                           : weft_habits_rate (candidate.entry->op, list->wired);
      if (list->family && *text == '\0' && g_strcmp0 (candidate.entry->family, list->family) == 0)
        candidate.rate += SAME_FAMILY;
      g_array_append_val (candidates, candidate);
    }
  g_array_sort (candidates, compare_candidates);
  return candidates;
}

static void
append_rows (GArray *rows, const GArray *candidates, gboolean refused, guint max)
{
  for (guint i = 0; i < candidates->len && rows->len < max; i++)
    {
      const Candidate *candidate = &g_array_index (candidates, Candidate, i);
      const Answer    *answer = candidate->answer;
      WeftSearchRow    row = { candidate->entry, answer ? answer->port : NULL,
                            answer ? answer->refusal : NULL };

      if ((row.refusal != NULL) == refused)
        g_array_append_val (rows, row);
    }
}

GArray *
weft_search_list_find (
  WeftSearchList *list, const char *text, guint max, gint64 budget_us, gboolean *complete)
{
  g_autoptr (GArray) candidates = gather (list, text);
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (WeftSearchRow));
  gint64  end = g_get_monotonic_time () + budget_us;
  guint   n_refused = 0;

  *complete = TRUE;
  for (guint i = 0; list->wired && i < candidates->len; i++)
    {
      Candidate *candidate = &g_array_index (candidates, Candidate, i);

      candidate->answer = g_hash_table_lookup (list->answers, candidate->entry->op);
      if (!candidate->answer && g_get_monotonic_time () < end)
        candidate->answer = ask (list, candidate->entry);
      *complete = *complete && candidate->answer;
      n_refused += candidate->answer && candidate->answer->refusal;
    }
  append_rows (rows, candidates, FALSE, max - MIN (n_refused, max / REFUSED_SHARE));
  append_rows (rows, candidates, TRUE, max);
  return rows;
}

char *
weft_search_list_try_expression (WeftSearchList *list, const char *text, char **refusal)
{
  g_autoptr (WeftJson) params = weft_json_new_object ();
  g_autoptr (WeftPorts) ports = NULL;
  gboolean known = FALSE;
  WeftType made;

  weft_json_set_string (params, "text", text);
  ports = weft_document_ports_of (list->document, "expression", params);
  if (!list->wired || !list->known || ports->n_inputs == 0 || ports->n_outputs == 0)
    return NULL;
  if (!weft_typing_try (list->typing, "expression", params, ports->inputs[0].name, &list->type,
                        ports->outputs[0].name, &made, &known, refusal))
    return NULL;
  return known ? weft_type_to_string (&made) : NULL;
}
