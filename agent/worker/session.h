/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "agent/base/secret.h"
#include "agent/enroll/credential.h"
#include "agent/enroll/enroll.h"
#include "agent/enroll/held.h"
#include "agent/journal/journal.h"
#include "agent/worker/job.h"
#include "agent/worker/lock.h"
#include "agent/worker/stream.h"
#include "pkcs11/inventory.h"
#include "policy/plan.h"

/* What the job asked a person for, once each; see ask.c. */
typedef struct
{
  CeCardCredential *credential;
  CePin *password;
  char *password_host;
  GError *refused; /* why a question was not answered: nobody is asked a second time */
} CeSessionAnswers;

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
  CeCardLock *lock;
  CeToken *token;
  CeInventory *inventory;
  CePolicy *policy;
  guint searches;     /* of the directory, for all policies that were read */
  GPtrArray *entries; /* of CeCardEntry */
  CeJournal *journal;
  GPtrArray *held;    /* of CeHeld */
  GPtrArray *published; /* of CeHeld: in the directory */
  GPtrArray *pending; /* of CePending */
  GPtrArray *setbacks; /* of CeSetback */
  GPtrArray *unproved; /* of char *: see CeWorld */
  CeCardAbilities abilities;
  CePlan *plan;
  CePin *pin; /* until the token takes it */
  CeSessionAnswers answers;
} CeSession;

CeSession *ce_session_new (CeStream *stream, const CeWorkerJob *job, GError **error);
void ce_session_free (CeSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSession, ce_session_free)

/**
 * ce_session_take_turn:
 * @patient: wait for another worker as long as an enrolment may take; else a moment
 *
 * To be called before any card is looked at. Errors: BUSY.
 */
gboolean ce_session_take_turn (CeSession *session, gboolean patient, GError **error);

/* Finds the reader that the job means, opens its token and reads the inventory. Asks no PIN.
 * Errors: NO_CARD, NOT_FOUND, USAGE where several cards could be meant; those of pkcs11/. */
gboolean ce_session_open_card (CeSession *session, GError **error);

/* The serial number of the card that the job means, by which the journal knows it; %NULL where it names none. Only a card that is
 * named by its reader, or by a URI without a serial number, has to be at hand. */
gboolean ce_session_find_serial (CeSession *session, char **ret_serial, GError **error);

gboolean ce_session_open_journal (CeSession *session, GError **error);

/**
 * ce_session_load_policy:
 *
 * From the cache as long as that is fresh and --refresh was not asked for, else from where it comes from. Where that
 * cannot be reached a cached one must do, which then says so (->cached_because): enough for a plan, and for nothing that
 * changes a card. In policy.c; docs/adr/0032-policy-cache.md.
 */
gboolean ce_session_load_policy (CeSession *session, GError **error);

/* Read anew in any case, and cached. What was learnt from another policy before is forgotten, the plan included. */
gboolean ce_session_load_policy_anew (CeSession *session, GError **error);

/* What may be spent on revocation lists from now on; with the directory where the policy comes from one. */
CeRevocationBudget ce_session_revocation_budget (const CeSession *session, gboolean afresh);

/* When the policy at hand is to be read anew. */
gint64 ce_session_policy_due_unix (const CeSession *session);

/* In planning.c. Needs all of the above. @only_template, @renew (nullable): see CeWorld. Errors: JOURNAL. */
gboolean ce_session_make_plan (CeSession *session, const char *only_template, const char *renew, GError **error);

/* In login.c. Gets the PIN, once a job, and logs in. @purpose: what for, in words. */
gboolean ce_session_login (CeSession *session, const char *purpose, GError **error);

/* The person's password at @host, asked for once: a CeAskPassword, with the session as its data. */
const CePin *ce_session_ask_password (const char *user, const char *host, gpointer data, GError **error);

/**
 * ce_session_find_credential:
 *
 * A certificate of the card to show to a TLS server, and its key, unlocked: a CeFindCredential, with the session as its
 * data. Opens the card where that was not done, and asks for the PIN where the job has not asked for it yet.
 * Errors: NOT_FOUND where the card has none; those of ce_session_open_card() and ce_session_login().
 */
const CeCredential *ce_session_find_credential (const char *host, gpointer data, GError **error);

/* Was a person asked, or to be asked, by one of these and gave no answer? */
gboolean ce_session_was_refused_an_answer (const CeSession *session);

/* Everything that agent/enroll needs. */
CeEnrollContext ce_session_enroll_context (CeSession *session);
