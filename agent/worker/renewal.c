/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/renewal.h"

#include <string.h>

#include "agent/base/error.h"
#include "agent/enroll/held.h"
#include "policy/standing.h"

#define MIN_DIGITS 4
#define SHOWN_DIGITS 16

static const CeTemplate *
find_template (const CePolicy *policy, const CeHeld *held)
{
  for (guint i = 0; i < policy->templates->len; i++)
    {
      const CeTemplate *template = policy->templates->pdata[i];

      if (ce_standing_is_of (held, template))
        return template;
    }
  return NULL;
}

/* As people copy it: with colons, and in capitals. */
static gboolean
begins_fingerprint (const char *fingerprint, const char *name)
{
  gsize n = 0;

  for (; *name != '\0'; name++)
    if (*name != ':' && g_ascii_tolower (*name) != fingerprint[n++])
      return FALSE;
  return n >= MIN_DIGITS;
}

static gboolean
is_meant (const CeHeld *held, const CeTemplate *template, const char *name)
{
  return held->has_private_key && template != NULL
         && (name == NULL || ce_template_is_called (template, name)
             || begins_fingerprint (held->fingerprint, name));
}

static void
list (GString *text, const CeHeld *held, const CeTemplate *template)
{
  g_string_append_printf (text, "%s%.*s (%s)", text->len > 0 ? ", " : "", SHOWN_DIGITS, held->fingerprint,
                          template->name);
}

gboolean
ce_worker_choose_renewal (const CeSession *session, char **ret_template, char **ret_fingerprint,
                          GError **error)
{
  g_autoptr (GPtrArray) held = ce_held_from_entries (session->entries, session->policy, FALSE);
  g_autoptr (GString) there = g_string_new (NULL), meant = g_string_new (NULL);
  const char *name = session->job->certificate;
  guint n = 0;

  for (guint i = 0; i < held->len; i++)
    {
      const CeHeld *one = held->pdata[i];
      const CeTemplate *template = find_template (session->policy, one);

      if (!is_meant (one, template, NULL))
        continue;
      list (there, one, template);
      if (!is_meant (one, template, name))
        continue;
      list (meant, one, template);
      if (n++ > 0)
        continue;
      *ret_template = g_strdup (template->name);
      *ret_fingerprint = g_strdup (one->fingerprint);
    }
  if (n == 1)
    return TRUE;
  g_clear_pointer (ret_template, g_free);
  g_clear_pointer (ret_fingerprint, g_free);
  if (n > 1)
    g_set_error (error, CE_ERROR, CE_ERROR_USAGE,
                 "which certificate? Name one of these with --certificate: %s", meant->str);
  else if (there->len > 0)
    g_set_error (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no certificate '%s' on this card; there is %s", name,
                 there->str);
  else
    g_set_error_literal (error, CE_ERROR, CE_ERROR_NOT_FOUND, "no certificate on this card can be renewed");
  return FALSE;
}
