/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/base/error.h"
#include "mock-card.h"
#include "pkcs11/reader.h"

#define NO_SOCKET "/nowhere/pcscd.comm"

static void
the_info_is_what_the_token_says (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = NULL;
  const CeTokenInfo *info;

  mock->free_bytes = 3000;
  token = mock_open ();
  info = ce_token_info (token);
  g_assert_cmpstr (info->reader, ==, MOCK_READER);
  g_assert_cmpstr (info->module_path, ==, MOCK_MODULE);
  g_assert_cmpstr (info->label, ==, "mock card");
  g_assert_cmpstr (info->serial, ==, "MOCK0001");
  g_assert_cmpuint (info->pin_min, ==, 6);
  g_assert_cmpuint (info->pin_max, ==, 15);
  g_assert_cmpuint (info->free_bytes, ==, 3000);
  g_assert_true (info->initialized && info->login_required && info->pin_set);
  g_assert_false (info->pin_pad || info->pin_count_low || info->pin_final_try || info->pin_locked);
  g_assert_cmpint (info->tries_left, ==, -1);
  g_assert_true (mock->read_write);
  g_assert_false (ce_token_is_logged_in (token));
}

static void
unknown_room_is_not_a_number (void)
{
  g_autoptr (CeToken) token = NULL;

  mock_load ();
  token = mock_open ();
  g_assert_cmpuint (ce_token_info (token)->free_bytes, ==, G_MAXUINT64);
}

static void
the_uri_names_the_token (void)
{
  g_autoptr (CeToken) token = NULL;
  g_autofree char *uri = NULL;

  mock_load ();
  token = mock_open ();
  uri = ce_token_uri (token);
  g_assert_cmpstr (uri, ==, "pkcs11:model=Model%201;manufacturer=Mock;serial=MOCK0001;token=mock%20card");
}

static void
a_long_reader_name_is_found_though_modules_cut_it (void)
{
  MockControl *mock = mock_load ();
  const char *name = "A reader whose maker could not stop to think of words for its name 00 00";
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  g_strlcpy (mock->reader, name, 65);
  token = ce_token_open (name, MOCK_MODULE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (ce_token_info (token)->reader, ==, name);
}

static void
another_reader_with_the_same_beginning_is_not_taken (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock_load ();
  token = ce_token_open ("Mock Reader 00", MOCK_MODULE, &error);
  mock_assert_fails (token != NULL, &error, CE_ERROR_NO_MODULE,
                     "no PKCS#11 module knows the card in reader 'Mock Reader 00'");
}

static void
of_several_slots_the_one_with_a_pin_is_taken (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = NULL;

  mock->two_slots = TRUE;
  token = mock_open ();
  g_assert_cmpstr (ce_token_info (token)->label, ==, "mock card");
}

static void
a_token_that_is_not_initialised_opens (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = NULL;
  g_autoptr (GError) error = NULL;

  mock->not_initialized = TRUE;
  token = mock_open ();
  g_assert_false (ce_token_info (token)->initialized);
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error,
                     CE_ERROR_TOKEN_NOT_INITIALIZED, "not initialised");
}

typedef struct
{
  LONG establish;
  DWORD state;
  CeErrorCode code;
  const char *words;
} ReaderCase;

static void
without_a_token_the_reader_tells_why (void)
{
  static const ReaderCase cases[] = {
    { SCARD_E_NO_SERVICE, 0, CE_ERROR_PCSC_UNAVAILABLE, "cannot reach pcscd" },
    { SCARD_W_SECURITY_VIOLATION, 0, CE_ERROR_PCSC_DENIED, "access to pcscd is refused" },
    { SCARD_F_COMM_ERROR, 0, CE_ERROR_PCSC_DENIED, "access to pcscd is refused" },
    { 0, SCARD_STATE_UNKNOWN, CE_ERROR_READER_GONE, "is not connected" },
    { 0, SCARD_STATE_EMPTY, CE_ERROR_NO_CARD, "there is no card in reader" },
    { 0, SCARD_STATE_PRESENT | SCARD_STATE_MUTE, CE_ERROR_NO_CARD, "does not answer" },
    { 0, SCARD_STATE_PRESENT | SCARD_STATE_EXCLUSIVE, CE_ERROR_BUSY, "keeps the card in reader" },
    { 0, SCARD_STATE_PRESENT, CE_ERROR_NO_MODULE, "no PKCS#11 module knows the card" },
  };
  MockControl *mock = mock_load ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (CeToken) token = NULL;

      mock->entries[MOCK_GET_TOKEN_INFO].answer = CKR_TOKEN_NOT_RECOGNIZED;
      mock_pcsc.establish = cases[i].establish;
      mock_pcsc.state = cases[i].state;
      token = ce_token_open (MOCK_READER, MOCK_MODULE, &error);
      mock_assert_fails (token != NULL, &error, cases[i].code, cases[i].words);
    }
}

/* That is no service to libpcsclite, if it came before all was said. */
static void
a_pcscd_that_listens_and_hangs_up_refuses (void)
{
  g_autofree char *folder = g_dir_make_tmp ("pcscd-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "pcscd.comm", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autoptr (GError) error = NULL;

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (const struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_setenv ("PCSCLITE_CSOCK_NAME", path, TRUE);
  mock_load ();
  mock_pcsc.establish = SCARD_E_NO_SERVICE;
  mock_assert_fails (ce_reader_check_card (MOCK_READER, &error), &error, CE_ERROR_PCSC_DENIED,
                     "access to pcscd is refused");
  close (fd);
  mock_assert_fails (ce_reader_check_card (MOCK_READER, &error), &error, CE_ERROR_PCSC_UNAVAILABLE, "cannot reach pcscd");
  g_setenv ("PCSCLITE_CSOCK_NAME", NO_SOCKET, TRUE);
  g_unlink (path);
  g_rmdir (folder);
}

static void
an_empty_reader_loads_no_module (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock_load ();
  mock_pcsc.state = SCARD_STATE_EMPTY;
  token = ce_token_open (MOCK_READER, NULL, &error);
  mock_assert_fails (token != NULL, &error, CE_ERROR_NO_CARD, "there is no card in reader");
}

static void
a_module_that_cannot_be_loaded_is_named (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock_load ();
  token = ce_token_open (MOCK_READER, "/nonexistent/module.so", &error);
  mock_assert_fails (token != NULL, &error, CE_ERROR_MODULE_FAILED,
                     "/nonexistent/module.so cannot be loaded");
}

static void
a_module_that_does_not_start_is_named (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock->entries[MOCK_INITIALIZE].answer = CKR_GENERAL_ERROR;
  token = ce_token_open (MOCK_READER, MOCK_MODULE, &error);
  mock_assert_fails (token != NULL, &error, CE_ERROR_MODULE_FAILED, "cannot be initialised");
}

static void
a_name_that_is_not_registered_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock_load ();
  token = ce_token_open (MOCK_READER, "no-such-module", &error);
  mock_assert_fails (token != NULL, &error, CE_ERROR_NO_MODULE,
                     "registered with p11-kit as 'no-such-module'");
}

static void
what_a_module_prints_is_dropped (void)
{
  MockControl *mock = mock_load ();
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "ce-quiet-XXXXXX", NULL);
  int file = g_mkstemp (path);
  int saved = dup (STDERR_FILENO);
  CeToken *token;

  mock->prints = TRUE;
  dup2 (file, STDERR_FILENO);
  token = mock_open ();
  ce_token_free (token);
  dup2 (saved, STDERR_FILENO);
  g_assert_cmpint (lseek (file, 0, SEEK_END), ==, 0);
  close (file);
  close (saved);
  unlink (path);
}

static void
opensc_is_told_the_driver_of_a_known_card (void)
{
  static const char atr[]
      = "\x3b\xfe\x18\x00\x00\x81\x31\xfe\x45\x80\x31\x81\x54\x48\x53\x4d\x31\x73\x80\x21\x40\x81\x07\xfa";
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = NULL;

  mock_pcsc.atr = atr;
  mock_pcsc.atr_size = sizeof atr - 1;
  token = mock_open ();
  g_assert_cmpstr (mock->opensc_driver, ==, "sc-hsm");
  g_assert_null (g_getenv ("OPENSC_DRIVER"));
}

static void
a_right_pin_logs_in_once (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open_and_login ();

  g_assert_true (ce_token_is_logged_in (token));
  g_assert_true (ce_token_login (token, NULL, FALSE, &error));
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 1);
  g_clear_pointer (&token, ce_token_free);
  g_assert_cmpuint (mock->entries[MOCK_LOGOUT].calls, ==, 1);
  g_assert_cmpuint (mock->entries[MOCK_FINALIZE].calls, ==, 1);
}

static void
a_wrong_pin_is_tried_once_and_the_tries_are_told (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  g_strlcpy (mock->manufacturer, "www.CardContact.de", sizeof mock->manufacturer);
  token = mock_open ();
  mock_assert_fails (ce_token_login (token, mock_pin ("111111"), FALSE, &error), &error,
                     CE_ERROR_PIN_INCORRECT, "token 'mock card': the PIN is wrong; 2 tries are left");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 1);
  g_assert_cmpint (ce_token_info (token)->tries_left, ==, 2);
  g_assert_true (ce_token_info (token)->pin_count_low);
}

static void
a_wrong_pin_with_one_try_left_says_so (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock->tries = 2;
  mock_assert_fails (ce_token_login (token, mock_pin ("111111"), FALSE, &error), &error,
                     CE_ERROR_PIN_INCORRECT, "; one try is left");
  g_assert_cmpint (ce_token_info (token)->tries_left, ==, 1);
}

static void
the_last_try_is_not_spent_unasked (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock->tries = 1;
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error,
                     CE_ERROR_PIN_LAST_TRY, "only one try is left");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
  g_clear_error (&error);
  g_assert_true (ce_token_login (token, mock_pin (MOCK_PIN), TRUE, &error));
  g_assert_no_error (error);
}

static void
the_last_try_spent_in_vain_says_that_the_pin_is_locked (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock->tries = 1;
  mock_assert_fails (ce_token_login (token, mock_pin ("111111"), TRUE, &error), &error, CE_ERROR_PIN_LOCKED,
                     "the PIN is wrong, and is locked now");
  g_assert_cmpint (ce_token_info (token)->tries_left, ==, 0);
}

static void
a_locked_pin_is_not_tried (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock->tries = 0;
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), TRUE, &error), &error, CE_ERROR_PIN_LOCKED,
                     "locked");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

static void
a_pin_that_is_not_set_is_not_tried (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock->pin_not_set = TRUE;
  token = mock_open ();
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error, CE_ERROR_PIN_NOT_SET,
                     "no PIN is set");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

static void
a_pin_of_impossible_length_is_not_tried (void)
{
  static const char *const pins[] = { "12345", "1234567890123456" };
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open ();

  for (gsize i = 0; i < G_N_ELEMENTS (pins); i++)
    {
      g_autoptr (GError) error = NULL;

      mock_assert_fails (ce_token_login (token, mock_pin (pins[i]), FALSE, &error), &error,
                         CE_ERROR_PIN_INCORRECT, "its PIN has 6 to 15 characters; no try was spent");
    }
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

static void
a_pin_pad_gets_no_pin (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = NULL;

  mock->pin_pad = TRUE;
  token = mock_open ();
  g_assert_true (ce_token_info (token)->pin_pad);
  g_assert_true (ce_token_login (token, NULL, FALSE, &error));
  g_assert_no_error (error);
  g_assert_true (mock->null_pin);
}

static void
without_a_pin_pad_a_pin_is_needed (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock_assert_fails (ce_token_login (token, NULL, FALSE, &error), &error, CE_ERROR_PIN_UNAVAILABLE,
                     "no PIN pad");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

typedef struct
{
  CK_RV rv;
  CeErrorCode code;
} LoginCase;

static void
each_failure_of_a_login_has_its_name (void)
{
  static const LoginCase cases[] = {
    { CKR_DEVICE_REMOVED, CE_ERROR_TOKEN_GONE },
    { CKR_TOKEN_NOT_PRESENT, CE_ERROR_TOKEN_GONE },
    { CKR_SESSION_HANDLE_INVALID, CE_ERROR_TOKEN_GONE },
    { CKR_FUNCTION_CANCELED, CE_ERROR_CANCELLED },
    { CKR_PIN_EXPIRED, CE_ERROR_PIN_NOT_SET },
    { CKR_PIN_LOCKED, CE_ERROR_PIN_LOCKED },
    { CKR_PIN_LEN_RANGE, CE_ERROR_PIN_INCORRECT },
    { CKR_USER_PIN_NOT_INITIALIZED, CE_ERROR_PIN_NOT_SET },
    { CKR_DEVICE_ERROR, CE_ERROR_MODULE_FAILED },
    { CKR_VENDOR_DEFINED + 7, CE_ERROR_MODULE_FAILED },
  };
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      mock->entries[MOCK_LOGIN].answer = cases[i].rv;
      mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error, cases[i].code,
                         "mock card");
    }
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, G_N_ELEMENTS (cases));
}

static void
a_vague_failure_with_the_card_gone_is_a_card_gone (void)
{
  static const CK_RV cases[]
      = { CKR_DEVICE_ERROR, CKR_GENERAL_ERROR, CKR_FUNCTION_FAILED, CKR_VENDOR_DEFINED + 7 };
  MockControl *mock = mock_load ();
  g_autoptr (CeToken) token = mock_open ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      mock->entries[MOCK_LOGIN].answer = cases[i];
      mock_pcsc.state = i % 2 == 0 ? SCARD_STATE_EMPTY : SCARD_STATE_PRESENT;
      mock_pcsc.later = SCARD_STATE_EMPTY;
      mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error,
                         CE_ERROR_TOKEN_GONE, "the card was taken out");
    }
}

static void
a_card_gone_before_the_login_spends_no_try (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock->entries[MOCK_GET_TOKEN_INFO].answer = CKR_TOKEN_NOT_PRESENT;
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error, CE_ERROR_TOKEN_GONE,
                     "taken out");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

static void
another_card_gets_no_pin (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  g_strlcpy (mock->serial, "MOCK0002", sizeof mock->serial);
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error, CE_ERROR_TOKEN_GONE,
                     "another card, 'MOCK0002', is in the reader now");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

static void
a_card_that_was_out_gets_no_pin (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = mock_open ();

  mock_pcsc.state = mock_pcsc.later = SCARD_STATE_PRESENT | (2 << 16);
  mock_assert_fails (ce_token_login (token, mock_pin (MOCK_PIN), FALSE, &error), &error, CE_ERROR_TOKEN_GONE,
                     "the card was taken out");
  g_assert_cmpuint (mock->entries[MOCK_LOGIN].calls, ==, 0);
}

static void
note (const char *module_path, gpointer user_data)
{
  MockControl *mock = user_data;

  g_assert_cmpstr (module_path, ==, MOCK_MODULE);
  g_assert_cmpuint (mock->entries[MOCK_INITIALIZE].calls, ==, 0);
  mock->tries--;
}

static void
a_module_is_named_before_it_is_loaded (void)
{
  MockControl *mock = mock_load ();
  g_autoptr (GError) error = NULL;
  g_autoptr (CeToken) token = ce_token_open_watched (MOCK_READER, MOCK_MODULE, note, mock, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (mock->tries, ==, 2);
}

int
main (int argc, char **argv)
{
  /* Not that of this computer's pcscd. */
  g_setenv ("PCSCLITE_CSOCK_NAME", NO_SOCKET, TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/token/open/the-info-is-what-the-token-says", the_info_is_what_the_token_says);
  g_test_add_func ("/token/open/unknown-room-is-not-a-number", unknown_room_is_not_a_number);
  g_test_add_func ("/token/open/the-uri-names-the-token", the_uri_names_the_token);
  g_test_add_func ("/token/open/a-long-reader-name-is-found-though-modules-cut-it",
                   a_long_reader_name_is_found_though_modules_cut_it);
  g_test_add_func ("/token/open/another-reader-with-the-same-beginning-is-not-taken",
                   another_reader_with_the_same_beginning_is_not_taken);
  g_test_add_func ("/token/open/of-several-slots-the-one-with-a-pin-is-taken",
                   of_several_slots_the_one_with_a_pin_is_taken);
  g_test_add_func ("/token/open/a-token-that-is-not-initialised-opens",
                   a_token_that_is_not_initialised_opens);
  g_test_add_func ("/token/open/without-a-token-the-reader-tells-why", without_a_token_the_reader_tells_why);
  g_test_add_func ("/token/open/a-pcscd-that-listens-and-hangs-up-refuses",
                   a_pcscd_that_listens_and_hangs_up_refuses);
  g_test_add_func ("/token/open/an-empty-reader-loads-no-module", an_empty_reader_loads_no_module);
  g_test_add_func ("/token/open/a-module-that-cannot-be-loaded-is-named",
                   a_module_that_cannot_be_loaded_is_named);
  g_test_add_func ("/token/open/a-module-that-does-not-start-is-named",
                   a_module_that_does_not_start_is_named);
  g_test_add_func ("/token/open/a-name-that-is-not-registered-is-refused",
                   a_name_that_is_not_registered_is_refused);
  g_test_add_func ("/token/open/what-a-module-prints-is-dropped", what_a_module_prints_is_dropped);
  g_test_add_func ("/token/open/opensc-is-told-the-driver-of-a-known-card",
                   opensc_is_told_the_driver_of_a_known_card);
  g_test_add_func ("/token/login/a-right-pin-logs-in-once", a_right_pin_logs_in_once);
  g_test_add_func ("/token/login/a-wrong-pin-is-tried-once-and-the-tries-are-told",
                   a_wrong_pin_is_tried_once_and_the_tries_are_told);
  g_test_add_func ("/token/login/a-wrong-pin-with-one-try-left-says-so",
                   a_wrong_pin_with_one_try_left_says_so);
  g_test_add_func ("/token/login/the-last-try-is-not-spent-unasked", the_last_try_is_not_spent_unasked);
  g_test_add_func ("/token/login/the-last-try-spent-in-vain-says-that-the-pin-is-locked",
                   the_last_try_spent_in_vain_says_that_the_pin_is_locked);
  g_test_add_func ("/token/login/a-locked-pin-is-not-tried", a_locked_pin_is_not_tried);
  g_test_add_func ("/token/login/a-pin-that-is-not-set-is-not-tried", a_pin_that_is_not_set_is_not_tried);
  g_test_add_func ("/token/login/a-pin-of-impossible-length-is-not-tried",
                   a_pin_of_impossible_length_is_not_tried);
  g_test_add_func ("/token/login/a-pin-pad-gets-no-pin", a_pin_pad_gets_no_pin);
  g_test_add_func ("/token/login/without-a-pin-pad-a-pin-is-needed", without_a_pin_pad_a_pin_is_needed);
  g_test_add_func ("/token/login/each-failure-of-a-login-has-its-name", each_failure_of_a_login_has_its_name);
  g_test_add_func ("/token/login/a-vague-failure-with-the-card-gone-is-a-card-gone",
                   a_vague_failure_with_the_card_gone_is_a_card_gone);
  g_test_add_func ("/token/login/a-card-gone-before-the-login-spends-no-try",
                   a_card_gone_before_the_login_spends_no_try);
  g_test_add_func ("/token/login/another-card-gets-no-pin", another_card_gets_no_pin);
  g_test_add_func ("/token/login/a-card-that-was-out-gets-no-pin", a_card_that_was_out_gets_no_pin);
  g_test_add_func ("/token/open/a-module-is-named-before-it-is-loaded",
                   a_module_is_named_before_it_is_loaded);
  return g_test_run ();
}
