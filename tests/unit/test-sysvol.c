/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/names.h"
#include "policy/sources/sysvol.h"

/* The program that reads SYSVOL, in its moods. */
typedef struct
{
  char *program;
  GPtrArray *paths;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer script)
{
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\n%s\n", (const char *) script);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("sysvol-XXXXXX", &error);

  g_assert_no_error (error);
  fixture->program = g_build_filename (folder, "program", NULL);
  g_file_set_contents (fixture->program, text, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_chmod (fixture->program, 0700), ==, 0);
  g_setenv (CE_ENV_SYSVOL, fixture->program, TRUE);
  fixture->paths = g_ptr_array_new ();
  g_ptr_array_add (fixture->paths, (gpointer) "sysvol/a");
  g_ptr_array_add (fixture->paths, (gpointer) "sysvol/b");
}

static void
tear_down (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  g_autofree char *folder = g_path_get_dirname (fixture->program);

  g_remove (fixture->program);
  g_rmdir (folder);
  g_free (fixture->program);
  g_ptr_array_unref (fixture->paths);
}

static GPtrArray *
read_within (Fixture *fixture, gint64 ms, GError **error)
{
  return ce_sysvol_read ("dc1.lab.test", fixture->paths, g_get_monotonic_time () + ms * 1000, error);
}

static void
test_what_is_read_comes_back (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = read_within (fixture, 20000, &error);
  const CeSysvolFile *file;
  static const char job[] = "server dc1.lab.test\nread sysvol/a\nread sysvol/b\n";

  g_assert_no_error (error);
  g_assert_cmpuint (files->len, ==, 2);
  file = g_ptr_array_index (files, 0);
  g_assert_cmpuint (g_bytes_get_size (file->bytes), ==, strlen (job));
  g_assert_true (memcmp (g_bytes_get_data (file->bytes, NULL), job, strlen (job)) == 0);
  file = g_ptr_array_index (files, 1);
  g_assert_cmpstr (file->problem, ==, "dc1: away");
}

static void
assert_fails (Fixture *fixture, gint64 ms, CeErrorCode code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = read_within (fixture, ms, &error);

  g_assert_null (files);
  g_assert_error (error, CE_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_a_program_that_dies_is_an_error (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  assert_fails (fixture, 20000, CE_ERROR_PROTOCOL, "after 1 of 2 files");
}

static void
test_a_program_that_hangs_is_killed (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  assert_fails (fixture, 200, CE_ERROR_DIRECTORY_UNREACHABLE, "does not answer in time");
}

static void
test_a_program_that_never_ends_is_stopped (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  assert_fails (fixture, 60000, CE_ERROR_PROTOCOL, "after 0 of 2 files");
}

static void
test_a_program_that_is_not_there_is_named (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  g_assert_cmpint (g_remove (fixture->program), ==, 0);
  assert_fails (fixture, 20000, CE_ERROR_MISCONFIGURED, fixture->program);
}

static void
test_nothing_to_read_starts_nothing (Fixture *fixture, gconstpointer script G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = NULL;

  g_ptr_array_set_size (fixture->paths, 0);
  files = read_within (fixture, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (files->len, ==, 0);
}

#define ADD(path, script, test) g_test_add ("/sysvol/" path, Fixture, script, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  (void) signal (SIGPIPE, SIG_IGN); /* as the worker does */
  ADD ("what-is-read-comes-back",
       "job=$(cat; echo x); job=${job%x}; printf 'file %d\\n%s' ${#job} \"$job\"; echo failed dc1: away",
       test_what_is_read_comes_back);
  ADD ("a-program-that-dies-is-an-error", "echo missing; exit 1", test_a_program_that_dies_is_an_error);
  ADD ("a-program-that-hangs-is-killed", "exec sleep 600", test_a_program_that_hangs_is_killed);
  ADD ("a-program-that-never-ends-is-stopped", "exec cat /dev/zero",
       test_a_program_that_never_ends_is_stopped);
  ADD ("a-program-that-is-not-there-is-named", "", test_a_program_that_is_not_there_is_named);
  ADD ("nothing-to-read-starts-nothing", "exit 1", test_nothing_to_read_starts_nothing);
  return g_test_run ();
}
