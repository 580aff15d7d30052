/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "der-outline.h"

#include "agent/base/openssl.h"

typedef struct
{
  int tag, class, constructed;
  const guint8 *whole, *content;
  gsize whole_length, length;
} Element;

static void outline (GPtrArray *lines, const Element *e, guint depth, gboolean of_oid);

/* Takes the next element from @at; %FALSE at the end. *ret_ok is cleared where there is no whole one. */
static gboolean
next (const guint8 **at, gsize *left, Element *ret_element, gboolean *ret_ok)
{
  const guint8 *p = *at;
  long length = 0;
  int result;

  if (*left == 0)
    return FALSE;
  result = ASN1_get_object (&p, &length, &ret_element->tag, &ret_element->class, (long) *left);
  if ((result & 0x80) != 0 || length < 0 || (gsize) (p - *at) + (gsize) length > *left)
    {
      ERR_clear_error ();
      *ret_ok = FALSE;
      return FALSE;
    }
  ret_element->constructed = (result & V_ASN1_CONSTRUCTED) != 0;
  ret_element->whole = *at;
  ret_element->content = p;
  ret_element->length = (gsize) length;
  ret_element->whole_length = (gsize) (p - *at) + (gsize) length;
  *at = p + length;
  *left -= ret_element->whole_length;
  return TRUE;
}

/* The parts of a constructed element; %NULL where they are no whole DER. */
static GArray *
parts_of (const guint8 *bytes, gsize length)
{
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (Element));
  gboolean ok = TRUE;
  Element part;

  while (next (&bytes, &length, &part, &ok))
    g_array_append_val (parts, part);
  return ok ? g_steal_pointer (&parts) : NULL;
}

static gboolean
is (const Element *e, int tag)
{
  return e->class == V_ASN1_UNIVERSAL && e->tag == tag;
}

/* SETs and nothing else. */
static gboolean
is_name (const GArray *parts)
{
  for (guint i = 0; i < parts->len; i++)
    if (!is (&g_array_index (parts, Element, i), V_ASN1_SET))
      return FALSE;
  return parts->len > 0;
}

/* Begins with a SEQUENCE that begins with [0]. */
static gboolean
is_certificate (const GArray *parts)
{
  const Element *first = parts->len == 3 ? &g_array_index (parts, Element, 0) : NULL;

  return first != NULL && is (first, V_ASN1_SEQUENCE) && first->length > 0 && first->content[0] == 0xA0;
}

static void
add (GPtrArray *lines, guint depth, const char *text)
{
  g_ptr_array_add (lines, g_strdup_printf ("%*s%s", (int) depth * 2, "", text));
}

static char *
oid_text (const Element *e)
{
  const guint8 *at = e->whole;
  g_autoptr (ASN1_OBJECT) object = d2i_ASN1_OBJECT (NULL, &at, (long) e->whole_length);
  char text[128];

  g_assert_true (object != NULL && OBJ_obj2txt (text, sizeof text, object, 1) > 0);
  return g_strconcat ("OID ", text, NULL);
}

static char *
number_text (const Element *e)
{
  gint64 value = 0;

  if (e->length > 2)
    return g_strdup ("INTEGER …");
  for (gsize i = 0; i < e->length; i++)
    value = value << 8 | e->content[i];
  return g_strdup_printf ("INTEGER %" G_GINT64_FORMAT, value);
}

static char *
primitive_text (const Element *e)
{
  if (e->class != V_ASN1_UNIVERSAL)
    return g_strdup_printf ("[%d] …", e->tag);
  switch (e->tag)
    {
    case V_ASN1_OBJECT:
      return oid_text (e);
    case V_ASN1_INTEGER:
      return number_text (e);
    case V_ASN1_BOOLEAN:
      return g_strdup (e->content[0] != 0 ? "BOOLEAN true" : "BOOLEAN false");
    case V_ASN1_NULL:
      return g_strdup ("NULL");
    default:
      return g_strdup_printf ("%s …", ASN1_tag2str (e->tag));
    }
}

static void
outline_parts (GPtrArray *lines, const GArray *parts, guint depth, gboolean of_oid)
{
  const gboolean own = parts->len > 0 && is (&g_array_index (parts, Element, 0), V_ASN1_OBJECT);

  for (guint i = 0; i < parts->len; i++)
    outline (lines, &g_array_index (parts, Element, i), depth, of_oid || own);
}

static void
outline_constructed (GPtrArray *lines, const Element *e, guint depth, gboolean of_oid)
{
  g_autoptr (GArray) parts = parts_of (e->content, e->length);
  g_autofree char *tag
      = e->class == V_ASN1_UNIVERSAL ? g_strdup (ASN1_tag2str (e->tag)) : g_strdup_printf ("[%d]", e->tag);
  g_autofree char *empty = parts != NULL && parts->len == 0 ? g_strconcat (tag, ", empty", NULL) : NULL;

  g_assert_nonnull (parts);
  if (is (e, V_ASN1_SEQUENCE) && is_name (parts))
    add (lines, depth, "Name …");
  else if (is (e, V_ASN1_SEQUENCE) && is_certificate (parts))
    add (lines, depth, "Certificate …");
  else
    {
      add (lines, depth, empty != NULL ? empty : tag);
      outline_parts (lines, parts, depth + 1, of_oid && !is (e, V_ASN1_SET));
    }
}

/* One whole element, and nothing else? */
static gboolean
holds_der (const Element *e)
{
  g_autoptr (GArray) parts = e->length > 1 ? parts_of (e->content, e->length) : NULL;

  return parts != NULL && parts->len == 1;
}

static void
outline (GPtrArray *lines, const Element *e, guint depth, gboolean of_oid)
{
  g_autofree char *text = NULL;

  if (e->constructed)
    {
      outline_constructed (lines, e, depth, of_oid);
      return;
    }
  if (of_oid && is (e, V_ASN1_OCTET_STRING) && holds_der (e))
    {
      g_autoptr (GArray) parts = parts_of (e->content, e->length);

      add (lines, depth, "OCTET STRING holds");
      outline_parts (lines, parts, depth + 1, FALSE);
      return;
    }
  text = primitive_text (e);
  add (lines, depth, text);
}

GPtrArray *
der_outline (GBytes *der)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  gsize length;
  const guint8 *bytes = g_bytes_get_data (der, &length);
  g_autoptr (GArray) parts = parts_of (bytes, length);

  g_assert_true (parts != NULL && parts->len == 1);
  outline_parts (lines, parts, 0, FALSE);
  return g_steal_pointer (&lines);
}
