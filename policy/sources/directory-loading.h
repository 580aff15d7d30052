/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "policy/rights.h"
#include "policy/policy.h"
#include "policy/sources/ldap.h"
#include "policy/sources/ticket.h"

/* Inside of directory.c and the files that read one part of the directory each; not for others. */

/* One object with a security descriptor whose rights are evaluated at the end, when names are known. */
typedef struct
{
  gpointer object; /* CeTemplate or CeEnrollmentService, borrowed from the policy */
  CeSecurityDescriptor *sd;
} CeGuarded;

/* What is worked with while a policy is loaded. */
typedef struct
{
  const CeTicket *ticket;
  CeLdap *ldap;
  CePolicy *policy;
  char *domain; /* DNS name */
  char *server; /* the controller that is connected */
  char *domain_dn;
  char *configuration_dn;
  char *root_domain_dn; /* of the forest; "" */
  CeSidSet *sids;
  GPtrArray *templates; /* of CeGuarded */
  GPtrArray *services;  /* of CeGuarded */
  GHashTable *names;    /* CeSidNames */
  GPtrArray *skipped;   /* of char */
} CeLoading;

/* Notes an object that cannot be read. */
void ce_loading_skip (CeLoading *loading, const char *sentence);

/* Each reads its part into @loading; %FALSE with DIRECTORY_UNREACHABLE, PROTOCOL or MISCONFIGURED. One search
 * each, but for descriptors that are not handed out at the first time of asking. */
gboolean ce_loading_read_user (CeLoading *loading, GError **error);
gboolean ce_loading_read_groups (CeLoading *loading, GError **error);
gboolean ce_loading_read_services (CeLoading *loading, GError **error);

/* The names of those whom templates grant a right: they make the sentences of explain readable. That they
 * cannot be read stops nothing. Two searches. */
void ce_loading_read_names (CeLoading *loading);

/* The objectGUID of the forest's root domain, where Group Policy names policy servers that it is compared with: one search
 * then. Where the controller does not have that domain it stays "". */
void ce_loading_read_forest (CeLoading *loading);

/* Group Policy. It never fails as a whole: the daily use of a card must not hang on SYSVOL. At most seven searches. */
void ce_loading_read_group_policy (CeLoading *loading, gboolean apply_wmi_filtered, gint64 deadline_us);
