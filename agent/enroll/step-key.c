/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/enroll/algorithm.h"
#include "agent/enroll/enrollment.h"
#include "agent/enroll/renewal.h"
#include "agent/enroll/room.h"
#include "pkcs11/keypair.h"
#include "pkcs11/remains.h"
#include "pkcs11/store.h"

#define GENERATE_MS 180000
#define WRITE_MS 60000

/* Public keys, and what else tells a new key from those that were there. */
static char *
key_ids (const CeToken *token, const CeInventory *inventory)
{
  g_autofree char *raw = ce_remains_keys (token);
  GString *ids = g_string_new (raw);

  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];

      g_string_append_printf (ids, "%s%s", ids->len > 0 ? " " : "", key->public_key_id);
    }
  return g_string_free (ids, FALSE);
}

/* A key that one of us made on this card, on whichever machine, and that never got its certificate. @whole: with its
 * private part, which may not be seen before a login; the public one may be all that is left of a pair. */
static const CeCardKey *
find_own_orphan (const CeInventory *inventory, const char *algorithm, const char *label, gboolean whole)
{
  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];

      if (*key->public_key_id != '\0' && strcmp (key->algorithm, algorithm) == 0 && strcmp (key->label, label) == 0
          && (key->has_private || !whole) && !ce_enrollment_has_certificate (inventory, key))
        return key;
    }
  return NULL;
}

/* The inventory is from before: such a key may have been tidied away since. */
static gboolean
adopt_orphan (CeEnrollment *e, const char *algorithm, const char *label, GError **error)
{
  g_autoptr (CeInventory) now = NULL;
  const CeCardKey *orphan;

  if (find_own_orphan (e->context->inventory, algorithm, label, FALSE) == NULL)
    return TRUE;
  now = ce_token_read (e->context->token, error);
  if (now == NULL)
    return FALSE;
  orphan = find_own_orphan (now, algorithm, label, TRUE);
  e->key = orphan != NULL ? ce_card_key_copy (orphan) : NULL;
  return TRUE;
}

/* No new key: the old one goes on, because the template says so or the card is full. */
static gboolean
keep_old_key (CeEnrollment *e, GError **error)
{
  e->key = ce_card_key_copy (ce_renewal_source (e)->on_card->key);
  ce_enrollment_remember_key (e);
  ce_text_set (&e->job->keys_before, e->job->public_key_id);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

gboolean
ce_step_drop_half_a_key (CeEnrollment *e, GError **error)
{
  g_auto (GStrv) before = g_strsplit (e->job->keys_before, " ", -1);

  return ce_remains_drop_keys (e->context->token, (const char *const *) before, error);
}

static gboolean
check_whole (CeEnrollment *e, GError **error)
{
  g_auto (GStrv) before = g_strsplit (e->job->keys_before, " ", -1);

  if (ce_remains_check_key (e->context->token, (const char *const *) before, error))
    return TRUE;
  g_clear_pointer (&e->key, ce_card_key_free);
  return FALSE;
}

static gboolean
try_to_generate (CeEnrollment *e, const char *algorithm, const char *label, GError **error)
{
  if (!ce_room_check (e->context, algorithm, error))
    return FALSE;
  g_free (e->job->keys_before);
  e->job->keys_before = key_ids (e->context->token, e->context->inventory);
  if (!ce_enrollment_enter (e, CE_JOB_KEY_GENERATING, error))
    return FALSE;
  ce_enrollment_progress (e, "generate-key", GENERATE_MS, TRUE, "Generating a key on the card");
  return ce_keypair_generate (e->context->token, algorithm, ce_algorithm_key_use (e->template), label, &e->key, error)
         && check_whole (e, error);
}

static gboolean
generate (CeEnrollment *e, const char *algorithm, const char *label, GError **error)
{
  g_autoptr (GError) failed = NULL;

  while (!try_to_generate (e, algorithm, label, &failed))
    {
      if (!g_error_matches (failed, CE_ERROR, CE_ERROR_TOKEN_FULL))
        {
          g_propagate_error (error, g_steal_pointer (&failed));
          return FALSE;
        }
      if (!ce_step_drop_half_a_key (e, error))
        return FALSE;
      if (ce_renewal_may_keep_key (e))
        return keep_old_key (e, error);
      if (!ce_room_make (e, g_steal_pointer (&failed), error))
        return FALSE;
    }
  ce_enrollment_remember_key (e);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

gboolean
ce_step_generate_key (CeEnrollment *e, GError **error)
{
  g_autofree char *label = g_strconcat (CE_ENROLLMENT_KEY_LABEL, e->template->name, NULL);
  CeTokenAbilities abilities;
  const char *algorithm;

  if (ce_renewal_keeps_key (e))
    return keep_old_key (e, error);

  ce_token_abilities (e->context->token, &abilities);
  algorithm = ce_algorithm_choose (e->template, e->context->config->key_algorithm, &abilities, error);
  if (algorithm == NULL || !adopt_orphan (e, algorithm, label, error))
    return FALSE;
  if (e->key == NULL)
    return generate (e, algorithm, label, error);
  ce_enrollment_remember_key (e);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

/* Is @key the one that the job's generation made? Those of jobs that wait for their CA came before or after it. */
static gboolean
may_be_generated (const CeEnrollment *e, const CeInventory *inventory, const CeCardKey *key, const char *const *before,
                  const GPtrArray *open)
{
  return *key->public_key_id != '\0' && key->has_private && !g_strv_contains (before, key->public_key_id)
         && !ce_enrollment_has_certificate (inventory, key)
         && !ce_enrollment_is_awaited (open, key->public_key_id, e->job);
}

/* After a restart: the one key without a certificate that was not there before is the one we asked for. */
gboolean
ce_step_find_generated_key (CeEnrollment *e, GError **error)
{
  g_auto (GStrv) before = g_strsplit (e->job->keys_before, " ", -1);
  g_autoptr (CeInventory) inventory = ce_token_read (e->context->token, error);
  g_autoptr (GPtrArray) open
    = inventory != NULL ? ce_journal_open_jobs (e->context->journal, e->job->card_serial, error) : NULL;
  const CeCardKey *found = NULL;
  guint n = 0;

  if (open == NULL)
    return FALSE;
  for (guint i = 0; i < inventory->keys->len; i++)
    {
      const CeCardKey *key = inventory->keys->pdata[i];

      if (!may_be_generated (e, inventory, key, (const char *const *) before, open))
        continue;
      found = key;
      n++;
    }
  if (n == 0 && !ce_step_drop_half_a_key (e, error))
    return FALSE;
  if (n != 1)
    return ce_enrollment_enter (e, CE_JOB_BEGUN, error);
  e->key = ce_card_key_copy (found);
  ce_enrollment_remember_key (e);
  return ce_enrollment_enter (e, CE_JOB_KEY_READY, error);
}

/* One that has a certificate, or that was to be renewed and has lost it meanwhile: it may have encrypted something. */
static gboolean
must_stay (const CeEnrollment *e)
{
  const CeCardKey *key = ce_inventory_find_key (e->context->inventory, e->job->public_key_id);
  g_auto (GStrv) before = g_strsplit (e->job->keys_before, " ", -1);

  return g_strv_contains ((const char *const *) before, e->job->public_key_id)
         || (key != NULL && ce_enrollment_has_certificate (e->context->inventory, key));
}

gboolean
ce_step_drop_key (CeEnrollment *e, GError **error)
{
  if (must_stay (e))
    {
      ce_text_set (&e->job->public_key_id, "");
      return ce_enrollment_enter (e, CE_JOB_DENIED, error);
    }
  ce_enrollment_progress (e, "write-certificate", WRITE_MS, TRUE, "Removing the key that was refused a certificate");
  if (!ce_store_delete_keypair (e->context->token, e->job->public_key_id, error)
      || (e->job->request != NULL && !ce_remains_drop_request (e->context->token, e->job->request, error)))
    return FALSE;
  ce_text_set (&e->job->public_key_id, "");
  return ce_enrollment_enter (e, CE_JOB_DENIED, error);
}

gboolean
ce_step_give_up (CeEnrollment *e, const char *why, GError **error)
{
  ce_text_set (&e->job->note, why);
  if (e->job->state != CE_JOB_BEGUN
      && (!ce_enrollment_enter (e, CE_JOB_DENIED, error) || !ce_step_drop_key (e, error)))
    return FALSE;
  return ce_enrollment_enter (e, CE_JOB_ABANDONED, error);
}
