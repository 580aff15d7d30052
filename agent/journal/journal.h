/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeJournal: what was begun and not finished, and the audit trail; SQLite in $XDG_STATE_HOME/cardenroll/journal.db,
 * mode 0600. A step is written durably before it is done and again after. Blocks on the disk; opened by one
 * worker at a time per card, by several for several cards (SQLite's lock, 10 s).
 *
 * Errors of every call: JOURNAL.
 */
typedef struct _CeJournal CeJournal;

/* The states of a job; docs/state-machine.md says what happens after a restart in each. Names in kebab case. */
typedef enum
{
  CE_JOB_BEGUN,             /* decided; nothing on the card yet */
  CE_JOB_KEY_GENERATING,    /* the card was told to make a key */
  CE_JOB_KEY_READY,         /* its public key is known */
  CE_JOB_REQUEST_SENDING,   /* the signed request may be with the CA */
  CE_JOB_PENDING,           /* the CA has it under a request id */
  CE_JOB_ISSUED,            /* the certificate is here, in the journal */
  CE_JOB_WRITING,           /* being written to the card */
  CE_JOB_WRITTEN,           /* read back and matched */
  CE_JOB_PROVED,            /* a signature, and a trial logon where there is a KDC */
  CE_JOB_RETIRING,          /* the old certificate is leaving the card */
  CE_JOB_DONE,
  CE_JOB_DENIED,            /* by the CA; the key is to be deleted */
  CE_JOB_ABANDONED,
  CE_N_JOB_STATES
} CeJobState;

const char *ce_job_state_name (CeJobState state);

typedef struct
{
  gint64 id;
  CeJobState state;
  char *card_serial;
  char *card_label;
  char *user;           /* principal */
  char *action;         /* "enroll" … */
  char *template_name;
  char *template_oid;
  char *ca_name;
  char *ca_url;
  char *request_id;     /* "" */
  char *key_id;         /* CKA_ID, hex; "" */
  char *public_key_id;  /* "" until known */
  char *keys_before;    /* public_key_ids on the card before generation, space separated: tells our new key */
  GBytes *request;      /* DER; %NULL */
  GBytes *certificate;  /* DER; %NULL */
  char *old_certificate; /* fingerprint of the one to retire; "" */
  gint64 begun_unix;
  gint64 changed_unix;
  gint64 ask_again_unix;
  char *note;           /* last reason or error in words */
} CeJob;

CeJob *ce_job_new (void);
void ce_job_free (CeJob *job);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeJob, ce_job_free)

/* @path: %NULL for the user's own. A file from a newer version is refused, never changed; so is a damaged one. Nothing
 * is written where the file exists. */
CeJournal *ce_journal_open (const char *path, GError **error);
void ce_journal_free (CeJournal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeJournal, ce_journal_free)

/* Writes @job: inserts it where its id is 0 (and sets it), else updates it; a line of history goes with it, in the
 * same transaction, synced to disk before it returns. @now_unix is stored. */
gboolean ce_journal_write (CeJournal *journal, CeJob *job, gint64 now_unix, GError **error);

/* The jobs of one card, or of all where @card_serial is %NULL, that are not over, oldest first: neither done nor abandoned, nor denied with an empty
 * public_key_id, which says that the key was deleted. At most 256. */
GPtrArray *ce_journal_open_jobs (CeJournal *journal, const char *card_serial, GError **error);

/* One line of the audit trail. */
typedef struct
{
  gint64 job;        /* 0: an event that belongs to none */
  gint64 when_unix;
  char *card_serial;
  char *user;
  char *action;
  char *template_name;
  char *state;       /* name of the state, or an event such as "logon-test" */
  char *ca_name;
  char *request_id;
  char *note;
} CeHistoryLine;
void ce_history_line_free (CeHistoryLine *line);

/* Adds a line that belongs to no job, such as a logon test; %NULL fields are stored as "". Synced as ce_journal_write(). */
gboolean ce_journal_add_event (CeJournal *journal, const CeHistoryLine *line, GError **error);

/* Newest first, at most @limit. @card_serial: %NULL for all. */
GPtrArray *ce_journal_history (CeJournal *journal, const char *card_serial, guint limit, GError **error);
