/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "agent/base/secret.h"
#include "agent/enroll/enroll.h"
#include "agent/enroll/held.h"
#include "agent/journal/journal.h"
#include "agent/worker/job.h"
#include "agent/worker/stream.h"
#include "pkcs11/inventory.h"
#include "policy/plan.h"

/**
 * CeSession: what one worker has learnt so far. The commands call the functions below in this order and stop where they
 * have enough; each fills its part and reports its progress.
 */
typedef struct
{
  CeStream *stream;
  const CeWorkerJob *job;
  CeConfig *config;
  gint64 now_unix;

  char *reader;
  CeToken *token;
  CeInventory *inventory;
  CePolicy *policy;
  GPtrArray *entries; /* of CeCardEntry */
  CeJournal *journal;
  GPtrArray *held;    /* of CeHeld */
  GPtrArray *pending; /* of CePending */
  CeCardAbilities abilities;
  CePlan *plan;
  CePin *pin; /* until the token takes it, and again after the token is closed */
} CeSession;

CeSession *ce_session_new (CeStream *stream, const CeWorkerJob *job, GError **error);
void ce_session_free (CeSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSession, ce_session_free)

/* Finds the reader that the job means, opens its token and reads the inventory. Asks no PIN.
 * Errors: NO_CARD, NOT_FOUND, USAGE where several cards could be meant; those of pkcs11/. */
gboolean ce_session_open_card (CeSession *session, GError **error);

/* Opens the journal; with @lock no other worker touches this card until this one ends. */
gboolean ce_session_open_journal (CeSession *session, gboolean lock, GError **error);

gboolean ce_session_load_policy (CeSession *session, GError **error);

/* Needs all of the above. @only_template (nullable): see CeWorld. Errors: JOURNAL. */
gboolean ce_session_make_plan (CeSession *session, const char *only_template, GError **error);

/* Gets the PIN, once, and logs in. @purpose: what for, in words. */
gboolean ce_session_login (CeSession *session, const char *purpose, GError **error);

/* The PIN as ce_session_login() does, without using it: for libkrb5. */
gboolean ce_session_get_pin (CeSession *session, const char *purpose, GError **error);

/* Everything that agent/enroll needs. */
CeEnrollContext ce_session_enroll_context (CeSession *session);
