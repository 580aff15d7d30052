/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/file.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "policy/sources/file-value.h"
#include "policy/sources/local-trust.h"
#include "policy/sources/effective.h"
#include "policy/sources/local-user.h"

#define MAX_FILE_BYTES (1024 * 1024)
#define TEMPLATE_PREFIX "template "
#define CA_PREFIX "ca "
#define DAY_S (24 * 60 * 60)
#define CARD_PROVIDER "Microsoft Smart Card Key Storage Provider"
#define SCHEMA_VERSION 2

static CeTemplate *
template_new (const char *name)
{
  CeTemplate *t = ce_template_new ();

  g_free (t->name);
  t->name = g_strdup (name);
  g_free (t->display_name);
  t->display_name = g_strdup (name);
  t->schema_version = SCHEMA_VERSION;
  t->major_version = 1;
  t->enrollment_flags = CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT;
  t->key_spec = 1;
  t->min_key_bits = 2048;
  t->key_usage[0] = 0x80;
  t->validity_s = (gint64) 365 * DAY_S;
  t->renewal_s = (gint64) 42 * DAY_S;
  return t;
}

static gboolean
may (const CePolicy *policy, char *const *users, char *const *groups, const char *const *own_groups)
{
  const CeUser *user = &policy->user;

  for (; *users != NULL; users++)
    if (g_str_equal (*users, "*") || g_ascii_strcasecmp (*users, user->principal) == 0
        || (strchr (*users, '@') == NULL && g_str_equal (*users, user->account)))
      return TRUE;
  for (; *groups != NULL; groups++)
    if (g_strv_contains (own_groups, *groups))
      return TRUE;
  return FALSE;
}

static void
set_rights (CeTemplate *t, const CeFileGroup *group, const CePolicy *policy, const char *const *own_groups,
            gboolean auto_)
{
  g_auto (GStrv) users = ce_file_list (group, "users");
  g_auto (GStrv) groups = ce_file_list (group, "groups");

  t->rights.enroll = may (policy, users, groups, own_groups);
  t->rights.autoenroll = t->rights.enroll && auto_;
  g_free (t->rights_detail);
  if (!t->rights.enroll)
    t->rights_detail = g_strdup_printf (
        "neither users nor groups of [%s] in %s name you (%s) or one of your %u groups", group->name,
        group->file, policy->user.principal, g_strv_length ((char **) own_groups));
  else if (!auto_)
    t->rights_detail = g_strdup_printf ("[%s] in %s has autoenroll=no", group->name, group->file);
  else
    t->rights_detail = g_strdup_printf ("[%s] in %s names you or a group of yours", group->name, group->file);
}

static gboolean
read_template (const CeFileGroup *group, CePolicy *policy, const char *const *own_groups, GError **error)
{
  static const char *const keys[]
      = { "display-name",       "oid",           "version",       "users",      "groups",
          "autoenroll",         "card",          "key-algorithm", "key-bits",   "key-usage",
          "extended-key-usage", "validity-days", "renewal-days",  "supersedes", NULL };
  CeTemplate *t = template_new (group->name + strlen (TEMPLATE_PREFIX));
  gboolean card = TRUE, auto_ = TRUE;
  guint validity_days = 365, renewal_days = 42;

  g_ptr_array_add (policy->templates, t);
  if (!ce_file_check_keys (group, keys, error)
      || !ce_file_text (group, "display-name", &t->display_name, error)
      || !ce_file_oid (group, "oid", &t->oid, error)
      || !ce_file_version (group, "version", &t->major_version, &t->minor_version, error)
      || !ce_file_flag (group, "autoenroll", &auto_, error) || !ce_file_flag (group, "card", &card, error)
      || !ce_file_algorithm (group, "key-algorithm", &t->key_algorithm, error)
      || !ce_file_number (group, "key-bits", 256, 16384, &t->min_key_bits, error)
      || !ce_file_key_usage (group, "key-usage", t->key_usage, error)
      || !ce_file_usages (group, "extended-key-usage", &t->ekus, error)
      || !ce_file_number (group, "validity-days", 1, 36500, &validity_days, error)
      || !ce_file_number (group, "renewal-days", 0, 36500, &renewal_days, error))
    return FALSE;
  t->validity_s = (gint64) validity_days * DAY_S;
  t->renewal_s = (gint64) renewal_days * DAY_S;
  g_strfreev (t->supersedes);
  t->supersedes = ce_file_list (group, "supersedes");
  if (card)
    {
      g_strfreev (t->providers);
      t->providers = g_strsplit (CARD_PROVIDER, "\n", -1);
    }
  set_rights (t, group, policy, own_groups, auto_);
  return TRUE;
}

static gboolean
read_authority (const CeFileGroup *group, CePolicy *policy, GError **error)
{
  static const char *const keys[]
      = { "display-name", "url", "authentication", "templates", "certificate", NULL };
  CeEnrollmentService *service = ce_enrollment_service_new ();
  g_autofree char *certificate = g_strdup ("");
  g_auto (GStrv) urls = ce_file_list (group, "url");
  CeCaAuthentication authentication = CE_CA_AUTH_KERBEROS;

  g_ptr_array_add (policy->services, service);
  g_free (service->name);
  service->name = g_strdup (group->name + strlen (CA_PREFIX));
  g_free (service->display_name);
  service->display_name = g_strdup (service->name);
  if (!ce_file_check_keys (group, keys, error)
      || !ce_file_text (group, "display-name", &service->display_name, error)
      || !ce_file_authentication (group, "authentication", &authentication, error)
      || !ce_file_text (group, "certificate", &certificate, error)
      || !ce_file_urls (group, "url", urls, error))
    return FALSE;
  for (guint i = 0; urls[i] != NULL; i++)
    g_ptr_array_add (service->endpoints, ce_ca_endpoint_new (urls[i], authentication, i + 1, FALSE));
  g_strfreev (service->templates);
  service->templates = ce_file_list (group, "templates");
  service->may_enroll = TRUE;
  return *certificate == '\0' || ce_trust_file (policy, certificate, error);
}

static gboolean
read_policy (const CeFileGroup *group, CePolicy *policy, GError **error)
{
  static const char *const keys[] = { "roots", NULL };
  g_autofree char *roots = g_strdup ("");

  if (!ce_file_check_keys (group, keys, error) || !ce_file_text (group, "roots", &roots, error))
    return FALSE;
  return *roots == '\0' || ce_trust_file (policy, roots, error);
}

static gboolean
read_group (const CeFileGroup *group, CePolicy *policy, const char *const *own_groups, GError **error)
{
  if (g_str_equal (group->name, "policy"))
    return read_policy (group, policy, error);
  if (g_str_has_prefix (group->name, TEMPLATE_PREFIX) && group->name[strlen (TEMPLATE_PREFIX)] != '\0')
    return read_template (group, policy, own_groups, error);
  if (g_str_has_prefix (group->name, CA_PREFIX) && group->name[strlen (CA_PREFIX)] != '\0')
    return read_authority (group, policy, error);
  g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
               "%s: [%s] is neither [policy], [template NAME] nor [ca NAME]", group->file, group->name);
  return FALSE;
}

static int
by_template_name (gconstpointer a, gconstpointer b)
{
  return g_ascii_strcasecmp ((*(const CeTemplate *const *) a)->name, (*(const CeTemplate *const *) b)->name);
}

/* A list of a CA that names a template which is not there is a slip of the pen. */
static gboolean
check_lists (const CePolicy *policy, const char *name, GError **error)
{
  for (guint i = 0; i < policy->services->len; i++)
    {
      const CeEnrollmentService *service = g_ptr_array_index (policy->services, i);

      for (char **one = service->templates; *one != NULL; one++)
        if (ce_policy_find_template (policy, *one) == NULL)
          {
            g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED,
                         "%s: [ca %s] issues '%s', and there is no [template %s]", name, service->name, *one,
                         *one);
            return FALSE;
          }
    }
  return TRUE;
}

gboolean
ce_file_parse (const char *text, const char *name, CePolicy *policy, const char *const *groups,
               GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) reason = NULL;
  g_auto (GStrv) names = NULL;

  if (strlen (text) > MAX_FILE_BYTES
      || !g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, &reason))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s: %s", name,
                   reason != NULL ? reason->message : "it is too long");
      return FALSE;
    }
  names = g_key_file_get_groups (file, NULL);
  for (char **one = names; *one != NULL; one++)
    {
      const CeFileGroup group = { file, name, *one };

      if (!read_group (&group, policy, groups, error))
        return FALSE;
    }
  g_ptr_array_sort (policy->templates, by_template_name);
  policy->no_directory = TRUE;
  return check_lists (policy, name, error);
}

CePolicy *
ce_file_load (const CeConfig *config, GError **error)
{
  g_autoptr (CePolicy) policy = ce_policy_new ();
  g_autofree char *standard = g_build_filename (CE_SYSCONFDIR, CE_DIRECTORY, "policy.conf", NULL);
  const char *path = config->policy_file != NULL ? config->policy_file : standard;
  g_auto (GStrv) groups = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) reason = NULL;

  if (!g_file_get_contents (path, &text, NULL, &reason))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_MISCONFIGURED, "%s", reason->message);
      return NULL;
    }
  if (!ce_local_user (policy, config, error))
    return NULL;
  groups = ce_local_groups ();
  if (!ce_file_parse (text, path, policy, (const char *const *) groups, error))
    return NULL;
  ce_local_autoenrollment (policy, config);
  g_free (policy->source);
  policy->source = g_strdup_printf ("file:%s", path);
  policy->fetched_unix = g_get_real_time () / G_USEC_PER_SEC;
  return g_steal_pointer (&policy);
}
