/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/held.h"

#include <string.h>

#include "agent/base/text.h"
#include "agent/enroll/issuer.h"

/* A user has one or two; each takes a signature check or two. */
#define PUBLISHED_MAX 256

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

/* Is it of a template that the user may have, with all of @flags in its msPKI-Enrollment-Flag? */
static gboolean
is_wanted (const CeCertificate *certificate, const CePolicy *policy, guint32 flags)
{
  for (guint i = 0; i < policy->templates->len; i++)
    {
      const CeTemplate *template = policy->templates->pdata[i];

      if (!template->rights.enroll || (template->enrollment_flags & flags) != flags)
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
          || entry->parsed->not_after_unix <= budget->now_unix || !is_wanted (entry->parsed, policy, 0))
        continue;
      ce_revocation_clear (&entry->revocation);
      entry->revocation = ce_revocation_check (entry->parsed, policy, budget);
    }
}

static CeHeld *
held_from (const CeCertificate *certificate, gboolean trusted, const CeRevocation *revocation)
{
  CeHeld *held = ce_held_new ();

  ce_text_set (&held->fingerprint, certificate->fingerprint);
  ce_text_set (&held->subject, certificate->subject);
  ce_text_set (&held->template_oid, certificate->template_oid);
  ce_text_set (&held->template_name, certificate->template_name);
  ce_text_set (&held->upn, certificate->upn);
  ce_text_set (&held->sid, certificate->sid);
  held->template_major = certificate->template_major;
  held->template_minor = certificate->template_minor;
  held->not_before_unix = certificate->not_before_unix;
  held->not_after_unix = certificate->not_after_unix;
  held->trusted = trusted;
  held->revoked = revocation->state == CE_REVOCATION_REVOKED;
  if (revocation->state == CE_REVOCATION_REVOKED || revocation->state == CE_REVOCATION_UNKNOWN)
    ce_text_set (&held->revocation, revocation->detail);
  return held;
}

/* With its key on a card. */
static CeHeld *
held_on_card (const CeCertificate *certificate, gboolean trusted, const CeRevocation *revocation,
              const CePolicy *policy, gboolean renew_with_ca)
{
  CeHeld *held = held_from (certificate, trusted, revocation);

  held->has_private_key = TRUE;
  held->decrypts = ce_certificate_decrypts (certificate);
  held->ca_withdrawn = trusted && ce_issuer_withdrawn (certificate, policy);
  held->ca_renewed = renew_with_ca && trusted && ce_issuer_renewed (certificate, policy);
  return held;
}

CeHeld *
ce_held_from_issued (GBytes *der, const CePolicy *policy, gboolean renew_with_ca, gint64 now_unix)
{
  const CeRevocation unchecked = { 0 };
  g_autoptr (CeCertificate) certificate = ce_certificate_parse (der, NULL);

  return certificate != NULL ? held_on_card (certificate, is_trusted (certificate, policy, now_unix), &unchecked,
                                             policy, renew_with_ca)
                             : NULL;
}

CeHeld *
ce_held_from_entry (const CeCardEntry *entry, const CePolicy *policy, gboolean renew_with_ca)
{
  CeHeld *held = held_on_card (entry->parsed, entry->trusted, &entry->revocation, policy, renew_with_ca);

  held->has_private_key = entry->on_card->key != NULL;
  return held;
}

GPtrArray *
ce_held_from_entries (const GPtrArray *entries, const CePolicy *policy, gboolean renew_with_ca)
{
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);

  for (guint i = 0; i < entries->len; i++)
    {
      const CeCardEntry *entry = entries->pdata[i];

      if (entry->parsed != NULL)
        g_ptr_array_add (held, ce_held_from_entry (entry, policy, renew_with_ca));
    }
  return held;
}

static gboolean
asks_the_directory (const CePolicy *policy)
{
  for (guint i = 0; i < policy->templates->len; i++)
    if (((const CeTemplate *) policy->templates->pdata[i])->enrollment_flags
        & CE_TEMPLATE_ENROLL_CHECK_USER_DS_CERTIFICATE)
      return TRUE;
  return FALSE;
}

static CeHeld *
held_from_published (const CeCertificate *certificate, const CePolicy *policy,
                     const CeRevocationBudget *budget)
{
  const gboolean trusted = is_trusted (certificate, policy, budget->now_unix);
  g_auto (CeRevocation) revocation = { 0 };

  if (trusted && budget->now_unix < certificate->not_after_unix)
    revocation = ce_revocation_check (certificate, policy, budget);
  return held_from (certificate, trusted, &revocation);
}

static void
skip (CePolicy *policy, char *sentence)
{
  const guint n = g_strv_length (policy->skipped);

  policy->skipped = g_renew (char *, policy->skipped, n + 2);
  policy->skipped[n] = sentence;
  policy->skipped[n + 1] = NULL;
}

GPtrArray *
ce_held_from_directory (CePolicy *policy, const CeRevocationBudget *budget)
{
  GPtrArray *held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);
  const GPtrArray *published = policy->user.certificates;

  for (guint i = 0; asks_the_directory (policy) && i < MIN (published->len, PUBLISHED_MAX); i++)
    {
      g_autoptr (GError) broken = NULL;
      g_autoptr (CeCertificate) certificate = ce_certificate_parse (published->pdata[i], &broken);

      if (certificate == NULL)
        skip (policy, g_strdup_printf ("certificate %u of %s in the directory (userCertificate): %s", i + 1,
                                       policy->user.principal, broken->message));
      else if (is_wanted (certificate, policy, CE_TEMPLATE_ENROLL_CHECK_USER_DS_CERTIFICATE))
        g_ptr_array_add (held, held_from_published (certificate, policy, budget));
    }
  if (asks_the_directory (policy) && published->len > PUBLISHED_MAX)
    skip (policy, g_strdup_printf ("%u of the %u certificates of %s in the directory (userCertificate)",
                                   published->len - PUBLISHED_MAX, published->len, policy->user.principal));
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
