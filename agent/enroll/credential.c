/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/enroll/credential.h"

#include "pkcs11/keypair.h"

#define EKU_ANY "2.5.29.37.0"

struct _CeCardCredential
{
  CeCredential shown;
  GBytes *certificate;
  EVP_PKEY *key;
  GPtrArray *chain;
  char *name;
};

gboolean
ce_card_credential_suits (const CeCardEntry *entry, gint64 now_unix)
{
  const CeCertificate *parsed = entry->parsed;

  return parsed != NULL && entry->on_card->key != NULL && parsed->not_before_unix <= now_unix
         && now_unix < parsed->not_after_unix && entry->revocation.state != CE_REVOCATION_REVOKED
         && (parsed->key_usage & KU_DIGITAL_SIGNATURE) != 0
         && (parsed->ekus[0] == NULL || ce_certificate_has_eku (parsed, CE_EKU_CLIENT_AUTH)
             || ce_certificate_has_eku (parsed, EKU_ANY));
}

static gboolean
is_better (const CeCardEntry *one, const CeCardEntry *two)
{
  if (two == NULL || one->trusted != two->trusted)
    return two == NULL || one->trusted;
  return one->parsed->not_after_unix > two->parsed->not_after_unix;
}

const CeCardEntry *
ce_card_credential_choose (const GPtrArray *entries, gint64 now_unix)
{
  const CeCardEntry *best = NULL;

  for (guint i = 0; i < entries->len; i++)
    {
      const CeCardEntry *entry = entries->pdata[i];

      if (ce_card_credential_suits (entry, now_unix) && is_better (entry, best))
        best = entry;
    }
  return best;
}

/* A person is asked for a password only where the settings name the user. */
guint
ce_card_credential_ways (const GPtrArray *entries, const CeConfig *config, gint64 now_unix)
{
  guint ways = CE_CA_AUTH_KERBEROS;

  if (config->policy_user != NULL)
    ways |= CE_CA_AUTH_PASSWORD;
  if (ce_card_credential_choose (entries, now_unix) != NULL)
    ways |= CE_CA_AUTH_CERTIFICATE;
  return ways;
}

static GError *
take_error (gpointer data)
{
  return ce_keypair_take_error (data);
}

CeCardCredential *
ce_card_credential_new (CeToken *token, const CeCardEntry *entry, const GPtrArray *chain, GError **error)
{
  g_autoptr (CeCardCredential) self = g_new0 (CeCardCredential, 1);
  const CeCertificate *parsed = entry->parsed;

  self->key = ce_keypair_to_evp (token, entry->on_card->key, error);
  if (self->key == NULL)
    return NULL;
  self->certificate = g_bytes_ref (entry->on_card->der);
  self->name = g_strdup (*parsed->upn != '\0' ? parsed->upn : parsed->subject);
  self->chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; chain != NULL && i < chain->len; i++)
    g_ptr_array_add (self->chain, g_bytes_ref (chain->pdata[i]));
  self->shown = (CeCredential){
    .certificate = self->certificate,
    .key = self->key,
    .chain = self->chain,
    .name = self->name,
    .take_error = take_error,
    .data = token,
  };
  return g_steal_pointer (&self);
}

void
ce_card_credential_free (CeCardCredential *credential)
{
  if (credential == NULL)
    return;
  g_clear_pointer (&credential->certificate, g_bytes_unref);
  g_clear_pointer (&credential->chain, g_ptr_array_unref);
  EVP_PKEY_free (credential->key);
  g_free (credential->name);
  g_free (credential);
}

const CeCredential *
ce_card_credential_get (const CeCardCredential *credential)
{
  return &credential->shown;
}
