/* The settings, and what follows from them everywhere.
 *
 * The schema is looked for where GSettings looks, and beside the program in its build folder, so
 * that the editor can be started there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define SCHEMA "org.weft.Weft"

static GSettings *settings;

static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *usual = g_settings_schema_source_get_default ();
  GSettingsSchema       *schema = NULL;
  if (usual != NULL)
    schema = g_settings_schema_source_lookup (usual, SCHEMA, TRUE);
  if (schema != NULL)
    return schema;

  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  if (program == NULL)
    return NULL;
  g_autofree char *folder = g_path_get_dirname (program);
  g_autofree char *beside = g_build_filename (folder, "..", "data", NULL);
  g_autoptr (GSettingsSchemaSource) source =
    g_settings_schema_source_new_from_directory (beside, usual, TRUE, NULL);
  return source != NULL ? g_settings_schema_source_lookup (source, SCHEMA, FALSE) : NULL;
}

static void
follow_colour_scheme (void)
{
  static const AdwColorScheme SCHEMES[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT,
                                            ADW_COLOR_SCHEME_FORCE_DARK };
  guint                       wanted = (guint) g_settings_get_enum (settings, "colour-scheme");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), SCHEMES[MIN (wanted, 2)]);
}

/**
 * weft_settings_init:
 * @error: return location
 *
 * Opens the settings and lets the colour scheme follow them. Once, after libadwaita is there.
 *
 * Returns: FALSE if Weft is not installed with its settings
 * Errors: G_IO_ERROR_NOT_FOUND
 */
gboolean
weft_settings_init (GError **error)
{
  if (settings != NULL)
    return TRUE;
  g_autoptr (GSettingsSchema) schema = find_schema ();
  if (schema == NULL)
    {
      g_set_error (
        error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
        _ (
          "Weft's settings (%s) are not installed; install Weft again or set GSETTINGS_SCHEMA_DIR"),
        SCHEMA);
      return FALSE;
    }
  settings = g_settings_new_full (schema, NULL, NULL);
  g_signal_connect (settings, "changed::colour-scheme", G_CALLBACK (follow_colour_scheme), NULL);
  follow_colour_scheme ();
  return TRUE;
}

/**
 * weft_settings_get:
 *
 * Returns: (transfer none): the settings
 */
GSettings *
weft_settings_get (void)
{
  g_assert (settings != NULL);
  return settings;
}

/**
 * weft_settings_get_theme:
 *
 * Returns: the theme in which everything is drawn now
 */
WeftThemeKind
weft_settings_get_theme (void)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  gboolean         dark = adw_style_manager_get_dark (manager);
  if (adw_style_manager_get_high_contrast (manager))
    return dark ? WEFT_THEME_CONTRAST_DARK : WEFT_THEME_CONTRAST_LIGHT;
  return dark ? WEFT_THEME_DARK : WEFT_THEME_LIGHT;
}

/**
 * weft_settings_as_selected:
 * @value: (out): an unsigned number
 * @variant: the nick of an enumeration
 * @data: NULL-terminated nicks
 *
 * For g_settings_bind_with_mapping() between a setting and a row's selected item.
 *
 * Returns: FALSE if there is no such nick
 */
gboolean
weft_settings_as_selected (GValue *value, GVariant *variant, gpointer data)
{
  const char *const *nicks = data;
  for (guint i = 0; nicks[i] != NULL; i++)
    if (g_str_equal (nicks[i], g_variant_get_string (variant, NULL)))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

/**
 * weft_settings_from_selected:
 * @value: an unsigned number
 * @type: string
 * @data: NULL-terminated nicks
 *
 * Returns: (transfer full) (nullable): the nick
 */
GVariant *
weft_settings_from_selected (const GValue *value, const GVariantType *type, gpointer data)
{
  const char *const *nicks = data;
  guint              selected = g_value_get_uint (value);
  if (selected >= g_strv_length ((char **) nicks))
    return NULL;
  return g_variant_new_string (nicks[selected]);
}
