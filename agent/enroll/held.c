/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/held.h"

#include <string.h>

static void
entry_free (gpointer data)
{
  CeCardEntry *entry = data;

  ce_certificate_free (entry->parsed);
  ce_revocation_clear (&entry->revocation);
  g_free (entry);
}

/* Whether an expired certificate was trusted in its time tells "expired" from "not ours". */
static gboolean
is_trusted (const CeCertificate *certificate, const CePolicy *policy, gint64 now_unix)
{
  const gint64 at = MIN (now_unix, certificate->not_after_unix - 1);

  return ce_certificate_verify (certificate, policy->intermediates, policy->roots, at, NULL);
}

GPtrArray *
ce_card_entries (const CeInventory *inventory, const CePolicy *policy, gint64 now_unix)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);

  for (guint i = 0; i < inventory->certificates->len; i++)
    {
      CeCardEntry *entry = g_new0 (CeCardEntry, 1);

      entry->on_card = inventory->certificates->pdata[i];
      entry->parsed = ce_certificate_parse (entry->on_card->der, NULL);
      entry->trusted = policy != NULL && entry->parsed != NULL && is_trusted (entry->parsed, policy, now_unix);
      g_ptr_array_add (entries, entry);
    }
  return entries;
}

static gboolean
is_wanted (const CeCertificate *certificate, const CePolicy *policy)
{
  for (guint i = 0; i < policy->templates->len; i++)
    {
      const CeTemplate *template = policy->templates->pdata[i];

      if (!template->rights.enroll)
        continue;
      if (*certificate->template_oid != '\0' ? strcmp (certificate->template_oid, template->oid) == 0
                                             : ce_template_is_called (template, certificate->template_name))
        return TRUE;
    }
  return FALSE;
}

void
ce_card_entries_check_revocation (const GPtrArray *entries, const CePolicy *policy, const CeRevocationBudget *budget)
{
  for (guint i = 0; i < entries->len; i++)
    {
      CeCardEntry *entry = entries->pdata[i];

      if (entry->parsed == NULL || !entry->trusted || entry->on_card->key == NULL
          || entry->parsed->not_after_unix <= budget->now_unix || !is_wanted (entry->parsed, policy))
        continue;
      ce_revocation_clear (&entry->revocation);
      entry->revocation = ce_revocation_check (entry->parsed, policy, budget);
    }
}

static void
set_text (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static CeHeld *
held_from_entry (const CeCardEntry *entry)
{
  const CeCertificate *certificate = entry->parsed;
  CeHeld *held = ce_held_new ();

  set_text (&held->fingerprint, certificate->fingerprint);
  set_text (&held->subject, certificate->subject);
  set_text (&held->template_oid, certificate->template_oid);
  set_text (&held->template_name, certificate->template_name);
  set_text (&held->upn, certificate->upn);
  set_text (&held->sid, certificate->sid);
  held->template_major = certificate->template_major;
  held->template_minor = certificate->template_minor;
  held->not_before_unix = certificate->not_before_unix;
  held->not_after_unix = certificate->not_after_unix;
  held->has_private_key = entry->on_card->key != NULL;
  held->trusted = entry->trusted;
  held->revoked = entry->revocation.state == CE_REVOCATION_REVOKED;
  if (entry->revocation.state == CE_REVOCATION_REVOKED || entry->revocation.state == CE_REVOCATION_UNKNOWN)
    set_text (&held->revocation, entry->revocation.detail);
  return held;
}

GPtrArray *
ce_held_from_entries (const GPtrArray *entries)
{
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);

  for (guint i = 0; i < entries->len; i++)
    {
      const CeCardEntry *entry = entries->pdata[i];

      if (entry->parsed != NULL)
        g_ptr_array_add (held, held_from_entry (entry));
    }
  return held;
}

const CeCardEntry *
ce_card_entries_find (const GPtrArray *entries, const char *fingerprint)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const CeCardEntry *entry = entries->pdata[i];

      if (entry->parsed != NULL && strcmp (entry->parsed->fingerprint, fingerprint) == 0)
        return entry;
    }
  return NULL;
}
