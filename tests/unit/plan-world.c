/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan-world.h"

#include <string.h>

#include "policy/standing.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define ALICE "S-1-5-21-1-2-3-1103"

static void
set (char **field, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
}

static void
set_list (GStrv *field, const char *text)
{
  g_strfreev (*field);
  *field = *text != '\0' ? g_strsplit (text, ",", -1) : g_new0 (char *, 1);
}

gint64
plan_world_span (const char *text)
{
  char *end;
  gint64 n = g_ascii_strtoll (text, &end, 10);

  g_assert_true (end != text);
  return n * (*end == 'd' ? DAY : *end == 'h' ? HOUR : 1);
}

static guint32
number (const char *text)
{
  return (guint32) g_ascii_strtoull (text, NULL, 0);
}

static CeTemplate *
add_template (PlanWorld *s, const char *name)
{
  CeTemplate *t = ce_template_new ();

  set (&t->name, name);
  set (&t->display_name, name);
  g_free (t->oid);
  t->oid = g_strdup_printf ("1.3.6.1.4.1.311.21.8.%u", g_str_hash (name));
  t->schema_version = 2;
  t->major_version = 100;
  t->enrollment_flags = CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT;
  t->name_flags = CE_TEMPLATE_NAME_SAN_UPN | CE_TEMPLATE_NAME_SUBJECT_PATH;
  t->min_key_bits = 2048;
  set_list (&t->providers, "Microsoft Base Smart Card Crypto Provider");
  set_list (&t->ekus, "1.3.6.1.4.1.311.20.2.2");
  t->validity_s = 365 * DAY;
  t->renewal_s = 42 * DAY;
  t->rights = (CeRights){ TRUE, TRUE };
  set (&t->rights_detail, "no right");
  g_ptr_array_add (s->policy->templates, t);
  return t;
}

static CeEnrollmentService *
add_service (PlanWorld *s, const char *name)
{
  CeEnrollmentService *service = ce_enrollment_service_new ();

  set (&service->name, name);
  service->may_enroll = TRUE;
  g_ptr_array_add (service->endpoints, ce_ca_endpoint_new ("https://ca1/", CE_CA_AUTH_KERBEROS, 1, FALSE));
  g_ptr_array_add (s->policy->services, service);
  return service;
}

static CeTemplate *
find_template (PlanWorld *s, const char *name)
{
  CeTemplate *t = (CeTemplate *) ce_policy_find_template (s->policy, name);

  return t != NULL ? t : add_template (s, name);
}

/* "Card.flag=value" */
static void
change_template (CeTemplate *t, const char *key, const char *value)
{
  const struct
  {
    const char *key;
    guint32 *field;
  } numbers[] = {
    { "schema", &t->schema_version },   { "major", &t->major_version },   { "type", &t->general_flags },
    { "enroll", &t->enrollment_flags }, { "key", &t->private_key_flags }, { "name", &t->name_flags },
    { "bits", &t->min_key_bits },       { "ra", &t->ra_signatures },
  };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (g_str_equal (numbers[i].key, key))
      {
        *numbers[i].field = number (value);
        return;
      }
  if (g_str_equal (key, "may"))
    t->rights = (CeRights){ strstr (value, "enroll") == value, strstr (value, "auto") != NULL };
  else if (g_str_equal (key, "provider"))
    set_list (&t->providers, value);
  else if (g_str_equal (key, "eku"))
    set_list (&t->ekus, value);
  else if (g_str_equal (key, "supersedes"))
    set_list (&t->supersedes, value);
  else if (g_str_equal (key, "overlap"))
    t->renewal_s = plan_world_span (value);
  else if (g_str_equal (key, "algorithm"))
    set (&t->key_algorithm, value);
  else if (g_str_equal (key, "published"))
    t->validity_s = g_str_equal (value, "no") ? -1 : t->validity_s;
  else if (g_str_equal (key, "here"))
    g_assert_cmpstr (value, ==, "yes");
  else
    g_error ("unknown attribute of a template: %s", key);
}

static void
change_certificate (CeHeld *held, const char *key, const char *value)
{
  if (g_str_equal (key, "from"))
    held->not_before_unix = PLAN_NOW + plan_world_span (value);
  else if (g_str_equal (key, "to"))
    held->not_after_unix = PLAN_NOW + plan_world_span (value);
  else if (g_str_equal (key, "major"))
    held->template_major = number (value);
  else if (g_str_equal (key, "upn"))
    set (&held->upn, value);
  else if (g_str_equal (key, "sid"))
    set (&held->sid, value);
  else if (g_str_equal (key, "no-key"))
    held->has_private_key = FALSE;
  else if (g_str_equal (key, "untrusted"))
    held->trusted = FALSE;
  else if (g_str_equal (key, "revoked"))
    held->revoked = TRUE;
  else if (g_str_equal (key, "decrypts"))
    held->decrypts = TRUE;
  else if (g_str_equal (key, "ca-renewed"))
    held->ca_renewed = TRUE;
  else if (g_str_equal (key, "ca-withdrawn"))
    held->ca_withdrawn = TRUE;
  else if (g_str_equal (key, "by-name"))
    {
      set (&held->template_name, value);
      set (&held->template_oid, "");
      held->template_major = 0;
    }
  else
    g_error ("unknown attribute of a certificate: %s", key);
}

/* "Card,from=-10d,to=355d,revoked" */
static void
add_certificate (PlanWorld *s, GPtrArray *list, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  CeHeld *held = ce_held_new ();

  g_free (held->fingerprint);
  held->fingerprint = g_strdup_printf ("c%u", list->len + 1);
  set (&held->template_oid, *parts[0] != '\0' ? find_template (s, parts[0])->oid : "");
  held->template_major = 100;
  held->not_before_unix = PLAN_NOW - 100 * DAY;
  held->not_after_unix = PLAN_NOW + 265 * DAY;
  held->has_private_key = held->trusted = TRUE;
  for (char **part = parts + 1; *part != NULL; part++)
    {
      char *equals = strchr (*part, '=');

      if (equals != NULL)
        *equals = '\0';
      change_certificate (held, *part, equals != NULL ? equals + 1 : parts[0]);
    }
  g_ptr_array_add (list, held);
}

/* "Card,since=-2d,ask=-1h,issued" */
static void
add_pending (PlanWorld *s, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autofree char *id = g_strdup_printf ("%u", 27 + s->pending->len);
  gint64 since = -DAY, ask = -HOUR;
  gboolean issued = FALSE;
  const char *replaces = "";
  CePending *pending;

  for (char **part = parts + 1; *part != NULL; part++)
    if (g_str_has_prefix (*part, "since="))
      since = plan_world_span (*part + 6);
    else if (g_str_has_prefix (*part, "ask="))
      ask = plan_world_span (*part + 4);
    else if (g_str_equal (*part, "issued"))
      issued = TRUE;
    else if (g_str_has_prefix (*part, "replaces="))
      replaces = *part + 9;
  g_ptr_array_add (s->pending, ce_pending_new (parts[0], "CA1", id, PLAN_NOW + since, PLAN_NOW + ask));
  pending = g_ptr_array_index (s->pending, s->pending->len - 1);
  pending->issued = issued;
  set (&pending->replaces, replaces);
}

/* "Card,denied,when=-2h", "Card,in-vain,count=2": the flaw is that of the first certificate by what was said before */
static void
add_setback (PlanWorld *s, const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  const CeHeld *held = s->held->len > 0 ? g_ptr_array_index (s->held, 0) : NULL;
  CeSetback *setback = ce_setback_new (parts[0], CE_SETBACK_DENIED, PLAN_NOW - HOUR);

  set (&setback->ca_name, "CA1");
  set (&setback->request_id, "27");
  set (&setback->note, "not this one");
  for (char **part = parts + 1; *part != NULL; part++)
    if (g_str_has_prefix (*part, "when="))
      setback->when_unix = PLAN_NOW + plan_world_span (*part + 5);
    else if (g_str_has_prefix (*part, "count="))
      setback->count = number (*part + 6);
    else if (g_str_equal (*part, "cancelled"))
      setback->kind = CE_SETBACK_CANCELLED;
    else if (g_str_equal (*part, "in-vain"))
      {
        setback->kind = CE_SETBACK_IN_VAIN;
        g_free (setback->note);
        setback->note
            = ce_standing_flaw (find_template (s, parts[0]), held, &s->policy->user, setback->when_unix);
        g_assert_nonnull (setback->note);
      }
    else
      g_assert_cmpstr (*part, ==, "denied");
  g_ptr_array_add (s->setbacks, setback);
}

static void
change_ca (PlanWorld *s, const char *value)
{
  CeEnrollmentService *service = g_ptr_array_index (s->policy->services, 0);

  if (g_str_equal (value, "none"))
    g_ptr_array_set_size (s->policy->services, 0);
  else if (g_str_equal (value, "not-for-you"))
    service->may_enroll = FALSE;
  else if (g_str_equal (value, "no-web-service"))
    g_ptr_array_set_size (service->endpoints, 0);
  else if (g_str_equal (value, "renewal-only"))
    ((CeCaEndpoint *) g_ptr_array_index (service->endpoints, 0))->renewal_only = TRUE;
  else if (g_str_equal (value, "password"))
    ((CeCaEndpoint *) g_ptr_array_index (service->endpoints, 0))->authentication = CE_CA_AUTH_PASSWORD;
  else if (g_str_equal (value, "expired"))
    set (&service->unusable, "its certificate has expired");
  else if (g_str_equal (value, "second"))
    add_service (s, "CA2");
  else
    g_error ("unknown state of the CA: %s", value);
}

static void
apply_word (PlanWorld *s, const char *key, const char *value)
{
  const char *dot = strchr (key, '.');

  if (dot != NULL)
    {
      g_autofree char *name = g_strndup (key, (gsize) (dot - key));

      change_template (find_template (s, name), dot + 1, value);
    }
  else if (g_str_equal (key, "cert"))
    add_certificate (s, s->held, value);
  else if (g_str_equal (key, "directory"))
    add_certificate (s, s->published, value);
  else if (g_str_equal (key, "pending"))
    add_pending (s, value);
  else if (g_str_equal (key, "setback"))
    add_setback (s, value);
  else if (g_str_equal (key, "unproved"))
    g_ptr_array_add (s->unproved, g_strdup (value));
  else if (g_str_equal (key, "AEPolicy"))
    s->policy->autoenrollment = number (value);
  else if (g_str_equal (key, "percent"))
    s->policy->expiry_percent = number (value);
  else if (g_str_equal (key, "asked"))
    set (&s->asked, value);
  else if (g_str_equal (key, "renew"))
    set (&s->renew, value);
  else if (g_str_equal (key, "ca"))
    change_ca (s, value);
  else if (g_str_equal (key, "mail"))
    set (&s->policy->user.mail, value);
  else if (g_str_equal (key, "upn"))
    set (&s->policy->user.upn, value);
  else if (g_str_equal (key, "guessed-upn"))
    {
      set (&s->policy->user.upn, value);
      s->policy->user.upn_guessed = TRUE;
    }
  else if (g_str_equal (key, "sid"))
    set (&s->policy->user.sid, value);
  else if (g_str_equal (key, "rsa"))
    s->abilities.max_rsa_bits = number (value);
  else if (g_str_equal (key, "p256"))
    s->abilities.ec_p256 = g_str_equal (value, "yes");
  else if (g_str_equal (key, "p384"))
    s->abilities.ec_p384 = g_str_equal (value, "yes");
  else if (!g_str_equal (key, "-"))
    g_error ("unknown word: %s", key);
}

static PlanWorld *
plain_world (void)
{
  PlanWorld *s = g_new0 (PlanWorld, 1);

  s->policy = ce_policy_new ();
  s->held = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);
  s->published = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_held_free);
  s->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_pending_free);
  s->setbacks = g_ptr_array_new_with_free_func ((GDestroyNotify) ce_setback_free);
  s->unproved = g_ptr_array_new_with_free_func (g_free);
  s->abilities = (CeCardAbilities){ 4096, TRUE, TRUE };
  s->policy->autoenrollment = 7;
  set (&s->policy->autoenrollment_source, "the test");
  set (&s->policy->user.principal, "alice@LAB.TEST");
  set (&s->policy->user.upn, "alice@lab.test");
  set (&s->policy->user.mail, "alice@lab.test");
  set (&s->policy->user.sid, ALICE);
  add_service (s, "CA1");
  add_template (s, "Card");
  return s;
}

void
plan_world_free (PlanWorld *s)
{
  ce_policy_free (s->policy);
  g_ptr_array_unref (s->held);
  g_ptr_array_unref (s->published);
  g_ptr_array_unref (s->pending);
  g_ptr_array_unref (s->setbacks);
  g_ptr_array_unref (s->unproved);
  g_free (s->asked);
  g_free (s->renew);
  g_free (s);
}
/* Every CA issues everything that is not marked as unpublished. */
static void
publish (PlanWorld *s)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (guint i = 0; i < s->policy->templates->len; i++)
    {
      const CeTemplate *t = g_ptr_array_index (s->policy->templates, i);

      if (t->validity_s >= 0)
        g_strv_builder_add (names, t->name);
    }
  list = g_strv_builder_end (names);
  for (guint i = 0; i < s->policy->services->len; i++)
    {
      CeEnrollmentService *service = g_ptr_array_index (s->policy->services, i);

      g_strfreev (service->templates);
      service->templates = g_strdupv (list);
    }
}

PlanWorld *
plan_world_new (const char *text)
{
  PlanWorld *s = plain_world ();
  g_auto (GStrv) words = g_strsplit_set (text, " ", -1);

  for (char **word = words; *word != NULL; word++)
    {
      char *equals = strchr (*word, '=');

      if (**word == '\0')
        continue;
      if (equals != NULL)
        *equals = '\0';
      apply_word (s, *word, equals != NULL ? equals + 1 : "");
    }
  publish (s);
  s->world = (CeWorld){ .policy = s->policy,
                        .held = s->held,
                        .pending = s->pending,
                        .setbacks = s->setbacks,
                        .unproved = s->unproved,
                        .published = s->published,
                        .abilities = &s->abilities,
                        .now_unix = PLAN_NOW,
                        .look_every_s = 8 * HOUR,
                        .only_template = s->asked,
                        .renew = s->renew };
  return s;
}
