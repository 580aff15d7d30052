/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/notice.h"

CeNotice *
ce_notice_new (const char *icon, CeUrgency urgency, char *summary, char *body)
{
  CeNotice *notice = g_new0 (CeNotice, 1);

  notice->summary = summary;
  notice->body = body;
  notice->icon = icon;
  notice->urgency = urgency;
  notice->actions = g_new0 (char *, 1);
  return notice;
}

void
ce_notice_free (CeNotice *notice)
{
  if (notice == NULL)
    return;
  g_free (notice->summary);
  g_free (notice->body);
  g_strfreev (notice->actions);
  g_free (notice);
}
