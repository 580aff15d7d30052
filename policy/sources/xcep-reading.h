/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

#include "policy/policy.h"

#define CE_NS_XCEP "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"

/* An entry of oIDs; [MS-XCEP] 3.1.4.1.3.16. */
typedef struct
{
  char *value; /* dotted */
  guint group; /* 1 hash, 3 public key, 6 extension, 7 EKU, 8 certificate policy, 9 template … */
  char *name;  /* "" */
} CeXcepOid;

/* A CA, and the templates that name it. */
typedef struct
{
  CeEnrollmentService *service; /* borrowed from the answer */
  GPtrArray *templates;         /* of char */
} CeXcepAuthority;

/* What is worked with while one answer is read. */
typedef struct
{
  char *host;
  GHashTable *oids;        /* reference → CeXcepOid */
  GHashTable *authorities; /* reference → CeXcepAuthority */
  GPtrArray *skipped;      /* of char */
} CeXcepReading;

CeXcepReading *ce_xcep_reading_new (const char *host);
void ce_xcep_reading_free (CeXcepReading *reading);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeXcepReading, ce_xcep_reading_free)

void ce_xcep_reading_skip (CeXcepReading *reading, const char *sentence);

/* The sentences. (transfer full) */
GStrv ce_xcep_reading_end (CeXcepReading *reading);

/* The child @name of @parent, @absent where it is missing or nil. Errors: PROTOCOL, naming it and its value.
 */
gboolean ce_xcep_number (const xmlNode *parent, const char *name, guint32 absent, guint32 *ret_number,
                         GError **error);
gboolean ce_xcep_seconds (const xmlNode *parent, const char *name, gint64 *ret_seconds, GError **error);
gboolean ce_xcep_boolean (const xmlNode *parent, const char *name, gboolean absent, gboolean *ret_flag,
                          GError **error);

/* The texts of the children @name of the child @list of @parent; empty ones are left out. (transfer full) */
GStrv ce_xcep_texts (const xmlNode *parent, const char *list, const char *name);

/* Is it an OID: digits and dots, two arcs or more? */
gboolean ce_xcep_is_oid (const char *text);

void ce_xcep_read_oids (CeXcepReading *reading, const xmlNode *oids);

/* The OID that the child @name of @parent refers to; %NULL where there is none. Borrowed. */
const CeXcepOid *ce_xcep_oid (const CeXcepReading *reading, const xmlNode *parent, const char *name);

/* The OIDs that the oIDReference children of the child @list of @parent refer to. (transfer full) */
GStrv ce_xcep_oids (const CeXcepReading *reading, const xmlNode *parent, const char *list);
