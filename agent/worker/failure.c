/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/worker/failure.h"

#include <string.h>

#include "agent/base/error.h"

CeFailure *
ce_failure_new (const CeAction *action, GError *error)
{
  CeFailure *failure = g_new0 (CeFailure, 1);

  failure->action = action;
  failure->error = error;
  return failure;
}

void
ce_failure_free (CeFailure *failure)
{
  if (failure == NULL)
    return;
  g_clear_error (&failure->error);
  g_free (failure);
}

gboolean
ce_failure_is_of_one_action (const GError *error)
{
  switch (ce_error_code (error))
    {
    case CE_ERROR_CA_UNREACHABLE:
    case CE_ERROR_CA_DENIED:
    case CE_ERROR_POLICY_DENIED:
    case CE_ERROR_NOT_TRUSTED:
    case CE_ERROR_PROTOCOL:
    case CE_ERROR_MISCONFIGURED:
    case CE_ERROR_NOT_SUPPORTED:
    case CE_ERROR_NOT_FOUND:
      return TRUE;
    default:
      return FALSE;
    }
}

const CeFailure *
ce_failure_to_report (const GPtrArray *failures)
{
  for (guint i = 0; i < failures->len; i++)
    {
      const CeFailure *failure = failures->pdata[i];

      if (ce_error_exit_code (ce_error_code (failure->error)) == CE_EXIT_UNREACHABLE)
        return failure;
    }
  for (guint i = 0; i < failures->len; i++)
    {
      const CeFailure *failure = failures->pdata[i];

      if (ce_error_exit_code (ce_error_code (failure->error)) != CE_EXIT_REFUSED)
        return failure;
    }
  return failures->len > 0 ? failures->pdata[0] : NULL;
}

/* Where a template has several CAs, the error does not say which of them were asked. */
static gboolean
is_down_by (const CeFailure *failure, const CePolicy *policy, const CeEnrollmentService *service)
{
  const CeAction *action = failure->action;
  g_autoptr (GPtrArray) asked = NULL;

  if (!g_error_matches (failure->error, CE_ERROR, CE_ERROR_CA_UNREACHABLE))
    return FALSE;
  if (action->pending != NULL)
    return strcmp (action->pending->ca_name, service->name) == 0;
  asked = ce_policy_services_for (policy, action->template);
  return asked->len == 1 && asked->pdata[0] == service;
}

static const CeFailure *
find_down (const GPtrArray *failures, const CePolicy *policy, const CeEnrollmentService *service)
{
  for (guint i = 0; i < failures->len; i++)
    if (is_down_by (failures->pdata[i], policy, service))
      return failures->pdata[i];
  return NULL;
}

GError *
ce_failure_of_same_ca (const GPtrArray *failures, const CePolicy *policy, const CeAction *action)
{
  g_autoptr (GPtrArray) services = NULL;
  const CeEnrollmentService *service = NULL;
  const CeFailure *down = NULL;

  if (action->kind == CE_ACTION_REMOVE || action->pending != NULL)
    return NULL;
  services = ce_policy_services_for (policy, action->template);
  for (guint i = 0; i < services->len; i++)
    {
      service = services->pdata[i];
      down = find_down (failures, policy, service);
      if (down == NULL)
        return NULL;
    }
  if (down == NULL)
    return NULL;
  return g_error_new (
      CE_ERROR, CE_ERROR_CA_UNREACHABLE, "template '%s': %s has just not answered for template '%s'",
      action->template->display_name, service->display_name, ce_action_template_name (down->action));
}
