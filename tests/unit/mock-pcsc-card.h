/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mock-pcsc.h"
#include "tests/vcard/card.h"

#include <glib.h>

/* The card behind the mock of pcscd: commands that are sent beside PKCS#11 reach a card in software. */
typedef struct
{
  VcCard *card;      /* borrowed */
  LONG connect;      /* what SCardConnect() answers */
  LONG begin;        /* and SCardBeginTransaction() */
  guint gone_after;  /* that many commands are answered, then the card is out; 0: it stays */
  gboolean hard_end; /* it calls the end of a file a wrong offset (6B00), as some do, and not its end (6282) */
  const char *lie;   /* hexadecimal: the answer to every command, instead of the card's */
  guint commands;    /* seen so far */
  gint connections;  /* open */
  gint transactions; /* open */
} MockPcscCard;

extern MockPcscCard mock_pcsc_card;

/* Puts @card into the reader: an answer to reset of a SmartCard-HSM, and nothing counted yet. */
void mock_pcsc_card_put (VcCard *card);
