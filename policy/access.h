/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "policy/sd.h"

/**
 * The access check of Active Directory for a control access right (an "extended right"), on descriptors that
 * a directory handed out. Source: [MS-ADTS] 5.1.3.2 (rights), 5.1.3.3.4 (this check); [MS-CRTD] 2.5.
 */
#define CE_RIGHT_ENROLL "0e10c968-78fb-11d2-90d4-00c04f79dc55"
#define CE_RIGHT_AUTOENROLL "a05b8cc2-17bc-4802-a710-e7c15ab866a2"
#define CE_RIGHT_APPLY_GROUP_POLICY "edacfd8f-ffb3-11d1-b41d-00a0c968f939"

/* ADS_RIGHT_DS_CONTROL_ACCESS */
#define CE_ACCESS_CONTROL 0x00000100u
#define CE_ACCESS_GENERIC_READ 0x80000000u
#define CE_ACCESS_GENERIC_WRITE 0x40000000u
#define CE_ACCESS_GENERIC_EXECUTE 0x20000000u
#define CE_ACCESS_GENERIC_ALL 0x10000000u

typedef enum
{
  CE_ACCESS_BY_NO_DACL,    /* granted: there is nothing that restricts */
  CE_ACCESS_BY_ALLOW,      /* granted by ->ace */
  CE_ACCESS_BY_DENY,       /* denied by ->ace */
  CE_ACCESS_BY_END_OF_LIST /* denied: no ACE for these SIDs speaks of the right */
} CeAccessBy;

/* What was decided and by what. */
typedef struct
{
  gboolean granted;
  CeAccessBy by;
  const CeAce *ace; /* borrowed from the descriptor; %NULL where no single ACE decided */
  guint ace_index;
} CeAccess;

/* @mask with its generic bits replaced by what they mean for directory objects; [MS-ADTS] 5.1.3.2. */
guint32 ce_access_map_generic (guint32 mask);

/**
 * ce_access_check:
 * @right: the control access right
 *
 * Walks the DACL in stored order: inherit-only entries and those for other SIDs are skipped; the first entry
 * that speaks of the right decides. It speaks of the right if its mask has %CE_ACCESS_CONTROL and it names no
 * object type or @right. A conditional ("callback") entry never grants and always denies, for its condition
 * is not evaluated. Costs one hash look-up an ACE, whatever the number of SIDs.
 */
CeAccess ce_access_check (const CeSecurityDescriptor *sd, const CeSidSet *sids, const CeGuid *right);

/* The SIDs (CeSid) that an entry grants @right to, each once, in stored order, at most
 * %CE_ACCESS_MAX_TRUSTEES: whom to ask for membership. */
#define CE_ACCESS_MAX_TRUSTEES 32
GArray *ce_access_trustees (const CeSecurityDescriptor *sd, const CeGuid *right);
