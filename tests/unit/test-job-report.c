/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ui/job/json.h"
#include "ui/job/plain.h"
#include "ui/job/report.h"
#include "ui/job/request.h"
#include "ui/job/step.h"

static CeReport *
parse (const char *line)
{
  return ce_report_parse (line, strlen (line));
}

static void
test_progress (void)
{
  g_autoptr (CeReport) report = parse ("{\"type\":\"progress\",\"step\":\"generate-key\",\"n\":4,\"of\":9,"
                                       "\"text\":\"Generating the key\",\"deadline_ms\":120000,\"hold\":true,"
                                       "\"module\":\"opensc-pkcs11.so\"}");

  g_assert_nonnull (report);
  g_assert_cmpstr (report->progress->step, ==, "generate-key");
  g_assert_cmpuint (report->progress->n, ==, 4);
  g_assert_cmpuint (report->progress->of, ==, 9);
  g_assert_cmpstr (report->progress->text, ==, "Generating the key");
  g_assert_cmpuint (report->progress->deadline_ms, ==, 120000);
  g_assert_cmpstr (report->progress->module, ==, "opensc-pkcs11.so");
  g_assert_true (report->progress->hold);
}

static void
test_progress_bounds (void)
{
  g_autoptr (CeReport) least = parse ("{\"type\":\"progress\",\"step\":\"plan\"}");
  g_autoptr (CeReport) wild
      = parse ("{\"type\":\"progress\",\"step\":\"plan\",\"n\":-5,\"of\":\"many\",\"hold\":1,"
               "\"deadline_ms\":99999999999,\"text\":[1]}");

  g_assert_cmpuint (least->progress->deadline_ms, ==, 15000);
  g_assert_cmpuint (wild->progress->n, ==, 0);
  g_assert_cmpuint (wild->progress->of, ==, 0);
  g_assert_cmpuint (wild->progress->deadline_ms, ==, 900000);
  g_assert_false (wild->progress->hold);
  g_assert_null (wild->progress->text);
}

static void
test_question (void)
{
  g_autoptr (CeReport) report = parse (
      "{\"type\":\"question\",\"id\":\"q\",\"text\":\"Sure?\",\"choices\":[\"yes\",7,null,{},\"no\"]}");

  g_assert_cmpstr (report->question->id, ==, "q");
  g_assert_cmpstr (report->question->text, ==, "Sure?");
  g_assert_cmpuint (g_strv_length (report->question->choices), ==, 2);
  g_assert_cmpstr (report->question->choices[1], ==, "no");
}

static void
test_result (void)
{
  g_autoptr (CeReport) report = parse (
      "{\"type\":\"result\",\"outcome\":\"failed\",\"exit_code\":6,\"error\":{\"code\":\"pin-incorrect\","
      "\"message\":\"card 1: wrong PIN\",\"hint\":\"Be careful.\",\"tries_left\":2}}");

  g_assert_cmpint (report->result->outcome, ==, CE_OUTCOME_FAILED);
  g_assert_cmpint (report->result->exit_code, ==, 6);
  g_assert_cmpint (report->result->error->code, ==, CE_ERROR_PIN_INCORRECT);
  g_assert_cmpstr (report->result->error->message, ==, "card 1: wrong PIN");
  g_assert_cmpstr (report->result->error->hint, ==, "Be careful.");
  g_assert_cmpint (report->result->error->tries_left, ==, 2);
}

static void
test_result_gaps (void)
{
  g_autoptr (CeReport) report
      = parse ("{\"type\":\"result\",\"outcome\":\"failed\",\"exit_code\":0,\"error\":null}");
  g_autoptr (CeReport) unknown = parse ("{\"type\":\"result\",\"outcome\":\"splendid\"}");
  g_autoptr (CeReport) hint
      = parse ("{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"no-card\"}}");

  g_assert_nonnull (report->result->error);
  g_assert_cmpint (report->result->exit_code, ==, CE_EXIT_FAILED);
  g_assert_cmpint (unknown->result->outcome, ==, CE_OUTCOME_FAILED);
  g_assert_cmpstr (hint->result->error->hint, ==, ce_error_hint (CE_ERROR_NO_CARD));
  g_assert_cmpint (hint->result->exit_code, ==, CE_EXIT_CARD);
  g_assert_cmpint (hint->result->error->tries_left, ==, -1);
}

static void
test_text_is_cleaned (void)
{
  g_autoptr (CeReport) report
      = parse ("{\"type\":\"progress\",\"step\":\"plan\",\"text\":\"a\\u001b[31mb\\nc\"}");

  g_assert_null (strchr (report->progress->text, '\x1b'));
  g_assert_null (strchr (report->progress->text, '\n'));
}

static void
test_no_report (void)
{
  static const char *const lines[] = {
    "",
    "hello",
    "[]",
    "{}",
    "null",
    "{",
    "{\"type\":3}",
    "{\"type\":\"weather\"}",
    "{\"type\":\"progress\"}",
    "{\"type\":\"question\"}",
    "/* \" */ {\"type\":\"result\"}",
    "{/*\"*/\"type\":\"result\"}",
    "\xff\xfe",
    "{\"type\":\"result\",\"outcome\":\"\xff\"}",
    "var x = {\"type\":\"result\"}",
    "{'type':'result'}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_test_message ("%s", lines[i]);
      g_assert_null (parse (lines[i]));
    }
}

static void
test_depth (void)
{
  g_autoptr (GString) deep = g_string_new ("{\"type\":\"result\",\"outcome\":\"done\",\"x\":");
  g_autoptr (CeReport) label = NULL;

  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (deep, '[');
  g_assert_null (ce_report_parse (deep->str, deep->len));

  g_string_insert_c (deep, (gssize) (strchr (deep->str, '[') - deep->str), '"');
  g_string_append (deep, "\"}");
  label = ce_report_parse (deep->str, deep->len);
  g_assert_nonnull (label);
}

static void
test_json_types (void)
{
  const char *text = "{\"s\":\"x\",\"i\":4,\"b\":true,\"o\":{},\"a\":[1,{\"k\":\"v\"}],\"n\":null,\"d\":1.5}";
  const char *dates = "{\"utc\":\"1970-01-01T00:01:00Z\",\"east\":\"1970-01-01T01:00:00+01:00\",\"bare\":\"1970-01-01T00:01:00\","
                      "\"soon\":\"soon\"}";
  g_autoptr (JsonObject) object = ce_json_parse_object (text, strlen (text));
  g_autoptr (JsonObject) times = NULL;
  static const char *const names[] = { "s", "i", "b", "o", "a", "n", "d", "absent" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true ((ce_json_string (object, names[i]) != NULL) == (i == 0));
      g_assert_cmpint (ce_json_int (object, names[i], 9), ==, i == 1 ? 4 : 9);
      g_assert_cmpint (ce_json_bool (object, names[i]), ==, i == 2);
      g_assert_true ((ce_json_object (object, names[i]) != NULL) == (i == 3));
      g_assert_true ((ce_json_array (object, names[i]) != NULL) == (i == 4));
    }
  g_assert_null (ce_json_nth (ce_json_array (object, "a"), 0));
  g_assert_cmpstr (ce_json_string (ce_json_nth (ce_json_array (object, "a"), 1), "k"), ==, "v");
  g_assert_null (ce_json_nth (ce_json_array (object, "a"), 2));
  times = ce_json_parse_object (dates, strlen (dates));
  g_assert_cmpint (ce_json_time (times, "utc", 9), ==, 60);
  g_assert_cmpint (ce_json_time (times, "east", 9), ==, 0);
  g_assert_cmpint (ce_json_time (times, "bare", 9), ==, 60);
  g_assert_cmpint (ce_json_time (times, "soon", 9), ==, 9);
  g_assert_cmpint (ce_json_time (times, "absent", 9), ==, 9);
  g_assert_null (ce_json_string (NULL, "s"));
}

static void
test_request (void)
{
  CeJobRequest request = CE_JOB_REQUEST_INIT;
  g_autofree char *line = NULL;

  request.command = "run";
  request.reader = "A \"reader\"\n00";
  request.interactive = TRUE;
  line = ce_job_request_line (&request, -1);
  g_assert_cmpstr (line, ==,
                   "{\"command\":\"run\",\"reader\":\"A "
                   "\\\"reader\\\"\\n00\",\"card\":null,\"template\":null,\"interactive\":true,"
                   "\"pin_fd\":-1,\"limit\":50}\n");
}

static void
test_steps (void)
{
  g_assert_cmpstr (ce_step_doing ("generate-key"), ==, "generating the key on the card");
  g_assert_cmpstr (ce_step_doing ("no-such-step"), ==, "working");
  g_assert_cmpstr (ce_step_doing (NULL), ==, "starting");
  g_assert_true (ce_step_is_card ("write-certificate"));
  g_assert_false (ce_step_is_card ("ask-ca"));
}

static void
test_plain (void)
{
  static const struct
  {
    const char *said, *plain;
  } rows[] = {
    { "CA1 refused template 'T': CERTSRV_E_TEMPLATE_DENIED: you may not enrol for this template",
      "CA1 refused template 'T': you may not enrol for this template" },
    { "CERTSRV_E_ADMIN_DENIED_REQUEST: an administrator of the CA denied the request (the CA says: not this time)",
      "an administrator of the CA denied the request (the CA says: not this time)" },
    { "E_FAIL: the CA failed without saying why (the CA says: Error 0x80004005 (-2147467259))",
      "the CA failed without saying why" },
    { "Denied by Policy Module 0x80094800, the template is not supported", "Denied by Policy Module the template is not supported" },
    { "the CA failed (0x8009abcd)", "the CA failed" },
    { "the CA failed (error 0x8009abcd)", "the CA failed (error)" },
    { "0x80094800", "0x80094800" },
    { "template 'A_B': it wants RSA: 0x40", "template 'A_B': it wants RSA: 0x40" },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *plain = ce_job_plain (rows[i].said);

      g_assert_cmpstr (plain, ==, rows[i].plain);
    }
}

static void
test_error_has_both (void)
{
  static const char line[] = "{\"type\":\"result\",\"outcome\":\"refused\",\"error\":{\"code\":\"ca-denied\","
                             "\"message\":\"NTE_BAD_ALGID: the CA does not take this kind of key\"}}";
  g_autoptr (CeReport) report = ce_report_parse (line, strlen (line));
  const CeJobResult *result = report->result;

  g_assert_cmpstr (result->error->message, ==, "the CA does not take this kind of key");
  g_assert_cmpstr (result->error->detail, ==, "NTE_BAD_ALGID: the CA does not take this kind of key");
  g_assert_cmpstr (ce_json_string (ce_json_object (result->object, "error"), "message"), ==, result->error->detail);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/job/report/progress-is-read", test_progress);
  g_test_add_func ("/job/report/progress-stays-within-bounds", test_progress_bounds);
  g_test_add_func ("/job/report/question-keeps-only-choices-that-are-text", test_question);
  g_test_add_func ("/job/report/result-is-read", test_result);
  g_test_add_func ("/job/report/failure-without-an-error-still-has-one", test_result_gaps);
  g_test_add_func ("/job/report/text-cannot-move-the-cursor", test_text_is_cleaned);
  g_test_add_func ("/job/report/other-lines-are-no-report", test_no_report);
  g_test_add_func ("/job/report/depth-is-limited-but-not-in-text", test_depth);
  g_test_add_func ("/job/json/other-types-read-as-absent", test_json_types);
  g_test_add_func ("/job/request/is-one-line", test_request);
  g_test_add_func ("/job/plain/names-and-numbers-are-for-administrators", test_plain);
  g_test_add_func ("/job/plain/an-error-keeps-what-was-said", test_error_has_both);
  g_test_add_func ("/job/step/has-words", test_steps);
  return g_test_run ();
}
