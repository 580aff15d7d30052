/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeSid: a security identifier in the form in which it travels. Source: [MS-DTYP] 2.4.2.2.
 */
#define CE_SID_MAX_BYTES 68

typedef struct
{
  guint8 length; /* bytes in use: 8 + 4 × sub-authorities */
  guint8 bytes[CE_SID_MAX_BYTES];
} CeSid;

#define CE_SID_EVERYONE "S-1-1-0"
#define CE_SID_INTERACTIVE "S-1-5-4"
#define CE_SID_AUTHENTICATED_USERS "S-1-5-11"
#define CE_SID_THIS_ORGANIZATION "S-1-5-15"

/* The SID at the start of @bytes, which may be longer. %FALSE where there is none or it is cut off. */
gboolean ce_sid_parse (const guint8 *bytes, gsize length, CeSid *ret_sid);

/* "S-1-5-21-…"; %FALSE for anything else. */
gboolean ce_sid_from_text (const char *text, CeSid *ret_sid);

char *ce_sid_to_text (const CeSid *sid);

gboolean ce_sid_equal (const CeSid *a, const CeSid *b);

/* Its last sub-authority (the RID of a domain's group), 0 where there is none. */
guint32 ce_sid_rid (const CeSid *sid);

/**
 * CeSidSet: the SIDs of a token, for look-ups that do not grow with their number.
 */
typedef struct _CeSidSet CeSidSet;

CeSidSet *ce_sid_set_new (void);
void ce_sid_set_add (CeSidSet *set, const CeSid *sid);
gboolean ce_sid_set_add_text (CeSidSet *set, const char *text);

/* What every logged-on user of a domain has beside the groups: Everyone, Authenticated Users, This
 * Organization, Interactive. Source: [MS-DTYP] 2.4.2.4. */
void ce_sid_set_add_well_known (CeSidSet *set);

gboolean ce_sid_set_contains (const CeSidSet *set, const CeSid *sid);
guint ce_sid_set_size (const CeSidSet *set);
void ce_sid_set_free (CeSidSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSidSet, ce_sid_set_free)
