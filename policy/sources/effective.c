/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/effective.h"

#include <string.h>

#include "agent/base/names.h"
#include "agent/base/text.h"
#include "policy/group-policy.h"

#define KEY_AUTOENROLLMENT "autoenrollment"
#define KEY_SOURCE "source"
#define KEY_READ "read"
#define KEY_EXPIRY "remind-percent"
#define KEY_EXPIRY_SOURCE "remind-source"
#define MAX_SOURCE_BYTES 1000

static void
set (CePolicy *policy, guint32 bits, char *source)
{
  policy->autoenrollment = bits;
  g_free (policy->autoenrollment_source);
  policy->autoenrollment_source = source;
}

/* Where autoenrollment is disabled, Windows does nothing at all, and tells of nothing. */
static void
set_expiry (CePolicy *policy, guint32 percent, const char *source)
{
  const gboolean disabled = (policy->autoenrollment & CE_AUTOENROLLMENT_DISABLED) != 0;

  policy->expiry_percent = disabled ? 0 : percent;
  if (disabled)
    ce_text_take (&policy->expiry_source,
                  g_strdup_printf ("%s, which disables autoenrollment", policy->autoenrollment_source));
  else
    ce_text_set (&policy->expiry_source, source);
}

static char *
expiry_source (const CeAutoenrollmentPolicy *said)
{
  return *said->expiry_source != '\0' ? g_strdup (said->expiry_source)
                                      : g_strdup_printf ("%s, which does not set it", said->source);
}

void
ce_local_autoenrollment (CePolicy *policy, const CeConfig *config)
{
  const guint32 all
      = CE_AUTOENROLLMENT_ENROLL | CE_AUTOENROLLMENT_MANAGE | CE_AUTOENROLLMENT_RETRIEVE_PENDING;

  policy->autoenrollment = config->autoenrollment ? all : (guint32) CE_AUTOENROLLMENT_DISABLED;
  ce_text_set (&policy->autoenrollment_source, "cardenroll.conf");
  policy->expiry_percent = config->remind_percent;
  ce_text_set (&policy->expiry_source, "cardenroll.conf");
}

static void
set_local (CePolicy *policy, const CeConfig *config, const char *why)
{
  ce_local_autoenrollment (policy, config);
  if (*why != '\0')
    ce_text_take (&policy->autoenrollment_source, g_strdup_printf ("cardenroll.conf, for %s", why));
  ce_text_set (&policy->expiry_source, policy->autoenrollment_source);
}

static char *
memory_path (void)
{
  return ce_user_path (g_get_user_state_dir (), CE_GROUP_POLICY_FILE, NULL);
}

static GKeyFile *
open_memory (void)
{
  g_autofree char *path = memory_path ();
  GKeyFile *file = g_key_file_new ();

  if (path != NULL)
    g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  return file;
}

/* Only what differs is written: the file stays untouched from day to day. */
static void
remember (const CePolicy *policy)
{
  const CeAutoenrollmentPolicy *said = policy->group_policy->autoenrollment;
  const char *user = policy->user.principal;
  g_autoptr (GKeyFile) file = open_memory ();
  g_autofree char *path = memory_path ();
  g_autofree char *read = ce_time_iso (policy->fetched_unix);
  g_autofree char *before = g_key_file_get_string (file, user, KEY_SOURCE, NULL);
  g_autofree char *expiry_before = g_key_file_get_string (file, user, KEY_EXPIRY_SOURCE, NULL);
  g_autofree char *expiry = expiry_source (said);
  int bits = said->configured ? (int) said->policy : -1;

  if (path == NULL
      || (g_strcmp0 (before, said->source) == 0 && g_strcmp0 (expiry_before, expiry) == 0
          && g_key_file_get_integer (file, user, KEY_AUTOENROLLMENT, NULL) == bits
          && g_key_file_get_integer (file, user, KEY_EXPIRY, NULL) == (int) said->expiry_percent))
    return;
  g_key_file_set_integer (file, user, KEY_AUTOENROLLMENT, bits);
  g_key_file_set_string (file, user, KEY_SOURCE, said->source);
  g_key_file_set_integer (file, user, KEY_EXPIRY, (int) said->expiry_percent);
  g_key_file_set_string (file, user, KEY_EXPIRY_SOURCE, expiry);
  g_key_file_set_string (file, user, KEY_READ, read);
  g_key_file_save_to_file (file, path, NULL);
}

static void
recall_expiry (CePolicy *policy, GKeyFile *file)
{
  const char *user = policy->user.principal;
  g_autofree char *text = g_key_file_get_string (file, user, KEY_EXPIRY_SOURCE, NULL);
  g_autofree char *source = text != NULL ? ce_text_clean (text, strlen (text), MAX_SOURCE_BYTES) : NULL;
  int percent = g_key_file_get_integer (file, user, KEY_EXPIRY, NULL);

  set_expiry (policy, source != NULL ? (guint32) CLAMP (percent, 0, 100) : CE_EXPIRY_PERCENT,
              source != NULL ? source : policy->autoenrollment_source);
}

/* %FALSE where Group Policy never spoke to this user. */
static gboolean
recall (CePolicy *policy)
{
  const char *user = policy->user.principal;
  g_autoptr (GKeyFile) file = open_memory ();
  g_autofree char *source = g_key_file_get_string (file, user, KEY_SOURCE, NULL);
  g_autofree char *read = g_key_file_get_string (file, user, KEY_READ, NULL);
  g_autofree char *text = g_strdup_printf ("%s, as read since %s", source, read);
  int bits = g_key_file_get_integer (file, user, KEY_AUTOENROLLMENT, NULL);

  if (source == NULL || read == NULL || *source == '\0' || bits < 0)
    return FALSE;
  set (policy, (guint32) bits, ce_text_clean (text, strlen (text), MAX_SOURCE_BYTES));
  recall_expiry (policy, file);
  return TRUE;
}

static void
set_said (CePolicy *policy, const CeAutoenrollmentPolicy *said)
{
  g_autofree char *source = expiry_source (said);

  set (policy, said->policy, g_strdup (said->source));
  set_expiry (policy, said->expiry_percent, source);
}

static char *
apply_unknown (CePolicy *policy, const CeConfig *config)
{
  if (!recall (policy))
    set_local (policy, config, "Group Policy could not be read");
  return g_strdup_printf ("Group Policy could not be read, so %s holds: %s", policy->autoenrollment_source,
                          policy->group_policy->problem);
}

char *
ce_effective_autoenrollment (CePolicy *policy, const CeConfig *config)
{
  const CeGroupPolicy *group_policy = policy->group_policy;

  if (group_policy == NULL)
    set_local (policy, config, "");
  else if (!group_policy->known)
    return apply_unknown (policy, config);
  else
    {
      remember (policy);
      if (group_policy->autoenrollment->configured)
        set_said (policy, group_policy->autoenrollment);
      else
        set_local (policy, config, "no Group Policy object speaks of it");
    }
  return NULL;
}
