/* What the subcommands of weft-cli share: the table, options, messages, answers.
 *
 * Answers go to standard output, messages to standard error. Exit codes: 0 done, 1 the input is
 * wrong, 2 the call is wrong, 3 the system failed, 130 interrupted.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "engine/run/device.h"
#include "engine/run/function.h"

G_BEGIN_DECLS

#define CLI_DONE 0
#define CLI_INPUT 1
#define CLI_CALL 2
#define CLI_SYSTEM 3
#define CLI_INTERRUPTED 130

typedef struct
{
  const char *name;
  const char *usage; /* what follows the name */
  const char *summary;
  int (*run) (int argc, char **argv); /* argv[0] is the name; returns the exit code */
} CliCommand;

extern const CliCommand cli_commands[];
extern const guint      cli_n_commands;
const CliCommand       *cli_find_command (const char *name);

int cli_check (int argc, char **argv);
int cli_data (int argc, char **argv);
int cli_devices (int argc, char **argv);
int cli_eval (int argc, char **argv);
int cli_train (int argc, char **argv);
int cli_gradient (int argc, char **argv);
int cli_rewrite (int argc, char **argv);
int cli_kernels (int argc, char **argv);
int cli_profile (int argc, char **argv);
int cli_export (int argc, char **argv);
int cli_profile (int argc, char **argv);
int cli_verify (int argc, char **argv);
int cli_ops (int argc, char **argv);
int cli_rules (int argc, char **argv);
int cli_layers (int argc, char **argv);
int cli_find (int argc, char **argv);
int cli_sample (int argc, char **argv);
int cli_render (int argc, char **argv);
int cli_runs (int argc, char **argv);
int cli_sweep (int argc, char **argv);
int cli_curves (int argc, char **argv);
int cli_report (int argc, char **argv);

/* Reads options into @entries' places. -1: go on, with the rest in @argv; else the exit code (help
 * has been printed, or the mistake has been said). */
int cli_parse (int *argc, char ***argv, const GOptionEntry *entries);
/* Exactly one file among the rest, else the exit code; -1: *file is set (borrowed). */
int cli_one_file (int argc, char **argv, const char **file);

/* One line on standard error, after "weft-cli COMMAND: ". Returns @code. */
int cli_say (int code, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Says the error; returns the exit code of its kind. */
int cli_say_error (const GError *error);
/* A remark that is no failure. */
void cli_note (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* NULL: it has been said; *code is the exit code. */
WeftDocument *cli_load (const char *path, int *code);
/* Prints one line; takes @json. */
void cli_answer (WeftJson *json);
/* Whether there may be such a device. FALSE: it has been said and *code is set. */
gboolean cli_check_device (const char *device, int *code);
/* What --device says: *opened is NULL for the CPU, else the caller's. FALSE: it has been said and
 * *code is set. */
gboolean cli_open_device (const char *device, WeftDevice **opened, int *code);
#define CLI_DEVICE_HELP \
  N_ ("cpu, cuda, cuda:NUMBER, or auto, which measures (weft-cli devices lists them)")
#define CLI_MAX_THREADS 256
#define CLI_MODE_HELP                                                                              \
  N_ ("compile (the default of long runs), interpret, reference (plain float64) or compare (each " \
      "with each)")
#define CLI_THREADS_HELP N_ ("worker threads (one a core)")
/* What --mode says; NULL: @otherwise. FALSE: said. */
gboolean cli_find_mode (const char *text, WeftMode otherwise, WeftMode *mode, int *code);
/* Makes the pool as large as --threads says; 0: as large as it is. FALSE: said. */
gboolean cli_use_threads (int threads, int *code);
/* Sets NODE.PARAM=VALUE. FALSE: said. */
gboolean cli_set_param (WeftDocument *document, const char *text, int *code);
/* From now on Ctrl+C and SIGTERM ask to stop; the second of them ends the program at once. */
void cli_catch_interrupts (void);
/* The signal that asked; 0: none did. */
int cli_interrupted (void);
/* Columns of the terminal on @fd; 0: it is none, or a dumb one. */
int cli_terminal_width (int fd);
/* Number with thousands apart, "118 272"; caller owns. */
char *cli_count_text (gint64 n);

G_END_DECLS
