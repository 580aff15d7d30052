/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/base/error.h"
#include "mock-card.h"
#include "mock-pcsc-card.h"
#include "tests/vcard/test-util.h"

/* A token of mock-pkcs11 whose card is one in software that raw commands reach; for tests of pkcs11/remains.h. */

#define KEY 0xcc00
#define DESCRIPTION 0xc400
#define CERTIFICATE 0xce00

#define KEY_ID_BYTES 8
extern const char key_id[KEY_ID_BYTES];

typedef struct
{
  VcCard *card;
  CeToken *token;
} Fixture;

void set_up (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
void put_key (Fixture *f, guint8 number);
void put_file (Fixture *f, guint16 fid, const void *bytes, gsize size);
/* A SEQUENCE that holds the key's CKA_ID; of half of one only the beginning is there. */
void put_description (Fixture *f, guint8 number, gboolean whole);
gboolean has_key (const Fixture *f, guint8 number);
gboolean has_file (const Fixture *f, guint16 fid);
GBytes *some_certificate (void);
char *fingerprint_of (GBytes *der);
/* The first @size bytes of @der. */
void put_certificate (Fixture *f, guint8 number, GBytes *der, gsize size);
void assert_content (const Fixture *f, guint16 fid, GBytes *expected);

/* ce_remains_complete_certificate() of the key with key_id; aborts where that fails. */
gboolean complete (const Fixture *f, GBytes *der);
/* ce_remains_check_certificate(): what it saw. Where it fails, it is with @code. Counts commands anew. */
gboolean check_certificate (const Fixture *f, GBytes *der, CeErrorCode code);
