/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A token lent to another library, which does with it what libkrb5's PKINIT does. */

#include <dlfcn.h>
#include <string.h>

#include "agent/base/error.h"
#include "mock-card.h"
#include "pkcs11/lend.h"

static CK_FUNCTION_LIST *
borrow (void)
{
  void *library = dlopen (SHARED_TOKEN, RTLD_NOW | RTLD_LOCAL);
  CK_C_GetFunctionList get
      = library != NULL ? (CK_C_GetFunctionList) dlsym (library, "C_GetFunctionList") : NULL;
  CK_FUNCTION_LIST *functions = NULL;

  g_assert_nonnull (get);
  return get (&functions) == CKR_OK ? functions : NULL;
}

static void
lend (CeToken *token)
{
  g_autoptr (GError) error = NULL;

  ce_token_lend (token, SHARED_TOKEN, &error);
  g_assert_no_error (error);
}

static void
take_back (CeToken *token)
{
  g_autoptr (GError) error = NULL;

  ce_token_take_back (token, &error);
  g_assert_no_error (error);
}

/* What the plugin does first: a session with the one token that it finds. */
static CK_SESSION_HANDLE
open_session (CK_FUNCTION_LIST *f)
{
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  CK_SLOT_ID slots[1] = { 0 };
  CK_ULONG count = 0;

  g_assert_cmpuint (f->C_Initialize (NULL), ==, CKR_OK);
  g_assert_cmpuint (f->C_GetSlotList (CK_TRUE, NULL, &count), ==, CKR_OK);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpuint (f->C_GetSlotList (CK_TRUE, slots, &count), ==, CKR_OK);
  g_assert_cmpuint (f->C_OpenSession (slots[0], CKF_SERIAL_SESSION, NULL, NULL, &session), ==, CKR_OK);
  return session;
}

static void
the_module_is_not_initialised_again (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();
  CK_FUNCTION_LIST *f;

  lend (token);
  f = borrow ();
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (f->C_CloseSession (open_session (f)), ==, CKR_OK);
      g_assert_cmpuint (f->C_Finalize (NULL), ==, CKR_OK);
    }
  take_back (token);
  g_assert_cmpuint (mock->entries[MOCK_INITIALIZE].calls, ==, 1);
  g_assert_cmpuint (mock->entries[MOCK_FINALIZE].calls, ==, 0);
}

static void
no_pin_is_asked_for_or_passed_on (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();
  guint asked = mock->entries[MOCK_GET_TOKEN_INFO].calls;
  CK_UTF8CHAR wrong[] = "000000";
  CK_TOKEN_INFO info;
  CK_FUNCTION_LIST *f;
  CK_SESSION_HANDLE session;
  CK_SLOT_ID slot;
  CK_ULONG count = 1;

  lend (token);
  f = borrow ();
  session = open_session (f);
  g_assert_cmpuint (f->C_GetSlotList (CK_TRUE, &slot, &count), ==, CKR_OK);
  g_assert_cmpuint (f->C_GetTokenInfo (slot, &info), ==, CKR_OK);
  g_assert_cmpuint (info.flags & CKF_LOGIN_REQUIRED, ==, 0);
  g_assert_cmpint (memcmp (info.label, "mock card                       ", 32), ==, 0);
  g_assert_cmpuint (f->C_GetTokenInfo (slot + 1, &info), ==, CKR_SLOT_ID_INVALID);
  g_assert_cmpuint (f->C_Login (session, CKU_USER, wrong, 6), ==, CKR_USER_ALREADY_LOGGED_IN);
  take_back (token);
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 1);
  g_assert_cmpuint (mock->entries[MOCK_GET_TOKEN_INFO].calls, ==, asked);
}

static void
the_borrower_cannot_log_us_out (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();
  CK_FUNCTION_LIST *f;

  lend (token);
  f = borrow ();
  g_assert_cmpuint (f->C_Logout (open_session (f)), ==, CKR_OK);
  g_assert_cmpuint (f->C_CloseAllSessions (0), ==, CKR_OK);
  take_back (token);
  g_assert_true (mock->logged_in);
}

/* @to_the_end: until no more come */
static void
find_rsa_key (CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, gboolean to_the_end)
{
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_KEY_TYPE type = CKK_RSA;
  CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof class }, { CKA_KEY_TYPE, &type, sizeof type } };
  CK_OBJECT_HANDLE found;
  CK_ULONG count = 0;

  g_assert_cmpuint (f->C_FindObjectsInit (session, wanted, 2), ==, CKR_OK);
  do
    g_assert_cmpuint (f->C_FindObjects (session, &found, 1, &count), ==, CKR_OK);
  while (to_the_end && count > 0);
  g_assert_cmpuint (f->C_FindObjectsFinal (session), ==, CKR_OK);
}

static CK_RV
find_and_sign (CK_FUNCTION_LIST *f)
{
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof class } };
  CK_MECHANISM how = { CKM_RSA_PKCS, NULL, 0 };
  CK_OBJECT_HANDLE found = CK_INVALID_HANDLE;
  CK_BYTE data[51] = { 0x30 }, signature[256];
  CK_ULONG count = 0, length = sizeof signature;
  CK_SESSION_HANDLE session = open_session (f);

  g_assert_cmpuint (f->C_FindObjectsInit (session, wanted, 1), ==, CKR_OK);
  g_assert_cmpuint (f->C_FindObjects (session, &found, 1, &count), ==, CKR_OK);
  g_assert_cmpuint (f->C_FindObjectsFinal (session), ==, CKR_OK);
  g_assert_cmpuint (count, ==, 1);
  g_assert_cmpuint (f->C_SignInit (session, &how, found), ==, CKR_OK);
  return f->C_Sign (session, data, sizeof data, signature, &length);
}

static void
the_borrower_signs_with_the_key (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();
  g_autoptr (CeCardKey) key = mock_generate (token, "rsa-2048");

  lend (token);
  g_assert_cmpuint (find_and_sign (borrow ()), ==, CKR_OK);
  take_back (token);
  g_assert_cmpuint (mock->entries[MOCK_SIGN].calls, ==, 1);
}

static void
a_card_that_fails_the_borrower_is_told (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open_and_login ();
  g_autoptr (CeCardKey) key = mock_generate (token, "rsa-2048");
  g_autoptr (GError) error = NULL;

  mock->entries[MOCK_SIGN].answer = CKR_DEVICE_REMOVED;
  lend (token);
  g_assert_cmpuint (find_and_sign (borrow ()), ==, CKR_DEVICE_REMOVED);
  mock_assert_fails (ce_token_take_back (token, &error), &error, CE_ERROR_TOKEN_GONE, "cannot sign");

  mock->entries[MOCK_SIGN].answer = CKR_OK;
  lend (token);
  take_back (token);
}

/* As libkrb5 1.21 does: it knows RSA keys only, and signs all the same when it has found none. */
static void
a_borrower_that_knows_rsa_only_is_told (void)
{
  const char *const kinds[] = { "rsa-2048", "ec-p256", "rsa-2048", "ec-p256" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autoptr (CeToken) token = NULL;
      g_autoptr (CeCardKey) key = NULL;
      g_autoptr (GError) error = NULL;
      CK_FUNCTION_LIST *f;

      mock_load ();
      token = mock_open_and_login ();
      key = mock_generate (token, kinds[i]);
      lend (token);
      f = borrow ();
      find_rsa_key (f, open_session (f), i >= 2);
      if (g_str_equal (kinds[i], "rsa-2048"))
        take_back (token);
      else
        mock_assert_fails (ce_token_take_back (token, &error), &error, CE_ERROR_NOT_SUPPORTED,
                           "uses RSA keys only");
    }
}

static void
a_list_of_slots_without_room_is_refused (void)
{
  g_autoptr (CeToken) token = NULL;
  CK_SLOT_ID slot = 0;
  CK_ULONG count = 0;
  CK_FUNCTION_LIST *f;

  mock_load ();
  token = mock_open_and_login ();
  lend (token);
  f = borrow ();
  g_assert_cmpuint (f->C_GetSlotList (CK_TRUE, &slot, &count), ==, CKR_BUFFER_TOO_SMALL);
  g_assert_cmpuint (count, ==, 1);
  take_back (token);
}

static void
what_is_taken_back_cannot_be_borrowed (void)
{
  g_autoptr (CeToken) token = NULL;

  mock_load ();
  token = mock_open_and_login ();
  g_assert_null (borrow ());
  lend (token);
  g_assert_nonnull (borrow ());
  take_back (token);
  g_assert_null (borrow ());
  lend (token);
  g_assert_nonnull (borrow ());
  take_back (token);
}

static void
a_missing_module_is_named (void)
{
  g_autoptr (CeToken) token = NULL;
  g_autoptr (GError) error = NULL;

  mock_load ();
  token = mock_open_and_login ();
  mock_assert_fails (ce_token_lend (token, "/nonexistent/shared.so", &error), &error, CE_ERROR_FAILED,
                     "cannot load /nonexistent/shared.so");
  mock_assert_fails (ce_token_lend (token, MOCK_MODULE, &error), &error, CE_ERROR_FAILED,
                     "cannot load " MOCK_MODULE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lend/the-module-is-not-initialised-again", the_module_is_not_initialised_again);
  g_test_add_func ("/lend/no-pin-is-asked-for-or-passed-on", no_pin_is_asked_for_or_passed_on);
  g_test_add_func ("/lend/the-borrower-cannot-log-us-out", the_borrower_cannot_log_us_out);
  g_test_add_func ("/lend/the-borrower-signs-with-the-key", the_borrower_signs_with_the_key);
  g_test_add_func ("/lend/a-card-that-fails-the-borrower-is-told", a_card_that_fails_the_borrower_is_told);
  g_test_add_func ("/lend/a-borrower-that-knows-rsa-only-is-told", a_borrower_that_knows_rsa_only_is_told);
  g_test_add_func ("/lend/a-list-of-slots-without-room-is-refused", a_list_of_slots_without_room_is_refused);
  g_test_add_func ("/lend/what-is-taken-back-cannot-be-borrowed", what_is_taken_back_cannot_be_borrowed);
  g_test_add_func ("/lend/a-missing-module-is-named", a_missing_module_is_named);
  return g_test_run ();
}
