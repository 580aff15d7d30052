/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

#include "agent/ca/ca.h"

/* SOAP 1.2 with WS-Addressing 1.0, as [MS-WSTEP] and [MS-XCEP] use it: one envelope out, one envelope in. */

#define CE_NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define CE_NS_ADDRESSING "http://www.w3.org/2005/08/addressing"
#define CE_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define CE_NS_SECURITY "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define CE_SOAP_CONTENT_TYPE "application/soap+xml; charset=utf-8"

#define CE_SOAP_MAX_BYTES (4 * 1024 * 1024)
#define CE_SOAP_MAX_ELEMENTS 20000 /* attributes count too */
/* The same for a whole policy: some hundred for each template. */
#define CE_SOAP_MAX_POLICY_BYTES (16 * 1024 * 1024)
#define CE_SOAP_MAX_POLICY_ELEMENTS 500000
#define CE_SOAP_MAX_DEPTH 32
#define CE_SOAP_MAX_TEXT 4096 /* of what is for people */

/**
 * ce_soap_envelope:
 * @action: URI
 * @to: the endpoint's URL
 * @body: XML for inside the Body, well-formed; prefix "xsi" is bound there
 * @login: (nullable): goes into a UsernameToken; then the message holds the password: wipe it with ce_wipe()
 * when it is sent
 * @ret_message_id: (transfer full): "urn:uuid:…", random
 *
 * Returns: (transfer full): the message
 * Source: [MS-XCEP] 3.1.4.1.3.5; OASIS WS-Security UsernameToken Profile 1.0, 3. Windows' services (WCF) want
 * a Timestamp beside the token.
 */
char *ce_soap_envelope (const char *action, const char *to, const char *body, const CeLogin *login,
                        char **ret_message_id);

/* An answer. One that is a fault has no ->body. */
typedef struct
{
  xmlDoc *document;
  xmlNode *body;    /* the first element in the Body, borrowed; %NULL for a fault */
  char *relates_to; /* "" */
  gboolean fault;
  char *fault_code; /* local name of the innermost Subcode, else of the Code; "" */
  char *fault_text; /* its Reason, clean; "" */
  xmlNode *detail;  /* the fault's Detail, borrowed; may be %NULL */
} CeSoapMessage;

/**
 * ce_soap_parse:
 * @xml: hostile: bounded by the limits above; one with a document type, so any with entities, is refused
 *
 * Errors: PROTOCOL, in words.
 */
CeSoapMessage *ce_soap_parse (GBytes *xml, GError **error);

/* The same for the answer of a policy service, which may be longer. */
CeSoapMessage *ce_soap_parse_policy (GBytes *xml, GError **error);
void ce_soap_message_free (CeSoapMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeSoapMessage, ce_soap_message_free)

/* Whether @node is an element of that name; %NULL is none. */
gboolean ce_soap_is (const xmlNode *node, const char *ns, const char *name);

/* The first child element of @parent with that name, %NULL where there is none or @parent is %NULL. */
xmlNode *ce_soap_child (const xmlNode *parent, const char *ns, const char *name);

/* The next sibling of @node with the same name. */
xmlNode *ce_soap_next (const xmlNode *node);

/* The text in @node, stripped and clean, at most %CE_SOAP_MAX_TEXT; "" for %NULL or xsi:nil. */
char *ce_soap_text (const xmlNode *node);

/* The bytes that @node holds in base64, white space anywhere in it. %NULL where it is empty or no base64. */
GBytes *ce_soap_base64 (const xmlNode *node);

/* An attribute without namespace; "" where there is none. */
char *ce_soap_attribute (const xmlNode *node, const char *name);
