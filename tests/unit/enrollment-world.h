/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/enroll/enrollment.h"
#include "mock-card.h"

/* A card with a key, and what an enrolment of its user knows of it, for tests; they abort where something fails. */

#define TEMPLATE "LabSmartcard"

typedef struct
{
  MockControl *mock;
  CeToken *token;
  CeCardKey *key;
  GBytes *der; /* a certificate for it, for signing only */
  char *fingerprint;
  CeInventory *inventory;
  GPtrArray *entries;
  CePolicy *policy;
  CeTemplate *template;
  CeConfig config;
  char *folder, *path;
  CeEnrollContext context;
} Fixture;

void set_up (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);

/* For signing only; of a CA of the moment. */
GBytes *certificate_for (const CeCardKey *key);
void store (const Fixture *f, const CeCardKey *key, GBytes *der);

/* What a run knows of the card from then on. */
void read_card (Fixture *f);

CeJob *job_new (const Fixture *f, CeActionKind kind, CeJobState state, const char *public_key_id);
void write_down (const Fixture *f, CeJob *job);
void tidy (const Fixture *f);

/* As they are now. */
gboolean has_key (const Fixture *f);
guint count_certificates (const Fixture *f);
guint count_open (const Fixture *f);
