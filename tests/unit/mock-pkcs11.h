/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <p11-kit/pkcs11.h>

/**
 * A PKCS#11 module with one token in memory, and real keys. A test loads it with mock_load(), and then each failure is
 * one replaced answer, each kind of card one flag. A program that is run with it sets $CARDENROLL_MOCK_PKCS11 to a
 * list: "C_Login=0xa4, C_Sign=crash, C_Initialize=hang, pin-pad, tries=1".
 */

#define MOCK_READER "Mock Reader 00 00"
#define MOCK_PIN "648219"
#define MOCK_ENV "CARDENROLL_MOCK_PKCS11"

typedef enum
{
  MOCK_INITIALIZE,
  MOCK_FINALIZE,
  MOCK_GET_SLOT_LIST,
  MOCK_GET_SLOT_INFO,
  MOCK_GET_TOKEN_INFO,
  MOCK_GET_MECHANISM_INFO,
  MOCK_OPEN_SESSION,
  MOCK_CLOSE_SESSION,
  MOCK_LOGIN,
  MOCK_LOGOUT,
  MOCK_CREATE_OBJECT,
  MOCK_DESTROY_OBJECT,
  MOCK_GET_ATTRIBUTE_VALUE,
  MOCK_FIND_OBJECTS_INIT,
  MOCK_FIND_OBJECTS,
  MOCK_GENERATE_KEY_PAIR,
  MOCK_SIGN_INIT,
  MOCK_SIGN,
  MOCK_N_CALLS
} MockCall;

typedef struct
{
  CK_RV answer; /* instead of the real one, where not CKR_OK */
  guint skip;   /* that many calls succeed before it */
  gboolean hang;
  gboolean crash;
  guint calls;
} MockEntry;

typedef struct
{
  MockEntry entries[MOCK_N_CALLS];

  /* Kinds of cards, readers and modules. */
  gboolean not_initialized;
  gboolean pin_not_set;
  gboolean pin_pad;
  gboolean always_authenticate; /* keys made from now on */
  gboolean rewrites_ids;        /* as GIDS does */
  gboolean hides_private;       /* private keys are not seen before login */
  gboolean hides_public_part;   /* private keys show no public values */
  gboolean hides_ids;           /* private keys show no CKA_ID */
  gboolean no_public_objects;   /* key pairs have none, as on cards that keep it in the certificate only */
  gboolean bare_ec_points;      /* CKA_EC_POINT without its OCTET STRING */
  gboolean spoils_certificates; /* what is read back is not what was written */
  gboolean two_slots;           /* the card has another slot before this, without a PIN */
  gboolean prints;
  CK_BBOOL find_again;     /* a search that has come to its end begins anew */
  CK_ULONG find_at_once;   /* objects that a search gives at most at once; 0: as many as it is asked for */
  CK_ULONG signature_says; /* the length that a signature is said to have; 0: its own */
  guint tries;
  CK_ULONG free_bytes;
  char reader[128];
  char manufacturer[33];
  char serial[17];

  /* What was seen. */
  guint context_logins;
  gboolean logged_in;
  gboolean null_pin;   /* the last C_Login came without a PIN */
  gboolean read_write; /* the session */
  char reserved[64];   /* CK_C_INITIALIZE_ARGS.pReserved */
  char opensc_driver[32];
} MockControl;
