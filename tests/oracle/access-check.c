/* SPDX-License-Identifier: GPL-3.0-or-later */

/* {"sd":"0100…","sids":["S-1-5-…"],"right":"0e10c968-…"} → {"granted":true,"by":"allow","ace":3}
 * `ace` is counted from 0 and null where no entry decided. A descriptor that cannot be read grants nothing.
 */

#include "agent/base/error.h"
#include "policy/access.h"
#include "tests/oracle/lines.h"

static CeSidSet *
read_sids (JsonObject *question, GError **error)
{
  g_autoptr (CeSidSet) sids = ce_sid_set_new ();
  JsonNode *node = json_object_get_member (question, "sids");
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      const char *text = json_node_get_string (json_array_get_element (list, i));

      if (text != NULL && ce_sid_set_add_text (sids, text))
        continue;
      g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "\"sids\" has something that is no SID");
      return NULL;
    }
  return g_steal_pointer (&sids);
}

static void
write_access (JsonObject *answer, const CeAccess *access)
{
  static const char *const names[] = { "no-dacl", "allow", "deny", "end-of-list" };

  json_object_set_boolean_member (answer, "granted", access->granted);
  json_object_set_string_member (answer, "by", names[access->by]);
  if (access->ace != NULL)
    json_object_set_int_member (answer, "ace", access->ace_index);
  else
    json_object_set_null_member (answer, "ace");
}

static gboolean
check (JsonObject *question, JsonObject *answer, GError **error)
{
  const char *right_text = ce_oracle_text (question, "right", error);
  g_autoptr (GBytes) bytes = right_text != NULL ? ce_oracle_hex (question, "sd", error) : NULL;
  g_autoptr (CeSidSet) sids = bytes != NULL ? read_sids (question, error) : NULL;
  g_autoptr (CeSecurityDescriptor) sd = NULL;
  CeGuid right;
  CeAccess access;

  if (sids == NULL)
    return FALSE;
  if (!ce_guid_from_text (right_text, &right))
    {
      g_set_error (error, CE_ERROR, CE_ERROR_USAGE, "\"right\" is not a GUID");
      return FALSE;
    }
  json_object_set_boolean_member (answer, "granted", FALSE);
  sd = ce_security_descriptor_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), error);
  if (sd == NULL)
    return FALSE;
  access = ce_access_check (sd, sids, &right);
  write_access (answer, &access);
  return TRUE;
}

int
main (void)
{
  return ce_oracle_run (check);
}
