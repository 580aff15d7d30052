/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "ui/job/report.h"

/* What a worker found to be due, and did not begin as it can wait: "offer" of docs/worker-stream.md. */

typedef struct
{
  char *action;        /* "renew" "reenroll" "supersede" "remove" */
  char *template_name; /* "" for a removal */
  char *display_name;
  gint64 expires_unix; /* the certificate on the card; 0: not known */
} CeOfferItem;

typedef struct
{
  GPtrArray *items;   /* of CeOfferItem; never empty */
  guint seconds;      /* how long it takes; 0: not known */
  gint64 latest_unix; /* until when it can wait; G_MAXINT64: for ever */
} CeOffer;

/* @result: of a run. %NULL where it offers nothing. */
CeOffer *ce_offer_parse (const CeJobResult *result);
void ce_offer_free (CeOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeOffer, ce_offer_free)

/* What an offer that is closed without an answer means; %CE_POSTPONE_NEVER also where no notification is
 * shown, so that nothing can be offered. Reads the settings. */
CePostpone ce_offer_default (void);

/* Six o'clock of the morning after @now_unix in @zone: before whoever uses the card is at work. Pure. */
gint64 ce_offer_tomorrow (gint64 now_unix, GTimeZone *zone);
