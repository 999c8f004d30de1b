/* Derivatives that weft-cli eval is asked for: --grad, --jacobian, --hessian and --hvp, each with
 * the --wrt that follow it, and --jvp.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "app/cli/source.h"

#include "engine/grad/grad.h"

G_BEGIN_DECLS

/* For GOptionEntry: --grad, --jacobian, --hessian, --hvp COST; --wrt NAME (after --hvp
 * NAME=VECTOR); --jvp NAME=TANGENT. */
gboolean
cli_derivatives_of_cb (const char *option, const char *value, gpointer data, GError **error);
gboolean
cli_derivatives_wrt_cb (const char *option, const char *value, gpointer data, GError **error);
gboolean
cli_derivatives_jvp_cb (const char *option, const char *value, gpointer data, GError **error);

/* Whether any was asked for, --jvp not counted. */
gboolean cli_derivatives_asked (void);
gboolean cli_derivatives_jvp_asked (void);
/* Each has its --wrt. FALSE: said. */
gboolean cli_derivatives_check (int *code);
/* Names that must be floats; borrowed. */
void cli_derivatives_names (GPtrArray *names);
/* Appends the derivatives to @names (owned) and @values; those of --jvp are of what stands in them
 * before. FALSE: said. */
gboolean cli_derivatives_add (
  CliSource *source, WeftDisconnected disconnected, GPtrArray *names, GPtrArray *values, int *code);
void cli_derivatives_clear (void);

G_END_DECLS
