/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/error.h"
#include "policy/sysvol/job.h"

#define GPO "\\\\lab.test\\sysvol\\lab.test\\Policies\\{31B2F340-016D-11D2-945F-00C04FB984F9}"

static CeSysvolJob *
parse (const char *text, GError **error)
{
  return ce_sysvol_job_parse (text, strlen (text), error);
}

static void
test_job_survives_the_way (void)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (CeSysvolJob) job = NULL;

  g_ptr_array_add (paths, (gpointer) "sysvol/lab.test/Policies/{A}/User/Registry.pol");
  g_ptr_array_add (paths, (gpointer) "SysVol/lab.test/Größe/gpt.ini");
  text = ce_sysvol_job_format ("dc1.lab.test", paths);
  job = parse (text, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (job->server, ==, "dc1.lab.test");
  g_assert_cmpuint (job->paths->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (job->paths, 1), ==, "SysVol/lab.test/Größe/gpt.ini");
}

static void
test_other_jobs_are_refused (void)
{
  static const char *const jobs[] = {
    "",
    "read sysvol/a\n",
    "server dc1.lab.test",
    "server \n",
    "server dc1/../x\n",
    "server user:password@dc1\n",
    "server dc1\nserver dc2\n",
    "server dc1\nread other/a\n",
    "server dc1\nread sysvol/../C$/a\n",
    "server dc1\nread sysvol//a\n",
    "server dc1\nread sysvol/a/./b\n",
    "server dc1\nread sysvol/a\\b\n",
    "server dc1\nread sysvol/a\x01\n",
    "server dc1\nread sysvol/a\xff\n",
    "server dc1\nwrite sysvol/a\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (jobs); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", jobs[i]);
      g_assert_null (parse (jobs[i], &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_USAGE);
    }
}

static void
test_the_controller_stands_for_its_domain (void)
{
  g_autofree char *path = ce_sysvol_path (GPO, "LAB.test", "dc1.lab.test", "User/Registry.pol", NULL);
  g_autofree char *url = ce_sysvol_url ("dc1.lab.test", path);

  g_assert_cmpstr (path, ==,
                   "sysvol/lab.test/Policies/{31B2F340-016D-11D2-945F-00C04FB984F9}/User/Registry.pol");
  g_assert_cmpstr (url, ==,
                   "smb://dc1.lab.test/sysvol/lab.test/Policies/%7B31B2F340-016D-11D2-945F-00C04FB984F9%7D/"
                   "User/Registry.pol");
}

static void
test_no_ticket_for_strangers (void)
{
  static const char *const paths[] = { "",
                                       "\\\\evil.test\\sysvol\\lab.test\\Policies\\{A}",
                                       "\\\\lab.test.evil.test\\sysvol\\a",
                                       "\\\\lab.test\\C$\\a",
                                       "\\\\lab.test\\sysvol\\..\\..\\C$\\a",
                                       "\\\\lab.test\\sysvol\\a/../../b",
                                       "\\\\lab.test",
                                       "\\\\lab.test\\sysvol\\a\nserver evil",
                                       "lab.test\\sysvol\\a",
                                       "/etc/passwd" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", paths[i]);
      g_assert_null (ce_sysvol_path (paths[i], "lab.test", "dc1.lab.test", "gpt.ini", &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

static void
test_answers (void)
{
  static const char text[] = "file 5\na\nb\nc"
                             "missing\n"
                             "failed dc1: it\033 is away\n"
                             "file 0\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = ce_sysvol_answer_parse ((const guint8 *) text, strlen (text), 4, &error);
  const CeSysvolFile *file;

  g_assert_no_error (error);
  file = g_ptr_array_index (files, 0);
  g_assert_cmpuint (g_bytes_get_size (file->bytes), ==, 5);
  g_assert_true (memcmp (g_bytes_get_data (file->bytes, NULL), "a\nb\nc", 5) == 0);
  file = g_ptr_array_index (files, 1);
  g_assert_true (file->bytes == NULL && file->problem == NULL);
  file = g_ptr_array_index (files, 2);
  g_assert_nonnull (strstr (file->problem, "is away"));
  g_assert_null (strchr (file->problem, '\033'));
  file = g_ptr_array_index (files, 3);
  g_assert_cmpuint (g_bytes_get_size (file->bytes), ==, 0);
}

static void
test_broken_answers_are_refused (void)
{
  static const char *const texts[]
      = { "", "missing", "file 5\nabc", "file -1\n", "file 99999999999\n", "what\n", "\n" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_sysvol_answer_parse ((const guint8 *) texts[i], strlen (texts[i]), 1, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_PROTOCOL);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sysvol/job/survives-the-way", test_job_survives_the_way);
  g_test_add_func ("/sysvol/job/anything-else-is-refused", test_other_jobs_are_refused);
  g_test_add_func ("/sysvol/path/the-controller-stands-for-its-domain",
                   test_the_controller_stands_for_its_domain);
  g_test_add_func ("/sysvol/path/no-ticket-for-strangers", test_no_ticket_for_strangers);
  g_test_add_func ("/sysvol/answer/files-missing-and-failed", test_answers);
  g_test_add_func ("/sysvol/answer/broken-ones-are-refused", test_broken_answers_are_refused);
  return g_test_run ();
}
