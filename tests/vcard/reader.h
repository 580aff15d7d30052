/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * A slot with at most one card in it: moves bytes between vpcd and the card, keeps the card on disk, counts,
 * traces, and goes wrong on command.
 *
 *   vc_reader_load (); vc_reader_insert ();  then, from a loop: vc_reader_connect () while it wants to,
 *   vc_reader_receive () whenever its descriptor is readable, vc_reader_process () each time round.
 */

#include "tests/vcard/card.h"
#include "tests/vcard/farewell.h"

#include <stdio.h>

/* What `vanish-after` leaves undone. */
typedef enum
{
  VC_VANISH_AFTER,  /* the card carried the command out; the answer is lost */
  VC_VANISH_BEFORE, /* the card never saw the command */
} VcVanish;

/* Waits up to @ms while serving the control channel; see VcReader.pause. */
typedef void (*VcPause) (void *data, unsigned ms);

typedef struct
{
  unsigned port;
  VcCard *card; /* NULL: an empty slot */
  char *path;   /* where the card is kept */
  bool inserted;
  int fd;              /* -1: not connected */
  VcFarewell farewell; /* of the card before */
  bool powered;
  VcBuf in;

  unsigned long apdus_total;
  unsigned long apdus_since_insertion;
  unsigned long insertions; /* changes with each insertion and removal */
  bool busy;                /* a command is being carried out */

  unsigned long vanish_after; /* 0: not armed */
  VcVanish vanish_how;
  unsigned slow_ms; /* before each key generation */
  bool muted;       /* commands are taken and not answered until unmuted */
  bool foreign;     /* a card that no driver knows */
  bool hasty;       /* put the next card in even if pcscd has not noticed that the one before went */
  size_t room;
  size_t file_room;
  bool quit; /* asked to end */

  FILE *trace;   /* (nullable) */
  VcPause pause; /* (nullable): called with 0 during key generation, so that the card can be pulled then */
  void *pause_data;
} VcReader;

VcReader *vc_reader_new (unsigned port);

/* Saves and frees everything. */
void vc_reader_free (VcReader *reader);

/* Reads the card at @path and puts it in the place of the one before, which is saved first. On error the card
 * before stays as it was. Not while busy. */
bool vc_reader_load (VcReader *reader, const char *path, VcError *error);

bool vc_reader_insert (VcReader *reader, VcError *error);

/* Pulls the card at once, also out of a running command. */
void vc_reader_eject (VcReader *reader);

/* Milliseconds until vc_reader_connect() is due; -1 when there is no card to connect. */
int vc_reader_connect_due_ms (VcReader *reader);

/* True when vpcd took the card. */
bool vc_reader_connect (VcReader *reader);

/* Reads what vpcd sent. A lost connection is not an error: the card stays inserted. */
void vc_reader_receive (VcReader *reader);

/* Answers what was read, except while muted. */
void vc_reader_process (VcReader *reader);

/* Writes the card to disk if it changed. */
bool vc_reader_save (VcReader *reader, VcError *error);
