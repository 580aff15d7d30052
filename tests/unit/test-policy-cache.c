/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "agent/base/error.h"
#include "policy/sources/cache.h"

#define ALICE "alice@LAB.TEST"
#define SETTINGS "0123"

static char *folder;

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
set_list (GStrv *field, const char *one, const char *other)
{
  g_strfreev (*field);
  *field = g_strdupv ((char *[]){ (char *) one, (char *) other, NULL });
}

static void
add_blob (GPtrArray *blobs, const char *bytes)
{
  g_ptr_array_add (blobs, g_bytes_new (bytes, strlen (bytes) + 1));
}

static CeTemplate *
make_template (void)
{
  CeTemplate *t = ce_template_new ();
  char **texts[] = { &t->name, &t->display_name, &t->oid, &t->key_algorithm, &t->hash_algorithm,
                     &t->symmetric_algorithm, &t->rights_detail, &t->rights_ask };
  guint32 *numbers[] = { &t->schema_version, &t->major_version, &t->minor_version, &t->general_flags,
                         &t->enrollment_flags, &t->private_key_flags, &t->name_flags, &t->key_spec,
                         &t->min_key_bits, &t->key_property_usage, &t->symmetric_key_bits, &t->ra_signatures };
  GStrv *lists[] = { &t->ekus, &t->application_policies, &t->certificate_policies, &t->critical_extensions,
                     &t->providers, &t->ra_application_policies, &t->ra_policies, &t->supersedes };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strdup_printf ("text %u \"\\ ü", i);

      set (texts[i], text);
    }
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    *numbers[i] = G_MAXUINT32 - i;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_autofree char *text = g_strdup_printf ("1.2.%u", i);

      set_list (lists[i], text, "2.5");
    }
  t->max_issuing_depth = -1;
  t->key_usage[0] = 0xa0;
  t->key_usage[1] = 0x80;
  t->validity_s = G_GINT64_CONSTANT (100000000000);
  t->renewal_s = 6 * 7 * 86400;
  t->rights.autoenroll = TRUE;
  return t;
}

static CeEnrollmentService *
make_service (void)
{
  CeEnrollmentService *service = ce_enrollment_service_new ();

  set (&service->name, "CA1");
  set (&service->display_name, "CA One");
  set (&service->host, "ca1.lab.test");
  set_list (&service->templates, "A", "B");
  add_blob (service->certificates, "certificate");
  g_ptr_array_add (service->endpoints, ce_ca_endpoint_new ("https://ca1/", CE_CA_AUTH_CERTIFICATE, 7, TRUE));
  service->may_enroll = TRUE;
  set (&service->unusable, "its certificate has expired");
  return service;
}

static CePolicy *
make_policy (void)
{
  CePolicy *policy = ce_policy_new ();
  CeUser *user = &policy->user;
  char **texts[] = { &policy->source, &policy->autoenrollment_source, &user->upn, &user->account, &user->dn, &user->sid,
                     &user->mail, &policy->expiry_source };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = g_strdup_printf ("policy text %u", i);

      set (texts[i], text);
    }
  set (&user->principal, ALICE);
  set_list (&user->groups, "S-1-5-21-1-2-3-513", "S-1-5-21-1-2-3-1104");
  set_list (&policy->skipped, "template 'X': it has no name", NULL);
  policy->fetched_unix = 1795305600;
  policy->whole_unix = 1795302000;
  policy->next_update_unix = 1795334400;
  policy->no_directory = TRUE;
  user->upn_guessed = TRUE;
  policy->autoenrollment = 0x8007;
  policy->expiry_percent = 12;
  policy->searches = 7;
  add_blob (user->certificates, "published");
  add_blob (policy->roots, "root");
  add_blob (policy->intermediates, "intermediate");
  add_blob (policy->nt_auth, "nt auth");
  g_ptr_array_add (policy->templates, make_template ());
  g_ptr_array_add (policy->services, make_service ());
  return policy;
}

static void
every_field_comes_back (void)
{
  g_autoptr (CePolicy) policy = make_policy ();
  g_autofree char *text = ce_policy_cache_to_text (policy, SETTINGS);
  g_autoptr (GError) error = NULL;
  g_autoptr (CePolicy) back = ce_policy_cache_from_text (text, strlen (text), SETTINGS, &error);
  g_autofree char *again = NULL;
  const CeTemplate *t;
  const CeEnrollmentService *service;

  g_assert_no_error (error);
  again = ce_policy_cache_to_text (back, SETTINGS);
  g_assert_cmpstr (text, ==, again);
  g_assert_true (back->cached);
  g_assert_cmpuint (back->searches, ==, 0);
  g_assert_cmpint (back->whole_unix, ==, 1795302000);
  g_assert_cmpint (back->next_update_unix, ==, 1795334400);
  g_assert_true (back->no_directory);
  g_assert_cmpuint (back->autoenrollment, ==, 0x8007);
  g_assert_cmpstr (back->user.mail, ==, "policy text 6");
  g_assert_cmpstr (back->user.groups[1], ==, "S-1-5-21-1-2-3-1104");
  g_assert_true (g_bytes_equal (back->nt_auth->pdata[0], policy->nt_auth->pdata[0]));
  t = back->templates->pdata[0];
  g_assert_cmpstr (t->rights_detail, ==, "text 6 \"\\ ü");
  g_assert_cmpuint (t->ra_signatures, ==, G_MAXUINT32 - 11);
  g_assert_cmpint (t->max_issuing_depth, ==, -1);
  g_assert_cmpuint (t->key_usage[0] << 8 | t->key_usage[1], ==, 0xa080);
  g_assert_cmpint (t->validity_s, ==, G_GINT64_CONSTANT (100000000000));
  g_assert_false (t->rights.enroll);
  g_assert_true (t->rights.autoenroll);
  service = back->services->pdata[0];
  g_assert_cmpuint (((CeCaEndpoint *) service->endpoints->pdata[0])->authentication, ==, CE_CA_AUTH_CERTIFICATE);
  g_assert_true (((CeCaEndpoint *) service->endpoints->pdata[0])->renewal_only);
}

/* A field that is added to a struct and not to policy-json.c would be empty whenever the policy comes from the cache. */
static void
no_field_was_forgotten (void)
{
#if GLIB_SIZEOF_VOID_P == 8
  g_assert_cmpuint (sizeof (CeTemplate), ==, 224);
  g_assert_cmpuint (sizeof (CeEnrollmentService), ==, 64);
  g_assert_cmpuint (sizeof (CeCaEndpoint), ==, 24);
  g_assert_cmpuint (sizeof (CeUser), ==, 72);
  g_assert_cmpuint (sizeof (CePolicy), ==, 224); /* forest_id is not kept */
#else
  g_test_skip ("the sizes are those of 64 bits");
#endif
}

static void
what_is_not_whole_is_of_no_use (void)
{
  g_autoptr (CePolicy) policy = make_policy ();
  g_autofree char *text = ce_policy_cache_to_text (policy, SETTINGS);

  for (gsize length = 0; length < strlen (text); length++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_policy_cache_from_text (text, length, SETTINGS, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_NOT_FOUND);
    }
}

static void
what_is_of_the_wrong_type_is_of_no_use (void)
{
  static const struct { const char *old, *other; } cases[] = {
    { "\"fetched_unix\":1795305600", "\"fetched_unix\":\"1795305600\"" },
    { "\"fetched_unix\":1795305600", "\"fetched_unix\":1795305600.5" },
    { "\"schema_version\":4294967295", "\"schema_version\":4294967296" },
    { "\"schema_version\":4294967295", "\"schema_version\":-1" },
    { "\"may_enroll\":true", "\"may_enroll\":1" },
    { "\"may_enroll\":true", "\"may_enroll\":null" },
    { "\"skipped\":[", "\"skipped\":[[]," },
    { "\"skipped\":[", "\"skipped\":[{}," },
    { "\"skipped\":[", "\"skipped\":[null," },
    { "\"skipped\":[", "\"skipped\":[1," },
    { "\"roots\":[", "\"roots\":[{}," },
    { "\"templates\":[", "\"templates\":[7," },
    { "\"services\":[", "\"services\":[null," },
    { "\"endpoints\":[", "\"endpoints\":[[]," },
    { "\"user\":{", "\"user\":[],\"nobody\":{" },
    { "\"policy\":{", "\"nothing\":{" },
    { "\"version\":\"", "\"version\":\"x" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (CePolicy) policy = make_policy ();
      g_autofree char *text = ce_policy_cache_to_text (policy, SETTINGS);
      g_autoptr (GString) changed = g_string_new (text);
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (g_string_replace (changed, cases[i].old, cases[i].other, 1), ==, 1);
      g_assert_null (ce_policy_cache_from_text (changed->str, changed->len, SETTINGS, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_NOT_FOUND);
    }
}

static void
what_is_nested_too_deep_is_not_parsed (void)
{
  g_autofree char *deep = g_strnfill (4 * 1024 * 1024, '[');

  g_assert_null (ce_policy_cache_from_text (deep, strlen (deep), SETTINGS, NULL));
}

static void
other_settings_make_it_of_no_use (void)
{
  g_autoptr (CePolicy) policy = make_policy ();
  g_autofree char *text = ce_policy_cache_to_text (policy, SETTINGS);
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_policy_cache_from_text (text, strlen (text), "other", &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_NOT_FOUND);
}

static char *
file_of (const char *name)
{
  return g_build_filename (folder, "cardenroll", name, NULL);
}

static void
write_policy (const char *principal)
{
  g_autoptr (CePolicy) policy = make_policy ();
  g_autoptr (GError) error = NULL;

  set (&policy->user.principal, principal);
  g_assert_true (ce_policy_cache_write (policy, SETTINGS, &error));
  g_assert_no_error (error);
}

static gboolean
can_read (const char *principal)
{
  g_autoptr (CePolicy) policy = ce_policy_cache_read (principal, SETTINGS, NULL);

  return policy != NULL && (principal == NULL || g_str_equal (policy->user.principal, principal));
}

static void
each_principal_has_a_file_that_nobody_else_can_read (void)
{
  g_autofree char *path = file_of ("policy-" ALICE ".json");
  GStatBuf info;

  write_policy (ALICE);
  g_assert_true (can_read (ALICE));
  g_assert_false (can_read ("bob@LAB.TEST"));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
}

static void
a_name_cannot_leave_the_folder (void)
{
  g_autofree char *path = file_of ("policy-..%2F..%2Fx@LAB.json");

  write_policy ("../../x@LAB");
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_assert_true (can_read ("../../x@LAB"));
}

static void
a_file_that_others_may_change_is_of_no_use_and_is_replaced (void)
{
  g_autofree char *path = file_of ("policy-" ALICE ".json");
  GStatBuf info;

  write_policy (ALICE);
  g_assert_cmpint (g_chmod (path, 0620), ==, 0);
  g_assert_false (can_read (ALICE));
  write_policy (ALICE);
  g_assert_true (can_read (ALICE));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
}

static void
a_link_a_pipe_and_a_folder_are_no_cache (void)
{
  g_autofree char *path = file_of ("policy-" ALICE ".json");
  g_autofree char *other = file_of ("other");

  write_policy (ALICE);
  g_assert_cmpint (g_rename (path, other), ==, 0);
  g_assert_cmpint (symlink (other, path), ==, 0);
  g_assert_false (can_read (ALICE));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_false (can_read (ALICE));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  g_assert_false (can_read (ALICE));
  g_assert_cmpint (g_rmdir (path), ==, 0);
  write_policy (ALICE);
  g_assert_true (can_read (ALICE));
}

/* Copied in the place of another's: the name inside counts. */
static void
a_file_of_another_user_is_of_no_use (void)
{
  g_autofree char *path = file_of ("policy-" ALICE ".json");
  g_autofree char *other = file_of ("policy-bob@LAB.TEST.json");

  write_policy (ALICE);
  g_assert_cmpint (g_rename (path, other), ==, 0);
  g_assert_false (can_read ("bob@LAB.TEST"));
}

static void
without_a_name_the_last_one_is_taken (void)
{
  g_autofree char *old = file_of ("policy-" ALICE ".json");
  g_autofree char *foreign = file_of ("policy.txt");
  g_autoptr (CePolicy) last = NULL;

  g_assert_true (g_file_set_contents (foreign, "x", 1, NULL));
  write_policy (ALICE);
  write_policy ("carol@LAB.TEST");
  g_assert_cmpint (g_utime (old, &(struct utimbuf){ .actime = 1, .modtime = 1 }), ==, 0);
  last = ce_policy_cache_read (NULL, SETTINGS, NULL);
  g_assert_nonnull (last);
  g_assert_cmpstr (last->user.principal, !=, ALICE);
}

int
main (int argc, char **argv)
{
  int status;

  folder = g_dir_make_tmp ("policy-cache-XXXXXX", NULL);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-cache/text/every-field-comes-back", every_field_comes_back);
  g_test_add_func ("/policy-cache/text/no-field-was-forgotten", no_field_was_forgotten);
  g_test_add_func ("/policy-cache/text/what-is-not-whole-is-of-no-use", what_is_not_whole_is_of_no_use);
  g_test_add_func ("/policy-cache/text/what-is-of-the-wrong-type-is-of-no-use", what_is_of_the_wrong_type_is_of_no_use);
  g_test_add_func ("/policy-cache/text/what-is-nested-too-deep-is-not-parsed", what_is_nested_too_deep_is_not_parsed);
  g_test_add_func ("/policy-cache/text/other-settings-make-it-of-no-use", other_settings_make_it_of_no_use);
  g_test_add_func ("/policy-cache/file/each-principal-has-a-file-that-nobody-else-can-read",
                   each_principal_has_a_file_that_nobody_else_can_read);
  g_test_add_func ("/policy-cache/file/a-name-cannot-leave-the-folder", a_name_cannot_leave_the_folder);
  g_test_add_func ("/policy-cache/file/a-file-that-others-may-change-is-of-no-use-and-is-replaced",
                   a_file_that_others_may_change_is_of_no_use_and_is_replaced);
  g_test_add_func ("/policy-cache/file/a-link-a-pipe-and-a-folder-are-no-cache", a_link_a_pipe_and_a_folder_are_no_cache);
  g_test_add_func ("/policy-cache/file/a-file-of-another-user-is-of-no-use", a_file_of_another_user_is_of_no_use);
  g_test_add_func ("/policy-cache/file/without-a-name-the-last-one-is-taken", without_a_name_the_last_one_is_taken);
  status = g_test_run ();
  g_free (folder);
  return status;
}
