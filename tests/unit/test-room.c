/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is known of a card's room before a key is made. The questions to a person:
 * tests/integration/test_room.py. */

#include "agent/base/error.h"
#include "agent/enroll/room.h"
#include "mock-card.h"

static gboolean
has_room (CK_ULONG free_bytes, const char *algorithm, GError **error)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = NULL;
  g_autoptr (CeInventory) inventory = NULL;
  CeEnrollContext context = { 0 };

  mock->free_bytes = free_bytes;
  token = mock_open ();
  inventory = ce_token_read (token, NULL);
  context.token = token;
  context.inventory = inventory;
  return ce_room_check (&context, algorithm, error);
}

static void
a_token_that_tells_nothing_has_room (void)
{
  g_assert_true (has_room (CK_UNAVAILABLE_INFORMATION, "rsa-4096", NULL));
}

static void
key_and_certificate_are_reckoned_with (void)
{
  g_assert_true (has_room (8000, "rsa-4096", NULL));
  g_assert_true (has_room (4000, "rsa-2048", NULL));
  g_assert_true (has_room (3000, "ec-p256", NULL));
  g_assert_false (has_room (3000, "rsa-2048", NULL));
  g_assert_false (has_room (2000, "ec-p256", NULL));
}

static void
too_little_room_is_said_in_bytes (void)
{
  g_autoptr (GError) error = NULL;

  mock_assert_fails (has_room (900, "rsa-2048", &error), &error, CE_ERROR_TOKEN_FULL, "and 900 are free");
}

static void
what_was_freed_counts_at_once (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = NULL;

  mock->free_bytes = 100;
  token = mock_open ();
  mock->free_bytes = 5000;
  g_assert_true (ce_token_refresh (token, NULL));
  g_assert_cmpuint (ce_token_info (token)->free_bytes, ==, 5000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/room/a-token-that-tells-nothing-has-room", a_token_that_tells_nothing_has_room);
  g_test_add_func ("/room/key-and-certificate-are-reckoned-with", key_and_certificate_are_reckoned_with);
  g_test_add_func ("/room/too-little-room-is-said-in-bytes", too_little_room_is_said_in_bytes);
  g_test_add_func ("/room/what-was-freed-counts-at-once", what_was_freed_counts_at_once);
  return g_test_run ();
}
