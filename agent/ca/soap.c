/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/ca/soap.h"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <string.h>

#include "agent/base/error.h"
#include "agent/base/text.h"

#define PASSWORD_TEXT                                                                                        \
  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
#define NS_UTILITY "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
#define LOGIN_LASTS_S 300
#define ADDRESSING_ANONYMOUS CE_NS_ADDRESSING "/anonymous"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, xmlFreeParserCtxt)

typedef struct
{
  gsize max_bytes;
  guint max_elements;
  const char *whose;
} Limits;

/* What one parse has met so far; reached through the parser's _private. */
typedef struct
{
  const Limits *limits;
  guint elements;
  guint depth;
  const char *refused;
} Budget;

static char *
envelope (const char *action, const char *to, const char *security, const char *body, char **ret_message_id)
{
  g_autofree char *uuid = g_uuid_string_random ();
  g_autofree char *message_id = g_strdup_printf ("urn:uuid:%s", uuid);
  g_autofree char *head = g_markup_printf_escaped (
      "<s:Envelope xmlns:s=\"" CE_NS_SOAP "\" xmlns:a=\"" CE_NS_ADDRESSING "\"><s:Header>"
      "<a:Action s:mustUnderstand=\"1\">%s</a:Action><a:MessageID>%s</a:MessageID>"
      "<a:ReplyTo><a:Address>" ADDRESSING_ANONYMOUS "</a:Address></a:ReplyTo>"
      "<a:To s:mustUnderstand=\"1\">%s</a:To>",
      action, message_id, to);

  *ret_message_id = g_steal_pointer (&message_id);
  return g_strconcat (head, security, "</s:Header><s:Body xmlns:xsi=\"" CE_NS_XSI "\">", body,
                      "</s:Body></s:Envelope>", NULL);
}

static char *
timestamp (void)
{
  const gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  g_autofree char *created = ce_time_iso (now);
  g_autofree char *expires = ce_time_iso (now + LOGIN_LASTS_S);

  return g_strdup_printf ("<u:Timestamp xmlns:u=\"" NS_UTILITY
                          "\"><u:Created>%s</u:Created><u:Expires>%s</u:Expires>"
                          "</u:Timestamp>",
                          created, expires);
}

/* As g_markup_escape_text(), which leaves a copy behind when it grows. */
static char *
escape_secret (const char *secret, gsize length)
{
  char *text = g_malloc (length * strlen ("&amp;") + 1), *end = text;

  for (gsize i = 0; i < length; i++)
    switch (secret[i])
      {
      case '&':
        end = g_stpcpy (end, "&amp;");
        break;
      case '<':
        end = g_stpcpy (end, "&lt;");
        break;
      case '>':
        end = g_stpcpy (end, "&gt;");
        break;
      default:
        *end++ = secret[i];
      }
  *end = '\0';
  return text;
}

/* Every copy of the password is wiped. */
static char *
envelope_by_password (const char *action, const char *to, const char *body, const CeLogin *login,
                      char **ret_message_id)
{
  static const char head[] = "<o:Security s:mustUnderstand=\"1\" xmlns:o=\"" CE_NS_SECURITY "\">";
  gsize length;
  const char *secret = ce_pin_peek (login->password, &length);
  g_autofree char *when = timestamp ();
  g_autofree char *name
      = g_markup_printf_escaped ("<o:UsernameToken><o:Username>%s</o:Username>", login->user);
  g_autofree char *escaped = escape_secret (secret, length);
  g_autofree char *security = g_strconcat (head, when, name, "<o:Password Type=\"" PASSWORD_TEXT "\">",
                                           escaped, "</o:Password></o:UsernameToken></o:Security>", NULL);
  char *message = envelope (action, to, security, body, ret_message_id);

  ce_wipe (escaped, strlen (escaped));
  ce_wipe (security, strlen (security));
  return message;
}

char *
ce_soap_envelope (const char *action, const char *to, const char *body, const CeLogin *login,
                  char **ret_message_id)
{
  return login != NULL ? envelope_by_password (action, to, body, login, ret_message_id)
                       : envelope (action, to, "", body, ret_message_id);
}

static void
stop (xmlParserCtxt *parser, const char *why)
{
  Budget *budget = parser->_private;

  budget->refused = why;
  xmlStopParser (parser);
}

static void
on_document_type (void *context, const xmlChar *name G_GNUC_UNUSED, const xmlChar *external_id G_GNUC_UNUSED,
                  const xmlChar *system_id G_GNUC_UNUSED)
{
  stop (context, "it has a document type");
}

static void
on_start (void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
          const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
  xmlParserCtxt *parser = context;
  Budget *budget = parser->_private;

  budget->elements += 1 + (guint) n_namespaces + (guint) n_attributes;
  budget->depth++;
  if (budget->elements > budget->limits->max_elements)
    stop (parser, "it has too many elements");
  else if (budget->depth > CE_SOAP_MAX_DEPTH)
    stop (parser, "it is nested too deeply");
  else
    xmlSAX2StartElementNs (context, name, prefix, uri, n_namespaces, namespaces, n_attributes, n_defaulted,
                           attributes);
}

static void
on_end (void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
  xmlParserCtxt *parser = context;
  Budget *budget = parser->_private;

  budget->depth--;
  xmlSAX2EndElementNs (context, name, prefix, uri);
}

static void
set_limits (xmlParserCtxt *parser, Budget *budget)
{
  parser->_private = budget;
  parser->sax->internalSubset = on_document_type;
  parser->sax->startElementNs = on_start;
  parser->sax->endElementNs = on_end;
  parser->sax->comment = NULL;
  parser->sax->processingInstruction = NULL;
}

static xmlDoc *
parse_document (GBytes *xml, const Limits *limits, GError **error)
{
  gsize length;
  const char *bytes = g_bytes_get_data (xml, &length);
  g_autoptr (xmlParserCtxt) parser = xmlNewParserCtxt ();
  g_autoptr (xmlDoc) document = NULL;
  Budget budget = { .limits = limits };

  g_return_val_if_fail (parser != NULL, NULL);
  set_limits (parser, &budget);
  if (length == 0 || length > limits->max_bytes)
    budget.refused = length == 0 ? "it is empty" : "it is too long";
  else
    document
        = xmlCtxtReadMemory (parser, bytes, (int) length, NULL, NULL,
                             XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
  if (document != NULL && budget.refused == NULL && parser->wellFormed)
    return g_steal_pointer (&document);

  g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s answer is not usable XML: %s", limits->whose,
               budget.refused != NULL ? budget.refused : "it is not well-formed");
  return NULL;
}

gboolean
ce_soap_is (const xmlNode *node, const char *ns, const char *name)
{
  return node != NULL && node->type == XML_ELEMENT_NODE && node->ns != NULL
         && strcmp ((const char *) node->name, name) == 0 && strcmp ((const char *) node->ns->href, ns) == 0;
}

static xmlNode *
find (xmlNode *node, const char *ns, const char *name)
{
  while (node != NULL && !ce_soap_is (node, ns, name))
    node = node->next;
  return node;
}

xmlNode *
ce_soap_child (const xmlNode *parent, const char *ns, const char *name)
{
  return parent != NULL ? find (parent->children, ns, name) : NULL;
}

xmlNode *
ce_soap_next (const xmlNode *node)
{
  return find (node->next, (const char *) node->ns->href, (const char *) node->name);
}

static char *
content (const xmlNode *node)
{
  xmlChar *text = node != NULL ? xmlNodeGetContent (node) : NULL;
  char *copy = g_strdup (text != NULL ? (const char *) text : "");

  xmlFree (text);
  return copy;
}

char *
ce_soap_text (const xmlNode *node)
{
  g_autofree char *text = content (node);

  g_strstrip (text);
  return ce_text_clean (text, strlen (text), CE_SOAP_MAX_TEXT);
}

GBytes *
ce_soap_base64 (const xmlNode *node)
{
  g_autofree char *text = content (node);
  gsize length = 0;
  guchar *bytes;

  if (strspn (text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n")
      != strlen (text))
    return NULL;
  bytes = g_base64_decode (text, &length);
  if (length > 0)
    return g_bytes_new_take (bytes, length);
  g_free (bytes);
  return NULL;
}

char *
ce_soap_attribute (const xmlNode *node, const char *name)
{
  xmlChar *value = node != NULL ? xmlGetNoNsProp (node, (const xmlChar *) name) : NULL;
  char *copy = g_strdup (value != NULL ? (const char *) value : "");

  xmlFree (value);
  return copy;
}

/* "a:InternalServiceFault" of the innermost Subcode, without the prefix. */
static char *
fault_code (const xmlNode *fault)
{
  const xmlNode *code = ce_soap_child (fault, CE_NS_SOAP, "Code");
  g_autofree char *value = NULL;
  const char *colon;

  for (const xmlNode *sub = code; sub != NULL; sub = ce_soap_child (code, CE_NS_SOAP, "Subcode"))
    code = sub;
  value = ce_soap_text (ce_soap_child (code, CE_NS_SOAP, "Value"));
  colon = strrchr (value, ':');
  return g_strdup (colon != NULL ? colon + 1 : value);
}

static void
read_fault (CeSoapMessage *self, const xmlNode *fault)
{
  self->fault = TRUE;
  self->fault_code = fault_code (fault);
  self->fault_text
      = ce_soap_text (ce_soap_child (ce_soap_child (fault, CE_NS_SOAP, "Reason"), CE_NS_SOAP, "Text"));
  self->detail = ce_soap_child (fault, CE_NS_SOAP, "Detail");
}

static CeSoapMessage *
parse_within (GBytes *xml, const Limits *limits, GError **error)
{
  g_autoptr (CeSoapMessage) self = g_new0 (CeSoapMessage, 1);
  xmlNode *envelope, *body, *fault;

  self->document = parse_document (xml, limits, error);
  if (self->document == NULL)
    return NULL;
  envelope = find (xmlDocGetRootElement (self->document), CE_NS_SOAP, "Envelope");
  body = ce_soap_child (envelope, CE_NS_SOAP, "Body");
  if (body == NULL)
    {
      g_set_error (error, CE_ERROR, CE_ERROR_PROTOCOL, "%s answer is not a SOAP 1.2 message", limits->whose);
      return NULL;
    }
  self->relates_to = ce_soap_text (
      ce_soap_child (ce_soap_child (envelope, CE_NS_SOAP, "Header"), CE_NS_ADDRESSING, "RelatesTo"));
  fault = ce_soap_child (body, CE_NS_SOAP, "Fault");
  if (fault != NULL)
    read_fault (self, fault);
  else
    self->body = xmlFirstElementChild (body);
  return g_steal_pointer (&self);
}

CeSoapMessage *
ce_soap_parse (GBytes *xml, GError **error)
{
  static const Limits limits = { CE_SOAP_MAX_BYTES, CE_SOAP_MAX_ELEMENTS, "the CA's" };

  return parse_within (xml, &limits, error);
}

CeSoapMessage *
ce_soap_parse_policy (GBytes *xml, GError **error)
{
  static const Limits limits
      = { CE_SOAP_MAX_POLICY_BYTES, CE_SOAP_MAX_POLICY_ELEMENTS, "the policy service's" };

  return parse_within (xml, &limits, error);
}

void
ce_soap_message_free (CeSoapMessage *message)
{
  if (message == NULL)
    return;
  if (message->document != NULL)
    xmlFreeDoc (message->document);
  g_free (message->relates_to);
  g_free (message->fault_code);
  g_free (message->fault_text);
  g_free (message);
}
