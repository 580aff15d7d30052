/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/plan.h"

/* A world as the head of tests/data/plan/table.txt has it in words, for tests. */

#define PLAN_NOW 1795305600 /* 2026-11-22 00:00 UTC */

typedef struct
{
  CeWorld world;
  CePolicy *policy;
  GPtrArray *held, *published, *pending, *setbacks, *unproved;
  CeCardAbilities abilities;
  char *asked;
  char *renew;
} PlanWorld;

/* Aborts the test where it does not understand a word. (transfer full) */
PlanWorld *plan_world_new (const char *words);
void plan_world_free (PlanWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PlanWorld, plan_world_free)

/* Seconds: "42d", "-3h", "90s" */
gint64 plan_world_span (const char *text);
