/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* What a person is shown, and what it is answered by. */

typedef enum
{
  CE_URGENCY_LOW,
  CE_URGENCY_NORMAL,
  CE_URGENCY_CRITICAL,
} CeUrgency;

typedef struct
{
  char *summary;
  char *body;
  const char *icon;
  CeUrgency urgency;
  gboolean stays;   /* until the person answers */
  gboolean passing; /* of no interest once it is over */
  char **actions; /* pairs of a key and what the button says; may be empty */
} CeNotice;

#define CE_ACTION_KEY_AGAIN "again"
#define CE_ACTION_KEY_NOW "now"
#define CE_ACTION_KEY_HOUR "hour"
#define CE_ACTION_KEY_TOMORROW "tomorrow"

/* (transfer full) of @summary and @body; no buttons. */
CeNotice *ce_notice_new (const char *icon, CeUrgency urgency, char *summary, char *body);
#define CE_ICON_CARD "auth-smartcard"
#define CE_ICON_PROBLEM "dialog-warning"

void ce_notice_free (CeNotice *notice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeNotice, ce_notice_free)
