/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "enrollment-world.h"

#include <glib/gstdio.h>

#include "agent/base/text.h"
#include "agent/enroll/held.h"
#include "pkcs11/store.h"
#include "x509-maker.h"

GBytes *
certificate_for (const CeCardKey *key)
{
  static const char *const extensions[] = { "keyUsage", "critical,digitalSignature", NULL };
  g_autoptr (EVP_PKEY) ca_key = maker_key ("P-256");
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = "CA", .key = ca_key, .ca = TRUE });
  g_autoptr (X509) x509 = maker_certificate (&(MakerCertificate){ .subject = "alice",
                                                                  .key = key->public_key,
                                                                  .issuer_key = ca_key,
                                                                  .issuer = ca,
                                                                  .extensions = extensions });

  return maker_der (x509);
}

void
store (const Fixture *f, const CeCardKey *key, GBytes *der)
{
  g_autoptr (GError) error = NULL;

  ce_store_certificate (f->token, key, der, "a certificate", &error);
  g_assert_no_error (error);
}

void
read_card (Fixture *f)
{
  g_clear_pointer (&f->entries, g_ptr_array_unref);
  ce_inventory_free (f->inventory);
  f->inventory = ce_token_read (f->token, NULL);
  g_assert_nonnull (f->inventory);
  f->entries = ce_card_entries (f->inventory, NULL, ce_now ());
  f->context.inventory = f->inventory;
  f->context.entries = f->entries;
}

void
set_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  f->mock = mock_load ();
  f->token = mock_open_and_login ();
  f->key = mock_generate (f->token, "ec-p256");
  f->der = certificate_for (f->key);
  f->fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, f->der);
  f->policy = ce_policy_new ();
  ce_text_set (&f->policy->user.principal, "alice@LAB.TEST");
  f->template = ce_template_new ();
  ce_text_set (&f->template->name, TEMPLATE);
  ce_text_set (&f->template->key_algorithm, "RSA");
  g_ptr_array_add (f->policy->templates, f->template);
  f->folder = g_dir_make_tmp ("enrollment-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "journal.db", NULL);
  f->context = (CeEnrollContext){ .config = &f->config, .policy = f->policy, .token = f->token };
  f->context.journal = ce_journal_open (f->path, &error);
  g_assert_no_error (error);
}

void
tear_down (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_clear_pointer (&f->entries, g_ptr_array_unref);
  ce_inventory_free (f->inventory);
  ce_policy_free (f->policy);
  ce_journal_free (f->context.journal);
  g_bytes_unref (f->der);
  ce_card_key_free (f->key);
  ce_token_free (f->token);
  g_unlink (f->path);
  g_rmdir (f->folder);
  g_free (f->path);
  g_free (f->folder);
  g_free (f->fingerprint);
}

CeJob *
job_new (const Fixture *f, CeActionKind kind, CeJobState state, const char *public_key_id)
{
  CeJob *job = ce_job_new ();

  job->state = state;
  ce_text_set (&job->card_serial, ce_token_info (f->token)->serial);
  ce_text_set (&job->user, f->policy->user.principal);
  ce_text_set (&job->action, ce_action_name (kind));
  ce_text_set (&job->template_name, TEMPLATE);
  ce_text_set (&job->public_key_id, public_key_id);
  return job;
}

void
write_down (const Fixture *f, CeJob *job)
{
  g_assert_true (ce_journal_write (f->context.journal, job, ce_now (), NULL));
}

void
tidy (const Fixture *f)
{
  g_autoptr (GError) error = NULL;

  ce_enroll_tidy (&f->context, &error);
  g_assert_no_error (error);
}

gboolean
has_key (const Fixture *f)
{
  g_autoptr (CeInventory) inventory = ce_token_read (f->token, NULL);

  return ce_inventory_find_key (inventory, f->key->public_key_id) != NULL;
}

guint
count_certificates (const Fixture *f)
{
  g_autoptr (CeInventory) inventory = ce_token_read (f->token, NULL);

  return inventory->certificates->len;
}

guint
count_open (const Fixture *f)
{
  g_autoptr (GPtrArray) open = ce_journal_open_jobs (f->context.journal, NULL, NULL);

  return open->len;
}
