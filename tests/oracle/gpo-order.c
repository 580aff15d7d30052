/* SPDX-License-Identifier: GPL-3.0-or-later */

/* {"scopes":[{"kind":"ou","dn":"OU=…","gPLink":"[LDAP://…;0]","gPOptions":0}, …, {"kind":"domain",…},
 * {"kind":"site",…}]} → {"order":[{"gpo":"cn={…}…","scope":"OU=…","enforced":false}]}: nearest scope first
 * in, first to be applied first out; what comes later wins. "computer_scopes" and "loopback" ("merge" or
 * "replace") may stand beside it.
 * {"dn":"CN=alice,OU=…"} → {"scopes":["OU=…","DC=…"]}: the scopes of a user. */

#include "agent/base/error.h"
#include "policy/gpo.h"
#include "tests/oracle/lines.h"

static CeScopeKind
read_kind (JsonObject *scope)
{
  const char *kind = json_object_get_string_member_with_default (scope, "kind", "ou");

  return g_str_equal (kind, "site")     ? CE_SCOPE_SITE
         : g_str_equal (kind, "domain") ? CE_SCOPE_DOMAIN
                                        : CE_SCOPE_OU;
}

static GPtrArray *
read_scopes (JsonObject *question, const char *name)
{
  GPtrArray *scopes = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_scope_free);
  JsonArray *list
      = json_object_has_member (question, name) ? json_object_get_array_member (question, name) : NULL;

  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++)
    {
      JsonObject *one = json_array_get_object_element (list, i);

      g_ptr_array_add (
          scopes, ce_scope_new (read_kind (one), json_object_get_string_member_with_default (one, "dn", ""),
                                json_object_get_string_member_with_default (one, "gPLink", ""),
                                (guint32) json_object_get_int_member_with_default (one, "gPOptions", 0)));
    }
  return scopes;
}

static CeLoopback
read_loopback (JsonObject *question)
{
  const char *mode = json_object_get_string_member_with_default (question, "loopback", "");

  return g_str_equal (mode, "merge")     ? CE_LOOPBACK_MERGE
         : g_str_equal (mode, "replace") ? CE_LOOPBACK_REPLACE
                                         : CE_LOOPBACK_NONE;
}

static void
answer_scopes (JsonObject *question, JsonObject *answer)
{
  g_autoptr (GPtrArray) scopes = ce_scopes_of (json_object_get_string_member (question, "dn"));
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < scopes->len; i++)
    json_array_add_string_element (list, ((CeScope *) g_ptr_array_index (scopes, i))->dn);
  json_object_set_array_member (answer, "scopes", list);
}

static void
answer_order (JsonObject *question, JsonObject *answer)
{
  g_autoptr (GPtrArray) scopes = read_scopes (question, "scopes");
  g_autoptr (GPtrArray) computer_scopes = read_scopes (question, "computer_scopes");
  g_autoptr (GPtrArray) user_list = ce_gpo_order (scopes);
  g_autoptr (GPtrArray) computer_list = ce_gpo_order (computer_scopes);
  g_autoptr (GPtrArray) order = ce_gpo_loop_back (user_list, computer_list, read_loopback (question));
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < order->len; i++)
    {
      const CeGpoInOrder *gpo = g_ptr_array_index (order, i);
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "gpo", gpo->gpo_dn);
      json_object_set_string_member (one, "scope", gpo->scope->dn);
      json_object_set_boolean_member (one, "enforced", gpo->enforced);
      json_array_add_object_element (list, one);
    }
  json_object_set_array_member (answer, "order", list);
}

static gboolean
order (JsonObject *question, JsonObject *answer, GError **error)
{
  if (json_object_has_member (question, "dn"))
    {
      if (ce_oracle_text (question, "dn", error) == NULL)
        return FALSE;
      answer_scopes (question, answer);
      return TRUE;
    }
  answer_order (question, answer);
  return TRUE;
}

int
main (void)
{
  return ce_oracle_run (order);
}
