/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/sources/site.h"

#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

#define HEADER_BYTES 24
#define MAX_BYTES 4096
#define CLIENT_SITE 7
#define MAX_SITE 63

/* Opcodes: [MS-ADTS] 6.3.1.3. An account was not asked for, so "unknown" is an answer like the other. */
enum
{
  LOGON_SAM_LOGON_RESPONSE_EX = 23,
  LOGON_SAM_USER_UNKNOWN_EX = 25,
};

char *
ce_site_parse (const guint8 *bytes, gsize length)
{
  const guint8 *end = bytes + length, *at = bytes + HEADER_BYTES;
  char name[NS_MAXDNAME] = "";
  guint opcode;

  if (length <= HEADER_BYTES || length > MAX_BYTES)
    return NULL;
  opcode = (guint) (bytes[0] | bytes[1] << 8);
  if (opcode != LOGON_SAM_LOGON_RESPONSE_EX && opcode != LOGON_SAM_USER_UNKNOWN_EX)
    return NULL;
  for (guint i = 0; i <= CLIENT_SITE; i++)
    {
      int used = at < end ? dn_expand (bytes, end, at, name, sizeof name) : -1;

      if (used <= 0)
        return NULL;
      at += used;
    }
  /* The name of a site is one label of DNS; [MS-ADTS] 3.1.1.5.2.2. */
  if (*name == '\0' || strlen (name) > MAX_SITE
      || strspn (name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_") != strlen (name))
    return NULL;
  return g_strdup (name);
}
