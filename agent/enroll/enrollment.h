/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/clock.h"
#include "agent/enroll/enroll.h"

/* The label of each key that cardenroll makes begins with this; the template's name follows. */
#define CE_ENROLLMENT_KEY_LABEL "cardenroll "

/* One action on its way; private to agent/enroll. */
typedef struct
{
  const CeEnrollContext *context;
  const CeAction *action;
  const CeTemplate *template;
  gboolean template_gone; /* the policy has lost it: what was granted is fetched, and nothing is asked for */
  CeJob *job;
  CeCardKey *key;     /* %NULL until it is made or found */
  gboolean presumed;  /* it was found by its ID: the token does not show its public part */
  gboolean completed; /* its certificate, behind the module's back: pkcs11/remains.h */
  gboolean sent_before; /* the request, by an earlier run */
  gboolean proved;    /* before its certificate was written */
  guint n_offered;    /* to make room: room.h */
  guint signatures;
} CeEnrollment;

/* Each does what its state calls for and moves the job on, journal first. */
typedef gboolean (*CeEnrollStep) (CeEnrollment *enrollment, GError **error);

gboolean ce_step_generate_key (CeEnrollment *enrollment, GError **error);
gboolean ce_step_find_generated_key (CeEnrollment *enrollment, GError **error);
/* What a generation that was cut off left and PKCS#11 does not show. Needs login. */
gboolean ce_step_drop_half_a_key (CeEnrollment *enrollment, GError **error);
gboolean ce_step_make_request (CeEnrollment *enrollment, GError **error);
gboolean ce_step_ask_ca (CeEnrollment *enrollment, GError **error);
gboolean ce_step_ask_again (CeEnrollment *enrollment, GError **error);

/* Would asking the CA, for a request that is signed or waits, take the PIN, which is not there yet: to show a certificate of the card? */
gboolean ce_step_wants_login (const CeEnrollment *enrollment);
/* Will the certificate that was issued be written? Needs no card. FALSE with an error: no, it is not what was asked for. */
gboolean ce_step_check_issued (const CeEnrollment *enrollment, GError **error);
gboolean ce_step_write_certificate (CeEnrollment *enrollment, GError **error);
gboolean ce_step_prove (CeEnrollment *enrollment, GError **error);
gboolean ce_step_drop_key (CeEnrollment *enrollment, GError **error);

/* Abandons a job whose key, if it has one, is of no use any more: it goes, if the job made it. @why: for the journal. Needs login. */
gboolean ce_step_give_up (CeEnrollment *enrollment, const char *why, GError **error);

/* Takes the job's old certificate off the card, before the job is closed. It stays where it counts and the new one does not. */
gboolean ce_step_retire (CeEnrollment *enrollment, GError **error);

/* (transfer full): a job that carries out @action on the card of @context; not in the journal yet. */
CeJob *ce_enrollment_new_job (const CeEnrollContext *context, const CeAction *action);

/* Moves the job to @state in the journal. */
gboolean ce_enrollment_enter (CeEnrollment *enrollment, CeJobState state, GError **error);

void ce_enrollment_progress (CeEnrollment *enrollment, const char *step, guint deadline_ms, gboolean hold,
                             const char *format, ...) G_GNUC_PRINTF (5, 6);

gboolean ce_enrollment_has_certificate (const CeInventory *inventory, const CeCardKey *key);

/* Does one of @jobs, which are open, wait for a certificate of this key? @own (nullable) does not count. */
gboolean ce_enrollment_is_awaited (const GPtrArray *jobs, const char *public_key_id, const CeJob *own);

/* Writes down ID and public key of the enrolment's key in the job. */
void ce_enrollment_remember_key (CeEnrollment *enrollment);

/* Makes sure that the enrolment has the job's key; %NULL afterwards: the card does not hold it any more. */
gboolean ce_enrollment_find_key (CeEnrollment *enrollment, GError **error);

/* Forgets key, request and certificate of the job, which begins again. */
gboolean ce_enrollment_start_anew (CeEnrollment *enrollment, const char *why, GError **error);
