/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What an enrolment does with keys and certificates that are on the card already, and what it leaves alone. */

#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"
#include "agent/enroll/held.h"
#include "agent/enroll/room.h"
#include "enrollment-world.h"
#include "pkcs11/store.h"
#include "pkcs11/token-private.h"
#include "x509-maker.h"

static void
a_copy_of_a_key_has_the_keys_certificate (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCardKey) other = mock_generate (f->token, "ec-p256");

  store (f, f->key, f->der);
  read_card (f);
  g_assert_true (ce_enrollment_has_certificate (f->inventory, f->key));
  g_assert_false (ce_enrollment_has_certificate (f->inventory, other));
}

static void
remove_certificate (Fixture *f)
{
  const CeAction action = { .kind = CE_ACTION_REMOVE, .certificate = f->fingerprint };
  g_autoptr (CePerformed) performed = NULL;
  g_autoptr (GError) error = NULL;

  read_card (f);
  ce_enroll_perform (&f->context, &action, &performed, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_certificates (f), ==, 0);
}

static void
a_certificate_that_goes_takes_its_key_along (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  store (f, f->key, f->der);
  remove_certificate (f);
  g_assert_false (has_key (f));
}

static void
a_key_whose_next_certificate_is_awaited_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_RENEW, CE_JOB_PENDING, f->key->public_key_id);

  write_down (f, job);
  store (f, f->key, f->der);
  remove_certificate (f);
  g_assert_true (has_key (f));
}

/* As on a token whose certificate outlived the key that the journal means. */
static void
without_the_new_key_the_old_certificate_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCardKey) other = mock_generate (f->token, "ec-p256");
  g_autoptr (GBytes) renewed = certificate_for (other);
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_RENEW, CE_JOB_WRITTEN, "not-there");

  job->certificate = g_bytes_ref (renewed);
  ce_text_set (&job->old_certificate, f->fingerprint);
  write_down (f, job);
  store (f, f->key, f->der);
  store (f, other, renewed);
  read_card (f);
  tidy (f);
  g_assert_true (has_key (f));
  g_assert_cmpuint (count_certificates (f), ==, 2);
}

static void
a_key_that_was_refused_a_certificate_goes (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_DENIED, f->key->public_key_id);

  write_down (f, job);
  read_card (f);
  tidy (f);
  g_assert_false (has_key (f));
  g_assert_cmpuint (count_open (f), ==, 0);
}

/* It was to be renewed, and its certificate was deleted by somebody else. */
static void
a_key_that_was_there_before_its_job_stays (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_RENEW, CE_JOB_DENIED, f->key->public_key_id);

  ce_text_set (&job->keys_before, f->key->public_key_id);
  write_down (f, job);
  read_card (f);
  tidy (f);
  g_assert_true (has_key (f));
  g_assert_cmpuint (count_open (f), ==, 0);
}

static void
a_key_that_is_kept_is_written_down_as_there_before (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_RENEW, CE_JOB_BEGUN, "");
  CeEnrollment e = { .context = &f->context, .template = f->template, .job = job };

  f->template->private_key_flags = CE_TEMPLATE_KEY_SAME_KEY_RENEWAL;
  ce_text_set (&job->old_certificate, f->fingerprint);
  store (f, f->key, f->der);
  read_card (f);
  g_assert_true (ce_step_generate_key (&e, NULL));
  g_assert_cmpstr (job->public_key_id, ==, f->key->public_key_id);
  g_assert_cmpstr (job->keys_before, ==, f->key->public_key_id);
  ce_card_key_free (e.key);
}

/* Its name says for which template, and it has no certificate. */
static CeCardKey *
make_orphan (const Fixture *f)
{
  g_autoptr (GError) error = NULL;
  CeCardKey *key = NULL;

  ce_keypair_generate (f->token, "rsa-2048", CE_KEY_USE_SIGN, CE_ENROLLMENT_KEY_LABEL TEMPLATE, &key, &error);
  g_assert_no_error (error);
  return key;
}

static void
generate (const Fixture *f, CeJob *job)
{
  CeEnrollment e = { .context = &f->context, .template = f->template, .job = job };
  g_autoptr (GError) error = NULL;

  ce_step_generate_key (&e, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->state, ==, CE_JOB_KEY_READY);
  ce_card_key_free (e.key);
}

static void
a_key_of_ours_without_a_certificate_is_used (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_BEGUN, "");
  g_autoptr (CeCardKey) orphan = make_orphan (f);

  read_card (f);
  generate (f, job);
  g_assert_cmpstr (job->public_key_id, ==, orphan->public_key_id);
}

static void
one_that_was_tidied_away_meanwhile_is_not (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_BEGUN, "");
  g_autoptr (CeCardKey) orphan = make_orphan (f);

  read_card (f);
  g_assert_true (ce_store_delete_keypair (f->token, orphan->public_key_id, NULL));
  generate (f, job);
  g_assert_cmpstr (job->public_key_id, !=, orphan->public_key_id);
}

/* Its CA was down, and another key was to be made for another template. */
static void
a_key_that_another_job_waits_with_is_not_taken_for_the_new_one (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) waiting = job_new (f, CE_ACTION_ENROLL, CE_JOB_REQUEST_SENDING, f->key->public_key_id);
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_KEY_GENERATING, "");
  CeEnrollment e = { .context = &f->context, .template = f->template, .job = job };
  g_autoptr (GError) error = NULL;

  ce_text_set (&waiting->template_name, "Other");
  write_down (f, waiting);
  write_down (f, job);
  read_card (f);
  ce_step_find_generated_key (&e, &error);
  g_assert_no_error (error);
  g_assert_cmpint (job->state, ==, CE_JOB_BEGUN);
  g_assert_cmpstr (job->public_key_id, ==, "");
}

/* The CA issued something else. That can be seen without the card, so no PIN is asked for it. */
static void
what_will_not_be_written_is_known_before_the_pin (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePending) pending = ce_pending_new (TEMPLATE, "LAB-CA", "27", ce_now (), ce_now ());
  const CeAction action = { .kind = CE_ACTION_FETCH_PENDING, .template = f->template, .pending = pending };
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_ISSUED, f->key->public_key_id);
  g_autoptr (CePerformed) performed = NULL;
  g_autoptr (GError) error = NULL;

  ce_text_set (&job->request_id, "27");
  ce_text_set (&job->ca_name, "LAB-CA");
  job->certificate = g_bytes_ref (f->der);
  write_down (f, job);
  read_card (f);
  mock_assert_fails (ce_enroll_ask_first (&f->context, &action, &performed, &error), &error,
                     CE_ERROR_PROTOCOL, "LAB-CA issued a certificate that is not of this template");
  g_assert_null (performed);
  g_assert_cmpuint (count_open (f), ==, 1);
}

/* As of a pair that was cut off while it was deleted. */
static void
lose_private_part (const Fixture *f, const CeCardKey *key)
{
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE template[] = {
    { CKA_CLASS, &class, sizeof class },
    { CKA_ID, (void *) g_bytes_get_data (key->id, NULL), g_bytes_get_size (key->id) },
  };
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  CK_ULONG n = 0;

  g_assert_cmpuint (f->token->f->C_FindObjectsInit (f->token->session, template, 2), ==, CKR_OK);
  g_assert_cmpuint (f->token->f->C_FindObjects (f->token->session, &object, 1, &n), ==, CKR_OK);
  f->token->f->C_FindObjectsFinal (f->token->session);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpuint (f->token->f->C_DestroyObject (f->token->session, object), ==, CKR_OK);
}

static void
the_public_part_of_a_key_is_no_key (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeCardKey) orphan = make_orphan (f);
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_BEGUN, "");
  g_autoptr (CeJob) begun = job_new (f, CE_ACTION_ENROLL, CE_JOB_KEY_READY, orphan->public_key_id);
  g_autoptr (CeJob) generating = job_new (f, CE_ACTION_ENROLL, CE_JOB_KEY_GENERATING, "");
  CeEnrollment e = { .context = &f->context, .template = f->template, .job = begun };

  lose_private_part (f, orphan);
  read_card (f);
  generate (f, job);
  g_assert_cmpstr (job->public_key_id, !=, orphan->public_key_id);
  g_assert_true (ce_enrollment_find_key (&e, NULL));
  g_assert_null (e.key);
  job->state = CE_JOB_DONE;
  write_down (f, job);
  ce_text_set (&generating->keys_before, f->key->public_key_id);
  e = (CeEnrollment){ .context = &f->context, .template = f->template, .job = generating };
  g_assert_true (ce_step_find_generated_key (&e, NULL));
  g_assert_cmpstr (generating->public_key_id, ==, job->public_key_id);
  ce_card_key_free (e.key);
}

static GBytes *
certificate_that_ends (const CeCardKey *key, gint64 end_unix, const char *const *extensions)
{
  g_autoptr (EVP_PKEY) ca_key = maker_key ("P-256");
  g_autoptr (X509) x509 = maker_certificate (&(MakerCertificate){ .subject = "alice",
                                                                  .key = key->public_key,
                                                                  .issuer_key = ca_key,
                                                                  .not_before_unix = end_unix - 600,
                                                                  .not_after_unix = end_unix,
                                                                  .extensions = extensions });

  return maker_der (x509);
}

static gboolean
ask_for_issued (const Fixture *f, const char *template_name, GBytes *der, gint64 came_unix, GError **error)
{
  const CeAction action = { .kind = CE_ACTION_ENROLL, .template = f->template };
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_ISSUED, f->key->public_key_id);
  g_autoptr (CePerformed) performed = NULL;

  ce_text_set (&job->ca_name, "LAB-CA");
  ce_text_set (&job->template_name, template_name);
  job->certificate = g_bytes_ref (der);
  g_assert_true (ce_journal_write (f->context.journal, job, came_unix, NULL));
  return ce_enroll_ask_first (&f->context, &action, &performed, error);
}

/* Else it would be asked for anew in a loop, as the next one ends as soon. */
static void
what_had_ended_when_it_came_is_not_asked_for_again_at_once (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gint64 end = ce_now () - 3600;
  g_autoptr (GBytes) der = certificate_that_ends (f->key, end, NULL);
  g_autoptr (GError) error = NULL;

  read_card (f);
  mock_assert_fails (ask_for_issued (f, TEMPLATE, der, end + 1, &error), &error, CE_ERROR_PROTOCOL,
                     "LAB-CA issued a certificate that had ended before it came");
}

static void
what_ended_while_its_card_was_away_is (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  const gint64 end = ce_now () - 3600;
  g_autoptr (GBytes) der = certificate_that_ends (f->key, end, NULL);
  g_autoptr (GError) error = NULL;

  read_card (f);
  g_assert_true (ask_for_issued (f, TEMPLATE, der, end - 1, &error));
  g_assert_no_error (error);
}

/* The plan goes by the OID where there is one, and would not find it. */
static void
a_name_beside_another_templates_oid_is_not_enough (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const extensions[]
      = { "1.3.6.1.4.1.311.20.2", "DER:1e080055007300650072", "1.3.6.1.4.1.311.21.7",
          "DER:301506132b060104018237150881ffffffffffffffff7f", NULL };
  g_autoptr (GBytes) der = certificate_that_ends (f->key, ce_now () + 600, extensions);
  g_autoptr (GError) error = NULL;

  ce_text_set (&f->template->name, "User");
  f->template->schema_version = 1;
  read_card (f);
  mock_assert_fails (ask_for_issued (f, "User", der, ce_now (), &error), &error, CE_ERROR_PROTOCOL,
                     "LAB-CA issued a certificate that is not of this template");
}

/* Denied or cancelled by another program after the plan was made. */
static void
a_request_that_is_no_longer_waiting_is_not_sent_anew (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePending) pending = ce_pending_new (TEMPLATE, "LAB-CA", "27", ce_now (), ce_now ());
  const CeAction action = { .kind = CE_ACTION_FETCH_PENDING, .template = f->template, .pending = pending };
  const guint made = f->mock->entries[MOCK_GENERATE_KEY_PAIR].calls;
  g_autoptr (CePerformed) performed = NULL;
  g_autoptr (GError) error = NULL;

  read_card (f);
  mock_assert_fails (ce_enroll_perform (&f->context, &action, &performed, &error), &error, CE_ERROR_NOT_FOUND,
                     "request 27 of template '" TEMPLATE "' is no longer in the journal");
  g_assert_cmpuint (f->mock->entries[MOCK_GENERATE_KEY_PAIR].calls, ==, made);
  g_assert_cmpuint (count_open (f), ==, 0);
}

/* OpenSC 0.26 may have said that it was written when the card was gone: docs/adr/0083. */
static void
what_was_written_and_is_not_there_is_written_again (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  static const CeJobState said[] = { CE_JOB_WRITTEN, CE_JOB_PROVED };

  read_card (f);
  for (gsize i = 0; i < G_N_ELEMENTS (said); i++)
    {
      g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, said[i], f->key->public_key_id);
      g_autoptr (GPtrArray) open = NULL;

      job->certificate = g_bytes_ref (f->der);
      write_down (f, job);
      g_assert_true (ce_enroll_settle (&f->context, ce_now (), NULL));
      open = ce_journal_open_jobs (f->context.journal, NULL, NULL);
      g_assert_cmpuint (open->len, ==, i + 1);
      for (guint j = 0; j < open->len; j++)
        g_assert_cmpint (((const CeJob *) open->pdata[j])->state, ==, CE_JOB_WRITING);
    }
}

static void
what_was_written_and_is_there_is_done (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_WRITTEN, f->key->public_key_id);

  job->certificate = g_bytes_ref (f->der);
  write_down (f, job);
  store (f, f->key, f->der);
  read_card (f);
  g_assert_true (ce_enroll_settle (&f->context, ce_now (), NULL));
  g_assert_cmpuint (count_open (f), ==, 0);
}

/* For @f's key, of a template by that name, begun and ended so many seconds from now, of a CA that
 * the policy trusts. */
static GBytes *
certificate_of_template (const Fixture *f, const char *template, gint64 from_s, gint64 to_s)
{
  g_autofree char *value = g_strconcat ("ASN1:BMPSTRING:", template, NULL);
  const char *const extensions[] = { "1.3.6.1.4.1.311.20.2", value, NULL };
  g_autofree char *name = g_strdup_printf ("CA %u", f->policy->roots->len);
  g_autoptr (EVP_PKEY) ca_key = maker_key ("P-256");
  g_autoptr (X509) ca = maker_certificate (&(MakerCertificate){ .subject = name, .key = ca_key, .ca = TRUE });
  g_autoptr (X509) x509 = maker_certificate (&(MakerCertificate){ .subject = "alice",
                                                                  .key = f->key->public_key,
                                                                  .issuer_key = ca_key,
                                                                  .issuer = ca,
                                                                  .not_before_unix = ce_now () + from_s,
                                                                  .not_after_unix = ce_now () + to_s,
                                                                  .extensions = extensions });

  g_ptr_array_add (f->policy->roots, maker_der (ca));
  return maker_der (x509);
}

/* Of a renewal with the same key, whose old certificate is on the card. Returns that. */
static GBytes *
renew_with_same_key (Fixture *f, CeJobState state)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_RENEW, state, f->key->public_key_id);
  g_autofree char *fingerprint = NULL;
  GBytes *old = certificate_of_template (f, TEMPLATE, -7200, 3600);

  fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, old);
  ce_text_set (&job->keys_before, f->key->public_key_id);
  ce_text_set (&job->old_certificate, fingerprint);
  job->certificate = g_bytes_ref (f->der);
  write_down (f, job);
  store (f, f->key, old);
  return old;
}

/* Returns the state of the one job that is open, or "none". */
static const char *
settle (Fixture *f)
{
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GError) error = NULL;

  read_card (f);
  ce_enroll_settle (&f->context, ce_now (), &error);
  g_assert_no_error (error);
  open = ce_journal_open_jobs (f->context.journal, NULL, NULL);
  g_assert_cmpuint (open->len, <=, 1);
  return open->len == 1 ? ce_job_state_name (((const CeJob *) open->pdata[0])->state) : "none";
}

static void
a_renewal_goes_on_though_its_key_has_other_certificates (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) old G_GNUC_UNUSED = renew_with_same_key (f, CE_JOB_PENDING);
  g_autoptr (GBytes) other_purpose = certificate_of_template (f, "LabMail", -60, 3600);
  g_autoptr (GBytes) older = certificate_of_template (f, TEMPLATE, -9000, 60);

  store (f, f->key, other_purpose);
  store (f, f->key, older);
  g_assert_cmpstr (settle (f), ==, "pending");
}

static void
a_renewal_that_another_desk_has_finished_is_over (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) old G_GNUC_UNUSED = renew_with_same_key (f, CE_JOB_PENDING);
  g_autoptr (GBytes) newer = certificate_of_template (f, TEMPLATE, -60, 9000);

  store (f, f->key, newer);
  g_assert_cmpstr (settle (f), ==, "none");
}

static void
what_was_being_written_is_over_where_its_key_has_another_certificate (Fixture *f,
                                                                      gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_WRITING, f->key->public_key_id);
  g_autoptr (GBytes) elsewhere = certificate_for (f->key);

  job->certificate = g_bytes_ref (f->der);
  write_down (f, job);
  g_assert_cmpstr (settle (f), ==, "writing");
  store (f, f->key, elsewhere);
  g_assert_cmpstr (settle (f), ==, "none");
}

/* Its card was away for as long, and nobody may ask for another one. */
static void
an_expired_certificate_of_a_template_that_is_gone_is_given_up (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePending) pending = ce_pending_new (TEMPLATE, "LAB-CA", "27", ce_now (), ce_now ());
  const CeAction action = { .kind = CE_ACTION_FETCH_PENDING, .pending = pending };
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_ISSUED, f->key->public_key_id);
  g_autoptr (CePerformed) performed = NULL;
  g_autoptr (GError) error = NULL;

  job->certificate = certificate_of_template (f, TEMPLATE, -7200, -3600);
  ce_text_set (&job->request_id, "27");
  write_down (f, job);
  read_card (f);
  mock_assert_fails (ce_enroll_perform (&f->context, &action, &performed, &error), &error, CE_ERROR_NOT_FOUND,
                     "the certificate had expired before it could be written, and the directory has no such "
                     "template any more");
  g_assert_false (has_key (f));
  g_assert_cmpuint (count_open (f), ==, 0);
  g_assert_cmpuint (f->mock->entries[MOCK_SIGN].calls, ==, 0);
}

/* Returns how many certificates are left when a new one, valid from then on, was proved. */
static guint
renew (Fixture *f, gint64 from_s)
{
  g_autoptr (GBytes) old = certificate_of_template (f, TEMPLATE, -7200, 3600);
  g_autoptr (GBytes) new = certificate_of_template (f, TEMPLATE, from_s, 30 * 24 * 3600);
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_RENEW, CE_JOB_PROVED, f->key->public_key_id);
  g_autofree char *fingerprint = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, old);
  CePerformed performed = { .outcome = CE_PERFORMED_DONE, .kind = CE_ACTION_RENEW, .job = job };
  g_autoptr (GError) error = NULL;

  store (f, f->key, old);
  store (f, f->key, new);
  read_card (f);
  g_ptr_array_unref (f->entries);
  f->entries = ce_card_entries (f->inventory, f->policy, ce_now ());
  f->context.entries = f->entries;
  job->certificate = g_bytes_ref (new);
  ce_text_set (&job->old_certificate, fingerprint);
  ce_enroll_finish (&f->context, &performed, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_open (f), ==, 0);
  return count_certificates (f);
}

static void
the_old_certificate_makes_way_for_one_that_counts (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpuint (renew (f, -60), ==, 1);
}

static void
the_old_certificate_does_not_make_way_for_one_in_vain (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  g_assert_cmpuint (renew (f, 2 * 24 * 3600), ==, 2);
}

/* What a full card could do without. */
static char *
surplus (Fixture *f)
{
  g_autoptr (CeJob) job = job_new (f, CE_ACTION_ENROLL, CE_JOB_BEGUN, "");
  CeEnrollment e = { .context = &f->context, .template = f->template, .job = job };
  g_autoptr (GError) error = NULL;

  read_card (f);
  g_assert_false (ce_room_make (&e, g_error_new_literal (CE_ERROR, CE_ERROR_TOKEN_FULL, "full"), &error));
  return g_strdup (error->message);
}

static void
a_key_whose_certificate_cannot_be_read_is_not_offered (Fixture *f, gconstpointer data G_GNUC_UNUSED)
{
  CK_OBJECT_CLASS class = CKO_CERTIFICATE;
  CK_ATTRIBUTE template[] = {
    { CKA_CLASS, &class, sizeof class },
    { CKA_ID, (void *) g_bytes_get_data (f->key->id, NULL), g_bytes_get_size (f->key->id) },
  };
  g_autofree char *without = surplus (f);
  g_autofree char *with = NULL;
  CK_OBJECT_HANDLE object;

  g_assert_cmpstr (without, ==, "full; it could do without the key 'a key', which has no certificate");
  g_assert_cmpuint (f->token->f->C_CreateObject (f->token->session, template, 2, &object), ==, CKR_OK);
  with = surplus (f);
  g_assert_cmpstr (with, ==, "full");
}

#define ADD(path, test) g_test_add ("/enrollment/" path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("a-copy-of-a-key-has-the-keys-certificate", a_copy_of_a_key_has_the_keys_certificate);
  ADD ("a-certificate-that-goes-takes-its-key-along", a_certificate_that_goes_takes_its_key_along);
  ADD ("a-key-whose-next-certificate-is-awaited-stays", a_key_whose_next_certificate_is_awaited_stays);
  ADD ("without-the-new-key-the-old-certificate-stays", without_the_new_key_the_old_certificate_stays);
  ADD ("a-key-that-was-refused-a-certificate-goes", a_key_that_was_refused_a_certificate_goes);
  ADD ("a-key-that-was-there-before-its-job-stays", a_key_that_was_there_before_its_job_stays);
  ADD ("a-key-that-is-kept-is-written-down-as-there-before",
       a_key_that_is_kept_is_written_down_as_there_before);
  ADD ("a-key-of-ours-without-a-certificate-is-used", a_key_of_ours_without_a_certificate_is_used);
  ADD ("a-key-whose-certificate-cannot-be-read-is-not-offered",
       a_key_whose_certificate_cannot_be_read_is_not_offered);
  ADD ("the-public-part-of-a-key-is-no-key", the_public_part_of_a_key_is_no_key);
  ADD ("one-that-was-tidied-away-meanwhile-is-not", one_that_was_tidied_away_meanwhile_is_not);
  ADD ("what-was-written-and-is-not-there-is-written-again",
       what_was_written_and_is_not_there_is_written_again);
  ADD ("what-was-written-and-is-there-is-done", what_was_written_and_is_there_is_done);
  ADD ("a-key-that-another-job-waits-with-is-not-taken-for-the-new-one",
       a_key_that_another_job_waits_with_is_not_taken_for_the_new_one);
  ADD ("what-will-not-be-written-is-known-before-the-pin", what_will_not_be_written_is_known_before_the_pin);
  ADD ("a-renewal-goes-on-though-its-key-has-other-certificates",
       a_renewal_goes_on_though_its_key_has_other_certificates);
  ADD ("the-old-certificate-makes-way-for-one-that-counts", the_old_certificate_makes_way_for_one_that_counts);
  ADD ("the-old-certificate-does-not-make-way-for-one-in-vain",
       the_old_certificate_does_not_make_way_for_one_in_vain);
  ADD ("a-renewal-that-another-desk-has-finished-is-over", a_renewal_that_another_desk_has_finished_is_over);
  ADD ("what-was-being-written-is-over-where-its-key-has-another-certificate",
       what_was_being_written_is_over_where_its_key_has_another_certificate);
  ADD ("an-expired-certificate-of-a-template-that-is-gone-is-given-up",
       an_expired_certificate_of_a_template_that_is_gone_is_given_up);
  ADD ("what-had-ended-when-it-came-is-not-asked-for-again-at-once",
       what_had_ended_when_it_came_is_not_asked_for_again_at_once);
  ADD ("what-ended-while-its-card-was-away-is", what_ended_while_its_card_was_away_is);
  ADD ("a-name-beside-another-templates-oid-is-not-enough",
       a_name_beside_another_templates_oid_is_not_enough);
  ADD ("a-request-that-is-no-longer-waiting-is-not-sent-anew",
       a_request_that_is_no_longer_waiting_is_not_sent_anew);
  return g_test_run ();
}
