/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "policy/sid.h"

/**
 * CeSecurityDescriptor: a self-relative security descriptor as it comes from the directory.
 * Source: [MS-DTYP] 2.4.4 (ACE), 2.4.5 (ACL), 2.4.6 (SECURITY_DESCRIPTOR).
 */

/* A GUID as it stands on the wire. */
typedef struct
{
  guint8 bytes[16];
} CeGuid;

/* "0e10c968-78fb-11d2-90d4-00c04f79dc55", with braces or without; %FALSE for anything else. */
gboolean ce_guid_from_text (const char *text, CeGuid *ret_guid);
char *ce_guid_to_text (const CeGuid *guid);
gboolean ce_guid_equal (const CeGuid *a, const CeGuid *b);

typedef enum
{
  CE_ACE_ALLOWED = 0x00,
  CE_ACE_DENIED = 0x01,
  CE_ACE_ALLOWED_OBJECT = 0x05,
  CE_ACE_DENIED_OBJECT = 0x06,
  CE_ACE_ALLOWED_CALLBACK = 0x09,
  CE_ACE_DENIED_CALLBACK = 0x0a,
  CE_ACE_ALLOWED_CALLBACK_OBJECT = 0x0b,
  CE_ACE_DENIED_CALLBACK_OBJECT = 0x0c,
} CeAceType;

typedef enum
{
  CE_ACE_INHERIT_ONLY = 0x08,
} CeAceFlags;

/* One entry of the DACL, in stored order. Entries of types that do not decide access (audit, label, …) are
 * kept with their type only. */
typedef struct
{
  guint8 type;  /* CeAceType, or another */
  guint8 flags; /* CeAceFlags */
  guint32 mask; /* as stored: generic bits are not mapped yet */
  gboolean has_object_type;
  CeGuid object_type;
  CeSid sid;
} CeAce;

typedef struct
{
  gboolean has_owner;
  CeSid owner;
  gboolean dacl_present; /* the control bit */
  gboolean dacl_null;    /* present, but without an ACL: everybody may do everything */
  GArray *aces;          /* of CeAce */
} CeSecurityDescriptor;

/**
 * ce_security_descriptor_parse:
 * @bytes: hostile; every offset and size is checked
 *
 * Returns: (transfer full) (nullable): %NULL with PROTOCOL where it is cut off or contradicts itself.
 */
CeSecurityDescriptor *ce_security_descriptor_parse (const guint8 *bytes, gsize length, GError **error);

void ce_security_descriptor_free (CeSecurityDescriptor *sd);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSecurityDescriptor, ce_security_descriptor_free)
