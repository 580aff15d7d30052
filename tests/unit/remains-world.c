/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "remains-world.h"

#include <string.h>

#include "agent/base/error.h"
#include "pkcs11/remains.h"

const char key_id[KEY_ID_BYTES] = { 1, 2, 3, 4, 5, 6, 7, 8 };

void
set_up (Fixture *f, gconstpointer data)
{
  (void) data;
  mock_load ();
  f->token = mock_open ();
  f->card = vc_test_card_ready ();
  mock_pcsc_card_put (f->card);
}

void
tear_down (Fixture *f, gconstpointer data)
{
  (void) data;
  g_assert_cmpint (mock_pcsc_card.connections, ==, 0);
  g_assert_cmpint (mock_pcsc_card.transactions, ==, 0);
  ce_token_free (f->token);
  vc_card_free (f->card);
}

void
put_key (Fixture *f, guint8 number)
{
  vc_card_set_key (f->card, number, EVP_EC_gen ("P-256"));
}

void
put_file (Fixture *f, guint16 fid, const void *bytes, gsize size)
{
  VcFile *file = vc_card_add_file (f->card, fid);

  g_assert_nonnull (file);
  vc_buf_append (&file->content, bytes, size);
}

void
put_description (Fixture *f, guint8 number, gboolean whole)
{
  guint8 bytes[2 + sizeof key_id + 20] = { 0x30, sizeof key_id + 20 };

  memcpy (bytes + 2, key_id, sizeof key_id);
  put_file (f, (guint16) (DESCRIPTION | number), bytes, whole ? sizeof bytes : sizeof bytes - 5);
}

gboolean
has_key (const Fixture *f, guint8 number)
{
  return f->card->keys[number] != NULL;
}

gboolean
has_file (const Fixture *f, guint16 fid)
{
  return vc_card_find_file (f->card, fid) != NULL;
}

GBytes *
some_certificate (void)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-384");

  return mock_certificate (key);
}

char *
fingerprint_of (GBytes *der)
{
  return g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, der);
}

void
put_certificate (Fixture *f, guint8 number, GBytes *der, gsize size)
{
  put_file (f, (guint16) (CERTIFICATE | number), g_bytes_get_data (der, NULL), size);
}

void
assert_content (const Fixture *f, guint16 fid, GBytes *expected)
{
  const VcFile *file = vc_card_find_file (f->card, fid);

  g_assert_nonnull (file);
  vc_assert_bytes (vc_buf_bytes (&file->content),
                   ((VcBytes){ g_bytes_get_data (expected, NULL), g_bytes_get_size (expected) }));
}

gboolean
complete (const Fixture *f, GBytes *der)
{
  g_autoptr (GBytes) id = g_bytes_new (key_id, sizeof key_id);
  g_autoptr (GError) error = NULL;
  gboolean done = FALSE;

  ce_remains_complete_certificate (f->token, id, der, &done, &error);
  g_assert_no_error (error);
  return done;
}

gboolean
check_certificate (const Fixture *f, GBytes *der, CeErrorCode code)
{
  g_autoptr (GError) error = NULL;
  gboolean seen = FALSE;

  mock_pcsc_card.commands = 0;
  if (ce_remains_check_certificate (f->token, der, &seen, &error))
    g_assert_no_error (error);
  else
    g_assert_error (error, CE_ERROR, (gint) code);
  return seen;
}
