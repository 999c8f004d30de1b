/* What the files of weft-cli rewrite share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/cli.h"

#include "engine/rewrite/history.h"
#include "engine/run/proof.h"

G_BEGIN_DECLS

/* Ops that a formula shows before it says "...". */
#define REWRITE_SHOWN_OPS 12
/* What seeds the operands of proofs: the same call says the same. */
#define REWRITE_SEED 1

typedef struct
{
  WeftDocument *document; /* NULL: an expression */
  WeftHistory  *history;
  const char   *function; /* of the document: "train"; "" of an expression */

  gboolean all;      /* repeated steps one by one */
  gboolean proof;    /* of each step and the whole */
  gboolean formulas; /* what changed in the results' formulas */
} CliRewrite;

/* rewrite-open.c. FALSE: it has been said; *code is set. */
gboolean cli_rewrite_open_document (CliRewrite        *rewrite,
                                    const char        *file,
                                    const char        *function,
                                    const char *const *without,
                                    int               *code);
gboolean cli_rewrite_open_expression (
  CliRewrite *rewrite, const char *text, char **feeds, const char *const *without, int *code);
void cli_rewrite_clear (CliRewrite *rewrite);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliRewrite, cli_rewrite_clear)
/* The rule called @name, which follows @option; NULL: said. */
const WeftRuleInfo *cli_rewrite_find_rule (const char *option, const char *name, int *code);

/* rewrite-print.c. Number of steps whose two sides do not agree. */
guint cli_rewrite_print_steps (CliRewrite *rewrite, const guint *steps, guint n);
guint cli_rewrite_print_total (CliRewrite *rewrite);
void  cli_rewrite_print_rules (CliRewrite *rewrite);
void  cli_rewrite_print_graph (CliRewrite *rewrite, guint step);
/* Proves @step (G_MAXUINT: the whole). FALSE and the reason, owned: it cannot be computed. */
gboolean cli_rewrite_prove (CliRewrite *rewrite, guint step, WeftProof *proof, char **reason);
char    *cli_rewrite_proof_text (const WeftProof *proof);

/* rewrite-json.c: the caller owns it; *n_wrong counts what does not agree. */
WeftJson *cli_rewrite_to_json (CliRewrite *rewrite, guint *n_wrong);

/* rewrite-ask.c. They return the exit code. */
int cli_rewrite_why_not (CliRewrite *rewrite, const char *rule, const char *place, guint step);
int cli_rewrite_biography (CliRewrite *rewrite, const char *place);

G_END_DECLS
