/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/eligible.h"

#include <string.h>

#include "policy/standing.h"

/* [MS-WCCE] 3.1.2.1 leaves the highest version to the client; 6 stands for Windows 10 and Server 2016. */
#define CLIENT_VERSION_MAX 6
#define CLIENT_VERSION_SHIFT 24

/* What is known of one name in the lists of all CAs. */
typedef struct
{
  const CeEnrollmentService *published; /* the first that lists it */
  const CeEnrollmentService *allowed;   /* the first at which the user may enrol */
  const CeEnrollmentService *usable;    /* the first that can be reached, too */
  const CeEnrollmentService *renews;    /* the first that can be reached for a renewal */
} Offer;

struct _CeOffers
{
  GHashTable *by_name; /* lower-case cn → Offer */
};

typedef struct
{
  const CeWorld *world;
  const CeOffers *offers;
  const CeTemplate *template;
  gboolean asked;
} Question;

/* %NULL: nothing against it; otherwise the detail. */
typedef char *(*Check) (const Question *q);

/* @ways: CeCaAuthentication bits */
static gboolean
takes (const CeEnrollmentService *service, guint ways, gboolean renewal)
{
  for (guint i = 0; i < service->endpoints->len; i++)
    {
      const CeCaEndpoint *endpoint = g_ptr_array_index (service->endpoints, i);

      if ((renewal || !endpoint->renewal_only) && ((guint) endpoint->authentication & ways) != 0)
        return TRUE;
    }
  return FALSE;
}

static void
add_offers (CeOffers *offers, const CeEnrollmentService *service, guint ways)
{
  gboolean renews = *service->unusable == '\0' && takes (service, ways, TRUE);
  gboolean reachable = renews && takes (service, ways, FALSE);

  for (char **name = service->templates; *name != NULL; name++)
    {
      g_autofree char *folded = g_ascii_strdown (*name, -1);
      Offer *offer = g_hash_table_lookup (offers->by_name, folded);

      if (offer == NULL)
        {
          offer = g_new0 (Offer, 1);
          g_hash_table_insert (offers->by_name, g_steal_pointer (&folded), offer);
        }
      if (offer->published == NULL)
        offer->published = service;
      if (offer->allowed == NULL && service->may_enroll)
        offer->allowed = service;
      if (offer->usable == NULL && service->may_enroll && reachable)
        offer->usable = service;
      if (offer->renews == NULL && service->may_enroll && renews)
        offer->renews = service;
    }
}

CeOffers *
ce_offers_new (const CePolicy *policy, guint ways)
{
  CeOffers *offers = g_new0 (CeOffers, 1);

  offers->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 0; i < policy->services->len; i++)
    add_offers (offers, g_ptr_array_index (policy->services, i), ways != 0 ? ways : (guint) CE_CA_AUTH_KERBEROS);
  return offers;
}

void
ce_offers_free (CeOffers *offers)
{
  g_hash_table_unref (offers->by_name);
  g_free (offers);
}

static const Offer *
find_offer (const Question *q)
{
  g_autofree char *folded = g_ascii_strdown (q->template->name, -1);

  return g_hash_table_lookup (q->offers->by_name, folded);
}

static char *
check_type (const Question *q)
{
  static const struct
  {
    guint32 flag;
    const char *what;
  } types[] = {
    { CE_TEMPLATE_GENERAL_MACHINE_TYPE, "computers (flags has MACHINE_TYPE 0x40)" },
    { CE_TEMPLATE_GENERAL_IS_CA, "certification authorities (flags has IS_CA 0x80)" },
    { CE_TEMPLATE_GENERAL_IS_CROSS_CA, "cross-certification (flags has IS_CROSS_CA 0x800)" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (q->template->general_flags & types[i].flag)
      return g_strdup_printf ("it is for %s", types[i].what);
  return NULL;
}

static char *
check_for_cards (const Question *q)
{
  g_autofree char *providers = NULL;

  if (q->asked || ce_template_is_for_cards (q->template))
    return NULL;
  if (*q->template->providers == NULL)
    return g_strdup (
        "it is not for cards: it names no provider (pKIDefaultCSPs) and lacks the smart card logon EKU");
  providers = g_strjoinv ("', '", q->template->providers);
  return g_strdup_printf (
      "it is not for cards: pKIDefaultCSPs names '%s', no smart card provider, and the smart card "
      "logon EKU is missing",
      providers);
}

static char *
check_published (const Question *q)
{
  guint n = q->world->policy->services->len;

  if (find_offer (q) != NULL)
    return NULL;
  if (n == 0)
    return g_strdup ("there is no enterprise CA in the directory (Enrollment Services is empty)");
  if (n == 1)
    return g_strdup_printf (
        "CA '%s' does not issue it (certificateTemplates does not list it)",
        ((CeEnrollmentService *) g_ptr_array_index (q->world->policy->services, 0))->name);
  return g_strdup_printf ("none of the %u CAs issues it (no certificateTemplates lists it)", n);
}

static char *
check_enroll_right (const Question *q)
{
  return q->template->rights.enroll ? NULL : g_strdup (q->template->rights_detail);
}

static char *
check_schema (const Question *q)
{
  if (q->asked || q->template->schema_version >= 2)
    return NULL;
  return g_strdup (
      "templates of schema version 1 know no autoenrollment (msPKI-Template-Schema-Version 1); duplicate "
      "it as version 2 or later");
}

static char *
check_flag (const Question *q)
{
  const guint32 flags = q->template->enrollment_flags;

  if (q->asked || flags & CE_TEMPLATE_ENROLL_AUTO_ENROLLMENT)
    return NULL;
  return g_strdup_printf ("msPKI-Enrollment-Flag is 0x%x, without AUTO_ENROLLMENT 0x20", flags);
}

static char *
check_autoenroll_right (const Question *q)
{
  return q->asked || q->template->rights.autoenroll ? NULL : g_strdup (q->template->rights_detail);
}

/* A certificate in force on the card: what a new request lacks, its renewal may have. */
static const CeHeld *
find_renewable (const Question *q)
{
  return ce_standing_usable (q->template, q->world->held, &q->world->policy->user, q->world->now_unix);
}

/* Why the CA will not take @held for what the template wants of a request; %NULL where it will. [MS-WCCE]
 * 3.2.2.6.2.1.4.8, which compares with the attribute alone: a name that everybody has besides is none to it. */
static char *
check_voucher (const Question *q, const CeHeld *held)
{
  const CeUser *user = &q->world->policy->user;

  if (!(q->template->enrollment_flags & CE_TEMPLATE_ENROLL_PREVIOUS_APPROVAL))
    return g_strdup_printf ("for renewals, too (msPKI-Enrollment-Flag is 0x%x, without "
                            "PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT 0x40)",
                            q->template->enrollment_flags);
  if (*held->template_oid == '\0')
    return g_strdup ("for renewals, too: its certificate says its template's name only, not the OID");
  if (q->template->name_flags & CE_TEMPLATE_NAME_ENROLLEE_SUPPLIES_SUBJECT || q->world->policy->no_directory)
    return NULL;
  if (*held->upn != '\0' && !user->upn_guessed && g_ascii_strcasecmp (held->upn, user->upn) != 0)
    return g_strdup_printf (
        "for this renewal, too: its certificate is for '%s' and your userPrincipalName is '%s'", held->upn,
        user->upn);
  if (*held->upn == '\0' && (!(q->template->name_flags & CE_TEMPLATE_NAME_SAN_EMAIL) || *user->mail == '\0'))
    return g_strdup ("for renewals, too: its certificate has neither your user principal name nor your mail "
                     "address");
  return NULL;
}

static char *
check_signatures (const Question *q)
{
  guint n = q->template->ra_signatures;
  const CeHeld *held = n > 0 ? find_renewable (q) : NULL;
  g_autofree char *against = NULL;

  if (n == 0)
    return NULL;
  if (held == NULL && q->template->enrollment_flags & CE_TEMPLATE_ENROLL_PREVIOUS_APPROVAL)
    against = g_strdup ("and there is no valid certificate of it on the card that could stand in");
  else if (held != NULL && (against = check_voucher (q, held)) == NULL)
    return NULL;
  return g_strdup_printf ("requests for it need %u %s of an enrollment agent (msPKI-RA-Signature is %u)%s%s",
                          n, n == 1 ? "signature" : "signatures", n, against != NULL ? ", " : "",
                          against != NULL ? against : "");
}

/* A renewal takes the names over where the template says so: [MS-WCCE] 3.1.2.4.2.2.2.10. */
static char *
check_subject (const Question *q)
{
  guint32 flags = q->template->name_flags;
  gboolean renewals_too = !(flags & CE_TEMPLATE_NAME_OLD_CERT_SUPPLIES);
  const char *what = NULL;

  if (flags & CE_TEMPLATE_NAME_ENROLLEE_SUPPLIES_SUBJECT)
    what = "ENROLLEE_SUPPLIES_SUBJECT 0x1";
  else if (flags & CE_TEMPLATE_NAME_ENROLLEE_SUPPLIES_SAN)
    what = "ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME 0x10000";
  if (what == NULL || (!renewals_too && find_renewable (q) != NULL))
    return NULL;
  return g_strdup_printf (
      "the name must be in the request, and a person must write it (msPKI-Certificate-Name-Flag is "
      "0x%x, with %s%s)",
      flags, what,
      renewals_too ? ""
                   : "; OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME 0x8 is for renewals of a valid certificate");
}

static char *
check_archival (const Question *q)
{
  if (!(q->template->private_key_flags & CE_TEMPLATE_KEY_REQUIRE_ARCHIVAL))
    return NULL;
  return g_strdup_printf (
      "the CA wants a copy of the private key, which never leaves a card (msPKI-Private-Key-Flag is "
      "0x%x, with REQUIRE_PRIVATE_KEY_ARCHIVAL 0x1)",
      q->template->private_key_flags);
}

static char *
check_attestation (const Question *q)
{
  if (!(q->template->private_key_flags & CE_TEMPLATE_KEY_ATTESTATION_REQUIRED))
    return NULL;
  return g_strdup_printf (
      "the key must be attested by a TPM (msPKI-Private-Key-Flag is 0x%x, with ATTEST_REQUIRED "
      "0x2000)",
      q->template->private_key_flags);
}

static char *
check_client_version (const Question *q)
{
  guint32 flags = q->template->private_key_flags;
  guint version = (flags & CE_TEMPLATE_KEY_CLIENT_VERSION_MASK) >> CLIENT_VERSION_SHIFT;

  if (version <= CLIENT_VERSION_MAX)
    return NULL;
  return g_strdup_printf ("it is for clients of version %u and later, and this one is version %u "
                          "(msPKI-Private-Key-Flag is 0x%x)",
                          version, CLIENT_VERSION_MAX, flags);
}

static char *
check_attributes (const Question *q)
{
  guint32 flags = q->template->name_flags;
  const CeUser *user = &q->world->policy->user;

  if (q->world->policy->no_directory)
    return NULL;

  if (flags & (CE_TEMPLATE_NAME_SAN_EMAIL | CE_TEMPLATE_NAME_SUBJECT_EMAIL) && *user->mail == '\0')
    return g_strdup_printf (
        "it puts your mail address into the certificate and your account has none (mail is empty; "
        "msPKI-Certificate-Name-Flag is 0x%x)",
        flags);
  if (flags & CE_TEMPLATE_NAME_SAN_UPN && *user->upn == '\0')
    return g_strdup_printf ("it puts your user principal name into the certificate and your account has none "
                            "(userPrincipalName is empty; msPKI-Certificate-Name-Flag is 0x%x)",
                            flags);
  return NULL;
}

static char *
check_key (const Question *q)
{
  const CeCardAbilities *can = q->world->abilities;
  const CeTemplate *t = q->template;
  const char *curve = strchr (t->key_algorithm, '_');

  if (can == NULL)
    return NULL;
  if (can->max_rsa_bits == 0 && !can->ec_p256 && !can->ec_p384)
    return g_strdup ("this card makes no keys for its holder: PIV cards and YubiKeys want their management key for that, which "
                     "cardenroll cannot give them yet; have your helpdesk put key and certificate on it with its maker's program, "
                     "or use a card that makes keys by its PIN, such as a SmartCard-HSM");
  if (g_str_equal (t->key_algorithm, "RSA"))
    {
      if (can->max_rsa_bits == 0)
        return g_strdup ("it wants an RSA key and this card makes none");
      if (t->min_key_bits > can->max_rsa_bits)
        return g_strdup_printf (
            "it wants an RSA key of at least %u bits (msPKI-Minimal-Key-Size) and this card makes "
            "at most %u",
            t->min_key_bits, can->max_rsa_bits);
      return NULL;
    }
  if (curve != NULL
      && ((g_str_equal (curve, "_P256") && can->ec_p256) || (g_str_equal (curve, "_P384") && can->ec_p384)))
    return NULL;
  return g_strdup_printf (
      "it wants a key of the kind %s (msPKI-Asymmetric-Algorithm) and this card makes none",
      t->key_algorithm);
}

/* What it would take to be let in where a ticket is not enough. */
static const char *
other_way (const CeEnrollmentService *service)
{
  if (takes (service, CE_CA_AUTH_PASSWORD, FALSE))
    return "it asks for user name and password: set [policy] user in cardenroll.conf";
  return takes (service, CE_CA_AUTH_CERTIFICATE, FALSE)
             ? "it asks for a client certificate, and this card holds none that is in force"
             : "it asks nobody who he is, which is not done";
}

static char *
check_ca (const Question *q)
{
  const Offer *offer = find_offer (q);

  if (offer->usable != NULL || (offer->renews != NULL && find_renewable (q) != NULL))
    return NULL;
  if (offer->allowed == NULL)
    return g_strdup_printf (
        "CA '%s' issues it, but does not grant you Enroll on itself (nTSecurityDescriptor)",
        offer->published->name);
  if (*offer->allowed->unusable != '\0')
    return g_strdup_printf ("CA '%s' issues it, but cannot be used: %s", offer->allowed->name, offer->allowed->unusable);
  if (takes (offer->allowed, G_MAXUINT, FALSE))
    return g_strdup_printf ("CA '%s' issues it, but not to who proves himself by Kerberos (msPKI-Enrollment-Servers): %s",
                            offer->allowed->name, other_way (offer->allowed));
  if (offer->allowed->endpoints->len > 0)
    return g_strdup_printf ("CA '%s' takes only renewals at its web service (msPKI-Enrollment-Servers)",
                            offer->allowed->name);
  return g_strdup_printf ("CA '%s' issues it, but offers no Certificate Enrollment Web Service "
                          "(msPKI-Enrollment-Servers is empty)",
                          offer->allowed->name);
}

static const struct
{
  Check check;
  CeReason reason;
} checks[] = {
  { check_type, CE_REASON_WRONG_TYPE },
  { check_for_cards, CE_REASON_WRONG_TYPE },
  { check_published, CE_REASON_NOT_PUBLISHED },
  { check_enroll_right, CE_REASON_NO_ENROLL_RIGHT },
  { check_schema, CE_REASON_SCHEMA_VERSION },
  { check_flag, CE_REASON_NOT_FLAGGED_FOR_AUTOENROLLMENT },
  { check_autoenroll_right, CE_REASON_NO_AUTOENROLL_RIGHT },
  { check_signatures, CE_REASON_NEEDS_SIGNATURES },
  { check_subject, CE_REASON_SUBJECT_IN_REQUEST },
  { check_archival, CE_REASON_KEY_ARCHIVAL },
  { check_attestation, CE_REASON_ATTESTATION },
  { check_client_version, CE_REASON_CLIENT_VERSION },
  { check_attributes, CE_REASON_ATTRIBUTE_MISSING },
  { check_key, CE_REASON_KEY_NOT_POSSIBLE },
  { check_ca, CE_REASON_NO_USABLE_CA },
};

gboolean
ce_eligible (const CeWorld *world, const CeOffers *offers, const CeTemplate *template, gboolean asked,
             CeReason *ret_because, char **ret_detail)
{
  Question q = { world, offers, template, asked };

  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    {
      char *detail = checks[i].check (&q);

      if (detail == NULL)
        continue;
      *ret_because = checks[i].reason;
      *ret_detail = detail;
      return FALSE;
    }
  return TRUE;
}
