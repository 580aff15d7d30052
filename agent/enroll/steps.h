/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/enroll/enroll.h"

/* One action on its way; private to agent/enroll. */
typedef struct
{
  const CeEnrollContext *context;
  const CeAction *action;
  const CeTemplate *template;
  CeJob *job;
  CeCardKey *key;     /* %NULL until it is made or found */
  guint signatures;
} CeEnrollment;

/* Each does what its state calls for and moves the job on, journal first. */
typedef gboolean (*CeEnrollStep) (CeEnrollment *enrollment, GError **error);

gboolean ce_step_generate_key (CeEnrollment *enrollment, GError **error);
gboolean ce_step_find_generated_key (CeEnrollment *enrollment, GError **error);
gboolean ce_step_make_request (CeEnrollment *enrollment, GError **error);
gboolean ce_step_ask_ca (CeEnrollment *enrollment, GError **error);
gboolean ce_step_ask_again (CeEnrollment *enrollment, GError **error);
gboolean ce_step_write_certificate (CeEnrollment *enrollment, GError **error);
gboolean ce_step_prove (CeEnrollment *enrollment, GError **error);
gboolean ce_step_drop_key (CeEnrollment *enrollment, GError **error);

/* Moves the job to @state in the journal. */
gboolean ce_enrollment_enter (CeEnrollment *enrollment, CeJobState state, GError **error);

gint64 ce_now (void);
