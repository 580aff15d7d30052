/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/config.h"
#include "agent/ca/ca.h"
#include "agent/journal/journal.h"
#include "pkcs11/inventory.h"
#include "policy/plan.h"

/**
 * Carries a plan out: journal ▸ key ▸ request ▸ CA ▸ certificate ▸ proof. The only place that knows both card and CA.
 * docs/state-machine.md says what each state means and how work carries on in it; enroll.c is the loop over the
 * states, step-*.c one function a state. Worker only: every call blocks on card, disk and network.
 */

/**
 * @step: name as in docs/worker-stream.md
 * @text: a sentence for people
 * @deadline_ms: how long the step may take
 * @hold: the card must stay in
 */
typedef void (*CeProgressFunc) (const char *step, const char *text, guint deadline_ms, gboolean hold, gpointer data);

/**
 * @id: of the question, as in docs/worker-stream.md
 * @text: the question, to be answered by yes or no
 *
 * Returns: yes. No also where nobody can be asked.
 */
typedef gboolean (*CeAskFunc) (const char *id, const char *text, gpointer data);

/* All borrowed. */
typedef struct
{
  const CeConfig *config;
  const CePolicy *policy;
  CeToken *token;               /* logged in, for ce_enroll_perform() */
  const CeInventory *inventory; /* what the token held before */
  const GPtrArray *entries;     /* of CeCardEntry: its certificates */
  CeJournal *journal;
  CeProgressFunc progress;
  CeAskFunc ask;                /* (nullable): nobody can be asked */
  gpointer progress_data;       /* of both */
  CeAskPassword ask_password;   /* (nullable): for CAs that ask for user name and password */
  gpointer ask_data;
} CeEnrollContext;

typedef enum
{
  CE_PERFORMED_DONE,
  CE_PERFORMED_WAITING, /* the CA has not decided */
  CE_PERFORMED_REFUSED, /* the CA said no */
} CePerformedOutcome;

const char *ce_performed_outcome_name (CePerformedOutcome outcome);

/* What became of one action. */
typedef struct
{
  CePerformedOutcome outcome;
  CeActionKind kind;
  CeJob *job;          /* as the journal has it */
  char *fingerprint;   /* of the new certificate; "" */
  guint signatures;    /* that the card made for it */
  gboolean unseen;     /* the module shows the certificate only after it is opened anew: no logon with it until then */
  gboolean in_vain;    /* the certificate is on the card and does not count: ce_enroll_note_flaw() */
} CePerformed;

void ce_performed_free (CePerformed *performed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CePerformed, ce_performed_free)

/**
 * ce_enroll_settle:
 *
 * Closes the jobs of this card that need nothing more, by what the card really holds: no PIN, no network. To be
 * called before a plan is made. Errors: JOURNAL.
 */
gboolean ce_enroll_settle (const CeEnrollContext *context, gint64 now_unix, GError **error);

/* The user's CA requests for this card that are not decided, or whose certificate is not on the card yet.
 * (element-type CePending). Errors: JOURNAL. */
GPtrArray *ce_enroll_pending (const CeEnrollContext *context, GError **error);

/**
 * ce_enroll_ask_again:
 * @context: no token and no inventory are needed
 * @job: pending
 *
 * Asks the CA for the request, without the card: the job is issued, denied or still pending afterwards, in the journal, too.
 * The certificate is checked when it is written. Errors: those of ce_ca_query(), JOURNAL.
 */
gboolean ce_enroll_ask_again (const CeEnrollContext *context, CeJob *job, GError **error);

/* Gives a pending or issued job up: its key is deleted when its card is used next. The CA is not told, which no protocol
 * allows. Errors: JOURNAL. */
gboolean ce_enroll_cancel (const CeEnrollContext *context, CeJob *job, GError **error);

/**
 * ce_enroll_perform:
 * @action: enroll, renew, supersede, reenroll, fetch-pending or remove
 *
 * Carries @action out as far as the CA lets it, from where an earlier attempt stopped. What a CA answers is a result:
 * an error means that card, disk or network did not do their part, and that the next call carries on.
 * A certificate that comes back is on the card, read back and proved by a signature, its job in state
 * %CE_JOB_PROVED: ce_enroll_finish() closes it.
 */
gboolean ce_enroll_perform (const CeEnrollContext *context, const CeAction *action, CePerformed **ret_performed,
                            GError **error);

/**
 * ce_enroll_ask_first:
 * @action: as for ce_enroll_perform(); the token need not be logged in
 * @ret_performed: (nullable): where nothing is left for ce_enroll_perform(): the CA wants more time, or refused; ce_enroll_tidy() then
 *   deletes the key
 *
 * What needs the CA and not the card: sends a request that is signed but was not answered, asks for one that waits, and looks at the
 * certificate that came. So nobody enters a PIN for a CA that is down, or for a certificate that will not be written. Does nothing where
 * there is no such job, where its key cannot be seen without a PIN, or where the CA wants to be shown a certificate of the card.
 * Errors: those of the CA, NOT_TRUSTED, JOURNAL.
 */
gboolean ce_enroll_ask_first (const CeEnrollContext *context, const CeAction *action, CePerformed **ret_performed,
                              GError **error);

/* Is there something on the card that an earlier job left undone, and that no action of a plan will do? */
gboolean ce_enroll_needs_tidying (const CeEnrollContext *context, gboolean *ret_needed, GError **error);

/* Does that: deletes keys that a CA has refused a certificate, proves new certificates and retires old ones. Needs login. */
gboolean ce_enroll_tidy (const CeEnrollContext *context, GError **error);

/**
 * ce_enroll_finish:
 * @retire: take the old certificate off the card, which the new one replaces
 * @note: (nullable): for the audit trail
 *
 * Closes the job of @performed. Errors: JOURNAL, and with @retire those of the card.
 */
gboolean ce_enroll_finish (const CeEnrollContext *context, CePerformed *performed, gboolean retire, const char *note,
                           GError **error);
