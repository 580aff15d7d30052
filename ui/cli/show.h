/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "ui/cli/cli.h"
#include "ui/cli/table.h"

/* Parts of results that more than one command shows. Any object may be %NULL or hold less than it should. */

/* "2026-11-22T09:40:00Z" as "2026-11-22 09:40" or "2026-11-22" in the time zone of the person; else as it is. */
char *ce_show_moment (const char *iso);
char *ce_show_day (const char *iso);

/* "alice's card, serial number X, in reader Y" */
char *ce_show_card (JsonObject *card);

/* Lines of "Name  text", with the names aligned. Empty text is left out. */
void ce_show_field (CeTable *table, const char *name, const char *text);

/* The checks of doctor and logon-test, each with its remedy. */
void ce_show_checks (const CeTerm *term, JsonArray *checks);

/* The same of a list of objects without a member of their own: its string, or "". */
const char *ce_show_text (JsonObject *object, const char *name);

/* "ldap://dc1.lab.test, read 2026-11-22 09:40" (transfer full) */
char *ce_show_policy (JsonObject *policy);

/* Why a plan had to be made from the cache; nothing where it had not. */
void ce_show_cached_because (const CeTerm *term, JsonObject *plan);

/* What of @plan's certificates ends soon and is not renewed by itself; nothing where none does. */
void ce_show_endings (const CeTerm *term, JsonObject *plan);

/* When the next look of @plan is due, and whether an agent does it. Asks the agent, as ce_agent_view_new(). */
void ce_show_next_look (const CeTerm *term, JsonObject *plan);

/* What a plan does, with the reasons; a certificate that is only removed is named by the beginning of its
 * fingerprint. */
void ce_show_actions (const CeTerm *term, JsonArray *actions);

/* The templates of @plan that are left alone for a while, as their last request was refused or in vain; nothing where there are none. */
void ce_show_resting (const CeTerm *term, JsonObject *plan);

/* Is a verdict's reason one of theirs? */
gboolean ce_show_is_resting (const char *because);
