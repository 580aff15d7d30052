/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/failure.h"

#include "agent/base/error.h"
#include "agent/base/text.h"

static void
what_the_card_says_is_about_all (void)
{
  static const CeErrorCode all[]
      = { CE_ERROR_FAILED,           CE_ERROR_CANCELLED,     CE_ERROR_TIMED_OUT,  CE_ERROR_BUSY,
          CE_ERROR_PCSC_UNAVAILABLE, CE_ERROR_READER_GONE,   CE_ERROR_TOKEN_GONE, CE_ERROR_MODULE_FAILED,
          CE_ERROR_TOKEN_FULL,       CE_ERROR_PIN_INCORRECT, CE_ERROR_PIN_LOCKED, CE_ERROR_PIN_UNAVAILABLE,
          CE_ERROR_NO_TICKET,        CE_ERROR_LOGON_REFUSED, CE_ERROR_JOURNAL };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (CE_ERROR, (gint) all[i], "it");

      g_assert_false (ce_failure_is_of_one_action (error));
    }
}

static void
what_a_ca_says_is_about_its_templates (void)
{
  static const CeErrorCode one[] = { CE_ERROR_CA_UNREACHABLE, CE_ERROR_CA_DENIED, CE_ERROR_NOT_TRUSTED,
                                     CE_ERROR_PROTOCOL, CE_ERROR_MISCONFIGURED };

  for (gsize i = 0; i < G_N_ELEMENTS (one); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (CE_ERROR, (gint) one[i], "it");

      g_assert_true (ce_failure_is_of_one_action (error));
    }
}

static void
what_goes_away_by_itself_is_reported_first (void)
{
  static const CeErrorCode codes[]
      = { CE_ERROR_CA_DENIED, CE_ERROR_PROTOCOL, CE_ERROR_CA_UNREACHABLE, CE_ERROR_NOT_TRUSTED };
  static const guint reported[] = { 0, 1, 2, 2 };
  g_autoptr (GPtrArray) failures = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_failure_free);

  g_assert_null (ce_failure_to_report (failures));
  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_ptr_array_add (failures,
                       ce_failure_new (NULL, g_error_new_literal (CE_ERROR, (gint) codes[i], "it")));
      g_assert_true (ce_failure_to_report (failures) == failures->pdata[reported[i]]);
    }
}

static CeTemplate *
add_template (CePolicy *policy, const char *name, const char *const *authorities)
{
  CeTemplate *template = ce_template_new ();

  ce_text_set (&template->name, name);
  ce_text_set (&template->display_name, name);
  g_ptr_array_add (policy->templates, template);
  for (guint i = 0; i < policy->services->len; i++)
    {
      CeEnrollmentService *service = policy->services->pdata[i];
      g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

      g_strv_builder_addv (names, (const char **) service->templates);
      if (g_strv_contains (authorities, service->name))
        g_strv_builder_add (names, name);
      g_strfreev (service->templates);
      service->templates = g_strv_builder_end (names);
    }
  return template;
}

static CePolicy *
policy_with_two_authorities (void)
{
  CePolicy *policy = ce_policy_new ();

  for (guint i = 1; i <= 2; i++)
    {
      CeEnrollmentService *service = ce_enrollment_service_new ();

      ce_text_take (&service->name, g_strdup_printf ("CA%u", i));
      ce_text_set (&service->display_name, service->name);
      service->may_enroll = TRUE;
      g_ptr_array_add (service->endpoints, ce_ca_endpoint_new ("https://ca/", CE_CA_AUTH_KERBEROS, 1, FALSE));
      g_ptr_array_add (policy->services, service);
    }
  return policy;
}

static void
a_ca_that_is_down_is_down_for_all_its_templates (void)
{
  static const char *const first[] = { "CA1", NULL }, *const second[] = { "CA2", NULL },
                           *const both[] = { "CA1", "CA2", NULL };
  g_autoptr (CePolicy) policy = policy_with_two_authorities ();
  g_autoptr (CePending) pending = ce_pending_new ("Gone", "CA2", "27", 0, 0);
  const CeAction a = { .kind = CE_ACTION_ENROLL, .template = add_template (policy, "A", first) };
  const CeAction b = { .kind = CE_ACTION_RENEW, .template = add_template (policy, "B", first) };
  const CeAction c = { .kind = CE_ACTION_ENROLL, .template = add_template (policy, "C", second) };
  const CeAction d = { .kind = CE_ACTION_ENROLL, .template = add_template (policy, "D", both) };
  const CeAction fetch = { .kind = CE_ACTION_FETCH_PENDING, .pending = pending };
  g_autoptr (GPtrArray) failures = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_failure_free);
  g_autoptr (GError) failed = NULL, all_failed = NULL;

  g_assert_null (ce_failure_of_same_ca (failures, policy, &b));
  g_ptr_array_add (failures, ce_failure_new (&a, g_error_new (CE_ERROR, CE_ERROR_PROTOCOL, "nonsense")));
  g_assert_null (ce_failure_of_same_ca (failures, policy, &b));
  g_ptr_array_add (failures, ce_failure_new (&a, g_error_new (CE_ERROR, CE_ERROR_CA_UNREACHABLE, "down")));
  failed = ce_failure_of_same_ca (failures, policy, &b);
  g_assert_error (failed, CE_ERROR, CE_ERROR_CA_UNREACHABLE);
  g_assert_cmpstr (failed->message, ==, "template 'B': CA1 has just not answered for template 'A'");
  g_assert_null (ce_failure_of_same_ca (failures, policy, &c));
  g_assert_null (ce_failure_of_same_ca (failures, policy, &d));
  g_assert_null (ce_failure_of_same_ca (failures, policy, &fetch));
  g_ptr_array_add (failures,
                   ce_failure_new (&fetch, g_error_new (CE_ERROR, CE_ERROR_CA_UNREACHABLE, "down")));
  all_failed = ce_failure_of_same_ca (failures, policy, &d);
  g_assert_error (all_failed, CE_ERROR, CE_ERROR_CA_UNREACHABLE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker/failure/what-the-card-says-is-about-all", what_the_card_says_is_about_all);
  g_test_add_func ("/worker/failure/what-a-ca-says-is-about-its-templates",
                   what_a_ca_says_is_about_its_templates);
  g_test_add_func ("/worker/failure/what-goes-away-by-itself-is-reported-first",
                   what_goes_away_by_itself_is_reported_first);
  g_test_add_func ("/worker/failure/a-ca-that-is-down-is-down-for-all-its-templates",
                   a_ca_that_is_down_is_down_for_all_its_templates);
  return g_test_run ();
}
