/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "agent/ca/ca.h"

/* What a protocol implements; the calls are those of ca.h, their arguments already checked. */
typedef struct
{
  void (*free) (CeCa *ca);
  CeCaReply *(*submit) (CeCa *ca, GBytes *request, const char *public_key_id, gboolean *ret_maybe_sent,
                        GError **error);
  CeCaReply *(*query) (CeCa *ca, const char *request_id, const char *public_key_id, GError **error);
} CeCaProtocol;

/* Each protocol embeds it as its first member. */
struct _CeCa
{
  const CeCaProtocol *protocol;
  char *name; /* for messages */
};
