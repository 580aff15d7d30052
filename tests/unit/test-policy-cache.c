/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/base/error.h"
#include "policy/sources/cache.h"

#define ALICE "alice@LAB.TEST"
#define NOW 1795305600

static CePolicy *
policy_of (const char *principal, gint64 fetched_unix)
{
  CePolicy *policy = ce_policy_new ();
  CeTemplate *template = ce_template_new ();

  g_free (policy->user.principal);
  policy->user.principal = g_strdup (principal);
  policy->fetched_unix = fetched_unix;
  policy->searches = 6;
  g_free (template->name);
  template->name = g_strdup ("Card");
  g_ptr_array_add (policy->templates, template);
  return policy;
}

static void
write_policy (const char *principal, gint64 fetched_unix)
{
  g_autoptr (CePolicy) policy = policy_of (principal, fetched_unix);
  g_autoptr (GError) error = NULL;

  g_assert_true (ce_policy_cache_write (policy, &error));
  g_assert_no_error (error);
}

/* The one file in the cache folder. */
static char *
find_file (void)
{
  g_autofree char *folder = g_build_filename (g_get_user_cache_dir (), "cardenroll", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  return g_build_filename (folder, g_dir_read_name (dir), NULL);
}

static void
assert_unusable (gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (ce_policy_cache_read (ALICE, NOW, &error));
  g_assert_error (error, CE_ERROR, code);
}

static void
what_was_written_is_read (void)
{
  g_autoptr (CePolicy) policy = NULL;

  write_policy (ALICE, NOW - 60);
  policy = ce_policy_cache_read (ALICE, NOW, NULL);
  g_assert_cmpint (policy->fetched_unix, ==, NOW - 60);
  g_assert_cmpuint (policy->searches, ==, 0);
  g_assert_nonnull (ce_policy_find_template (policy, "Card"));
}

static void
only_its_owner_can_read_it (void)
{
  g_autofree char *path = NULL;
  GStatBuf info;

  write_policy (ALICE, NOW);
  path = find_file ();
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

static void
nothing_cached_is_not_found (void)
{
  g_assert_true (ce_policy_cache_drop (ALICE, NULL));
  g_assert_true (ce_policy_cache_drop (ALICE, NULL));
  assert_unusable (CE_ERROR_NOT_FOUND);
}

static void
another_users_is_not_used (void)
{
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;

  g_assert_true (ce_policy_cache_drop (ALICE, NULL));
  write_policy (ALICE, NOW);
  to = find_file ();
  g_assert_true (ce_policy_cache_drop (ALICE, NULL));
  write_policy ("bob@LAB.TEST", NOW);
  from = find_file ();
  g_assert_cmpint (g_rename (from, to), ==, 0);
  assert_unusable (CE_ERROR_PROTOCOL);
}

static void
one_from_the_future_is_not_used (void)
{
  write_policy (ALICE, NOW + 3600);
  assert_unusable (CE_ERROR_PROTOCOL);
}

static void
a_damaged_one_is_named (void)
{
  static const char *const texts[] = { "", "{", "[]", "{\"templates\":7}", "{}" };
  g_autofree char *path = NULL;

  write_policy (ALICE, NOW);
  path = find_file ();
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      assert_unusable (CE_ERROR_PROTOCOL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/cache/what-was-written-is-read", what_was_written_is_read);
  g_test_add_func ("/cache/only-its-owner-can-read-it", only_its_owner_can_read_it);
  g_test_add_func ("/cache/nothing-cached-is-not-found", nothing_cached_is_not_found);
  g_test_add_func ("/cache/another-users-is-not-used", another_users_is_not_used);
  g_test_add_func ("/cache/one-from-the-future-is-not-used", one_from_the_future_is_not_used);
  g_test_add_func ("/cache/a-damaged-one-is-named", a_damaged_one_is_named);
  return g_test_run ();
}
