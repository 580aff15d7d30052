/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "agent/base/error.h"
#include "agent/worker/job.h"

static void
a_whole_job_is_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeWorkerJob) job = ce_worker_job_parse (
    "{\"command\":\"enroll\",\"reader\":\"R 00\",\"card\":null,\"template\":\"T\",\"interactive\":true,\"refresh\":true,"
    "\"pin_fd\":5}", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (job->command, ==, "enroll");
  g_assert_cmpstr (job->reader, ==, "R 00");
  g_assert_null (job->card);
  g_assert_cmpstr (job->template_name, ==, "T");
  g_assert_true (job->interactive);
  g_assert_true (job->refresh);
  g_assert_cmpint (job->pin_fd, ==, 5);
  g_assert_cmpuint (job->limit, ==, 50);
}

static void
what_is_left_out_has_a_careful_default (void)
{
  g_autoptr (CeWorkerJob) job = ce_worker_job_parse ("{\"command\":\"plan\"}", NULL);

  g_assert_nonnull (job);
  g_assert_false (job->interactive);
  g_assert_false (job->refresh);
  g_assert_cmpint (job->pin_fd, ==, -1);
}

static void
a_wrong_job_is_refused_by_name (void)
{
  static const struct { const char *line, *in_message; } cases[] = {
    { "", "JSON" },
    { "[]", "not a JSON object" },
    { "{}", "'command' is missing" },
    { "{\"command\":1}", "'command'" },
    { "{\"command\":\"run\",\"reader\":7}", "'reader'" },
    { "{\"command\":\"run\",\"pin_fd\":99999}", "'pin_fd'" },
    { "{\"command\":\"run\",\"pin_fd\":\"3\"}", "'pin_fd'" },
    { "{\"command\":\"run\",\"limit\":0}", "'limit'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (ce_worker_job_parse (cases[i].line, &error));
      g_assert_error (error, CE_ERROR, CE_ERROR_USAGE);
      g_assert_nonnull (g_strstr_len (error->message, -1, cases[i].in_message));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/a-whole-job-is-read", a_whole_job_is_read);
  g_test_add_func ("/job/what-is-left-out-has-a-careful-default", what_is_left_out_has_a_careful_default);
  g_test_add_func ("/job/a-wrong-job-is-refused-by-name", a_wrong_job_is_refused_by_name);
  return g_test_run ();
}
