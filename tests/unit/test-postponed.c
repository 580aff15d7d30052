/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/postponed.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "agent/base/error.h"

#define NOW G_GINT64_CONSTANT (1800000000)

typedef struct
{
  char *folder;
  char *path;
} Place;

static void
set_up (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  place->folder = g_dir_make_tmp ("postponed-XXXXXX", NULL);
  g_assert_nonnull (place->folder);
  place->path = g_build_filename (place->folder, "postponed.json", NULL);
}

static void
tear_down (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_remove (place->path);
  g_chmod (place->folder, 0700);
  g_rmdir (place->folder);
  g_free (place->path);
  g_free (place->folder);
}

static CePostponed *
load (const Place *place, gint64 now)
{
  g_autoptr (CePostponed) postponed = ce_postponed_new (place->path);
  g_autoptr (GError) error = NULL;

  ce_postponed_load (postponed, now, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&postponed);
}

static void
set (CePostponed *postponed, const char *card, const char *template_name, gint64 until)
{
  g_autoptr (GError) error = NULL;

  ce_postponed_set (postponed, card, template_name, until, &error);
  g_assert_no_error (error);
}

static void
it_is_kept_for_each_card_and_template (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePostponed) first = load (place, NOW);
  g_autoptr (CePostponed) second = NULL;
  struct stat attributes;

  set (first, "A", "T", NOW + 60);
  set (first, "A", "U", NOW + 120);
  set (first, "B", "", NOW + 180);
  set (first, "A", "T", NOW + 90);
  second = load (place, NOW);
  g_assert_cmpint (ce_postponed_until (second, "A", "T", NOW), ==, NOW + 90);
  g_assert_cmpint (ce_postponed_until (second, "A", "U", NOW), ==, NOW + 120);
  g_assert_cmpint (ce_postponed_until (second, "B", "", NOW), ==, NOW + 180);
  g_assert_cmpint (ce_postponed_until (second, "B", "T", NOW), ==, 0);
  g_assert_cmpint (g_stat (place->path, &attributes), ==, 0);
  g_assert_cmpuint (attributes.st_mode & 0777, ==, 0600);
}

static void
it_ends (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePostponed) first = load (place, NOW);
  g_autoptr (CePostponed) early = NULL;

  set (first, "A", "T", NOW + 60);
  g_assert_cmpint (ce_postponed_until (first, "A", "T", NOW + 59), ==, NOW + 60);
  g_assert_cmpint (ce_postponed_until (first, "A", "T", NOW + 60), ==, 0);
  /* The clock was put back since. */
  early = load (place, NOW - CE_POSTPONED_MAX_S);
  g_assert_cmpint (ce_postponed_until (early, "A", "T", NOW - CE_POSTPONED_MAX_S), ==, 0);
}

static void
a_card_is_forgotten_as_a_whole (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePostponed) first = load (place, NOW);
  g_autoptr (CePostponed) second = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (ce_postponed_forget (first, "A", &error));
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
  set (first, "A", "T", NOW + 60);
  set (first, "B", "T", NOW + 60);
  set (first, "A", "U", NOW + 60);
  g_assert_true (ce_postponed_forget (first, "A", &error));
  g_assert_no_error (error);
  second = load (place, NOW);
  g_assert_cmpint (ce_postponed_until (second, "A", "T", NOW), ==, 0);
  g_assert_cmpint (ce_postponed_until (second, "A", "U", NOW), ==, 0);
  g_assert_cmpint (ce_postponed_until (second, "B", "T", NOW), ==, NOW + 60);
}

static void
what_was_told_is_kept_until_the_certificate_has_ended (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePostponed) first = load (place, NOW);
  g_autoptr (CePostponed) second = NULL, later = NULL, early = NULL, last = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (ce_postponed_told (first, "c1"), ==, 0);
  g_assert_true (ce_postponed_tell (first, "c1", NOW - 60, NOW + 600, &error));
  g_assert_true (ce_postponed_tell (first, "c2", NOW - 50, NOW + 600, &error));
  g_assert_true (ce_postponed_tell (first, "c1", NOW, NOW + 600, &error));
  set (first, "A", "T", NOW + 60);
  g_assert_true (ce_postponed_forget (first, "A", &error));
  second = load (place, NOW);
  g_assert_cmpint (ce_postponed_told (second, "c1"), ==, NOW);
  g_assert_cmpint (ce_postponed_told (second, "c2"), ==, NOW - 50);
  later = load (place, NOW + 600);
  g_assert_cmpint (ce_postponed_told (later, "c1"), ==, 0);
  early = load (place, NOW - 1);
  g_assert_cmpint (ce_postponed_told (early, "c1"), ==, 0);
  g_assert_cmpint (ce_postponed_told (early, "c2"), ==, NOW - 50);
  g_assert_true (ce_postponed_tell (second, "c1", 0, 0, &error));
  last = load (place, NOW);
  g_assert_cmpint (ce_postponed_told (last, "c1"), ==, 0);
  g_assert_cmpint (ce_postponed_told (last, "c2"), ==, NOW - 50);
}

static void
a_damaged_file_is_named_and_replaced (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "{}",
    "{\"postponed\":7}",
    "{\"postponed\":[7]}",
    "{\"postponed\":[{}]}",
    "{\"postponed\":[{\"card\":\"\",\"template\":\"T\",\"until\":1800000060}]}",
    "{\"postponed\":[{\"card\":\"A\",\"template\":\"T\",\"until\":\"soon\"}]}",
    "{\"postponed\":[{\"card\":\"A\",\"template\":\"T\",\"until\":1800000060},{}]}",
    "{\"postponed\":[],\"told\":[{\"certificate\":\"\",\"at\":1,\"ends\":2}]}",
    "{\"postponed\":[],\"told\":[{\"certificate\":\"c\",\"at\":\"then\",\"ends\":1900000000}]}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (damaged); i++)
    {
      g_autoptr (CePostponed) postponed = ce_postponed_new (place->path);
      g_autoptr (CePostponed) again = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (place->path, damaged[i], -1, NULL));
      g_assert_false (ce_postponed_load (postponed, NOW, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_FAILED);
      g_assert_nonnull (strstr (error->message, place->path));
      g_assert_cmpint (ce_postponed_until (postponed, "A", "T", NOW), ==, 0);
      set (postponed, "B", "T", NOW + 60);
      again = load (place, NOW);
      g_assert_cmpint (ce_postponed_until (again, "B", "T", NOW), ==, NOW + 60);
    }
}

static void
what_cannot_be_written_still_holds_here (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_autofree char *below = g_build_filename (place->path, "below.json", NULL);
  g_autoptr (CePostponed) postponed = ce_postponed_new (below);
  g_autoptr (GError) error = NULL;

  g_assert_false (ce_postponed_set (postponed, "A", "T", NOW + 60, &error));
  g_assert_error (error, CE_ERROR, CE_ERROR_FAILED);
  g_assert_cmpint (ce_postponed_until (postponed, "A", "T", NOW), ==, NOW + 60);
}

static void
it_does_not_grow_for_ever (Place *place, gconstpointer data G_GNUC_UNUSED)
{
  g_autoptr (CePostponed) postponed = load (place, NOW);
  g_autoptr (CePostponed) again = NULL;

  for (int i = 0; i < 300; i++)
    {
      g_autofree char *card = g_strdup_printf ("CARD%d", i);

      set (postponed, card, "T", NOW + 60);
    }
  again = load (place, NOW);
  g_assert_cmpint (ce_postponed_until (again, "CARD0", "T", NOW), ==, 0);
  g_assert_cmpint (ce_postponed_until (again, "CARD299", "T", NOW), ==, NOW + 60);
}

#define ADD(path, test) g_test_add ("/postponed/" path, Place, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("it-is-kept-for-each-card-and-template", it_is_kept_for_each_card_and_template);
  ADD ("it-ends", it_ends);
  ADD ("a-card-is-forgotten-as-a-whole", a_card_is_forgotten_as_a_whole);
  ADD ("what-was-told-is-kept-until-the-certificate-has-ended", what_was_told_is_kept_until_the_certificate_has_ended);
  ADD ("a-damaged-file-is-named-and-replaced", a_damaged_file_is_named_and_replaced);
  ADD ("what-cannot-be-written-still-holds-here", what_cannot_be_written_still_holds_here);
  ADD ("it-does-not-grow-for-ever", it_does_not_grow_for_ever);
  return g_test_run ();
}
