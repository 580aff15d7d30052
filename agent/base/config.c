/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/base/config.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"

#define MAX_FILE_BYTES (256 * 1024)

typedef gboolean (*Parse) (const char *value, void *field);

typedef struct
{
  const char *group;
  const char *key;
  gsize offset;
  Parse parse;
  const char *allowed;
} Setting;

static gboolean
parse_text (const char *value, void *field)
{
  char **text = field;

  g_free (*text);
  *text = *value != '\0' ? g_strdup (value) : NULL;
  return TRUE;
}

static gboolean
parse_bool (const char *value, void *field)
{
  gboolean *flag = field;

  *flag = g_str_equal (value, "yes") || g_str_equal (value, "true") || g_str_equal (value, "enabled");
  return *flag || g_str_equal (value, "no") || g_str_equal (value, "false") || g_str_equal (value, "disabled");
}

static gboolean
parse_wmi_filters (const char *value, void *field)
{
  gboolean *apply = field;

  *apply = g_str_equal (value, "apply");
  return *apply || g_str_equal (value, "ignore");
}

static gboolean
parse_number (const char *value, guint min, guint max, void *field)
{
  guint64 number = 0;
  guint *out = field;

  if (!g_ascii_string_to_unsigned (value, 10, min, max, &number, NULL))
    return FALSE;
  *out = (guint) number;
  return TRUE;
}

static gboolean
parse_seconds (const char *value, void *field)
{
  return parse_number (value, 1, 600, field);
}

static gboolean
parse_hours (const char *value, void *field)
{
  guint *seconds = field;

  if (!parse_number (value, 1, 24 * 7, seconds))
    return FALSE;
  *seconds *= 3600;
  return TRUE;
}

static gboolean
parse_percent (const char *value, void *field)
{
  return parse_number (value, 0, 100, field);
}

static gboolean
parse_days (const char *value, void *field)
{
  return parse_number (value, 0, 365, field);
}

static gboolean
parse_postpone (const char *value, void *field)
{
  static const char *const words[] = { "hour", "tomorrow", "never" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], value))
      {
        *(CePostpone *) field = (CePostpone) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
parse_algorithm (const char *value, void *field)
{
  static const char *const known[] = { "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", NULL };

  return g_strv_contains (known, value) && parse_text (value, field);
}

static gboolean
parse_source (const char *value, void *field)
{
  static const char *const known[] = { "directory", "xcep", "file", NULL };

  return g_strv_contains (known, value) && parse_text (value, field);
}

static gboolean
parse_authentication (const char *value, void *field)
{
  static const struct
  {
    const char *word;
    guint number;
  } words[] = { { "anonymous", 1 }, { "kerberos", 2 }, { "password", 4 }, { "certificate", 8 } };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i].word, value))
      {
        *(guint *) field = words[i].number;
        return TRUE;
      }
  return FALSE;
}

#define AT(field) G_STRUCT_OFFSET (CeConfig, field)
static const Setting settings[] = {
  { "directory", "domain", AT (domain), parse_text, "a DNS name" },
  { "directory", "server", AT (server), parse_text, "a host name" },
  { "policy", "autoenrollment", AT (autoenrollment), parse_bool, "enabled or disabled" },
  { "policy", "remind-percent", AT (remind_percent), parse_percent, "0 to 100" },
  { "policy", "group-policy", AT (group_policy), parse_bool, "yes or no" },
  { "policy", "wmi-filters", AT (apply_wmi_filtered), parse_wmi_filters, "ignore or apply" },
  { "policy", "renew-with-ca", AT (renew_with_ca), parse_bool, "yes or no" },
  { "policy", "source", AT (policy_source), parse_source, "directory, xcep or file" },
  { "policy", "url", AT (policy_url), parse_text, "https:// URLs" },
  { "policy", "authentication", AT (policy_authentication), parse_authentication,
    "kerberos, password, certificate or anonymous" },
  { "policy", "user", AT (policy_user), parse_text, "a user name" },
  { "policy", "file", AT (policy_file), parse_text, "a path" },
  { "card", "module", AT (module), parse_text, "a path or a p11-kit module name" },
  { "card", "key-algorithm", AT (key_algorithm), parse_algorithm,
    "rsa-2048, rsa-3072, rsa-4096, ec-p256 or ec-p384" },
  { "ca", "tls-ca-file", AT (tls_ca_file), parse_text, "a path" },
  { "ca", "timeout-seconds", AT (ca_timeout_s), parse_seconds, "1 to 600" },
  { "logon", "trial", AT (trial_logon), parse_bool, "yes or no" },
  { "pinentry", "program", AT (pinentry), parse_text, "a program" },
  { "schedule", "hours", AT (look_every_s), parse_hours, "1 to 168" },
  { "notifications", "show", AT (notify), parse_bool, "yes or no" },
  { "agent", "postpone", AT (postpone), parse_postpone, "hour, tomorrow or never" },
  { "agent", "postpone-until-days", AT (postpone_until_days), parse_days, "0 to 365" },
};
#undef AT

static CeConfig *
config_new (void)
{
  CeConfig *config = g_new0 (CeConfig, 1);

  config->autoenrollment = TRUE;
  config->remind_percent = 10;
  config->group_policy = TRUE;
  config->policy_authentication = 2;
  config->ca_timeout_s = 60;
  config->trial_logon = TRUE;
  config->look_every_s = 8 * 3600;
  config->notify = TRUE;
  config->postpone = CE_POSTPONE_HOUR;
  config->postpone_until_days = 7;
  config->digest = g_strdup ("");
  return config;
}

static gboolean
apply_value (CeConfig *config, const char *name, const char *group, const char *key, const char *value,
             GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      const Setting *s = &settings[i];

      if (!g_str_equal (s->group, group) || !g_str_equal (s->key, key))
        continue;
      if (s->parse (value, (char *) config + s->offset))
        return TRUE;
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: [%s] %s=%s: %s is expected", name, group, key, value,
                   s->allowed);
      return FALSE;
    }
  g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: [%s] %s is not a setting of cardenroll", name, group, key);
  return FALSE;
}

static gboolean
apply_group (CeConfig *config, GKeyFile *file, const char *name, const char *group, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, NULL);

  for (gsize i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *value = g_key_file_get_string (file, group, keys[i], NULL);

      if (!apply_value (config, name, group, keys[i], value != NULL ? g_strchomp (value) : "", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_text (CeConfig *config, const char *text, const char *name, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *both = g_strconcat (config->digest, text, NULL);
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) groups = NULL;

  g_free (config->digest);
  config->digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);

  if (!g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, &reason))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: %s", name, reason->message);
      return FALSE;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (gsize i = 0; groups[i] != NULL; i++)
    if (!apply_group (config, file, name, groups[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
apply_file (CeConfig *config, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, &reason))
    {
      if (g_error_matches (reason, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return TRUE;
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s", reason->message);
      return FALSE;
    }
  if (length > MAX_FILE_BYTES || strlen (text) != length)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: this is not a configuration file", path);
      return FALSE;
    }
  return length == 0 || apply_text (config, text, path, error);
}

CeConfig *
ce_config_parse (const char *text, const char *name, GError **error)
{
  g_autoptr (CeConfig) config = config_new ();

  return apply_text (config, text, name, error) ? g_steal_pointer (&config) : NULL;
}

CeConfig *
ce_config_load (GError **error)
{
  g_autoptr (CeConfig) config = config_new ();
  g_autofree char *system = g_build_filename (CE_SYSCONFDIR, CE_DIRECTORY, CE_CONFIG_FILE, NULL);
  g_autofree char *user = g_build_filename (g_get_user_config_dir (), CE_DIRECTORY, CE_CONFIG_FILE, NULL);

  if (!apply_file (config, system, error) || !apply_file (config, user, error))
    return NULL;
  return g_steal_pointer (&config);
}

void
ce_config_free (CeConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->domain);
  g_free (config->server);
  g_free (config->policy_source);
  g_free (config->policy_url);
  g_free (config->policy_user);
  g_free (config->policy_file);
  g_free (config->module);
  g_free (config->key_algorithm);
  g_free (config->tls_ca_file);
  g_free (config->pinentry);
  g_free (config->digest);
  g_free (config);
}
