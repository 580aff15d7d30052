/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/standing.h"

#include <string.h>

#define CLOCKS_DIFFER_S (24 * 60 * 60)

/* Best first. */
typedef enum
{
  GRADE_VALID,
  GRADE_CA_RENEWED,
  GRADE_DUE,
  GRADE_OLD_VERSION,
  GRADE_CA_WITHDRAWN,
  GRADE_RENAMED,
  GRADE_OTHER_SID,
  GRADE_REVOKED,
  GRADE_EXPIRED,
  GRADE_NOT_YET_VALID,
  GRADE_UNTRUSTED,
  GRADE_NO_KEY,
  GRADE_SOMEBODY_ELSES,
} Grade;

char *
ce_standing_date (gint64 unix_s)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (unix_s);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M UTC") : g_strdup ("an impossible date");
}

gint64
ce_standing_due_unix (const CeTemplate *template, const CeHeld *held)
{
  gint64 fifth = (held->not_after_unix - held->not_before_unix) / 5;
  gint64 window = CLAMP (template->renewal_s, 0, MAX (fifth, 0));

  return held->not_after_unix - window;
}

gboolean
ce_standing_is_of (const CeHeld *held, const CeTemplate *template)
{
  if (*held->template_oid != '\0')
    return g_str_equal (held->template_oid, template->oid);
  return *held->template_name != '\0' && ce_template_is_called (template, held->template_name);
}

/* What there is to tell of both is compared. */
typedef enum
{
  OWNER_USER,
  OWNER_RENAMED,
  OWNER_OTHER_SID,
  OWNER_SOMEBODY_ELSE,
} Owner;

/* The domain of a name that was made may be another one than that of the name that the directory has. */
static gboolean
may_be_called (const CeUser *user, const char *upn)
{
  const gsize account = strcspn (user->upn, "@");

  return user->upn_guessed && strcspn (upn, "@") == account
         && g_ascii_strncasecmp (upn, user->upn, account) == 0;
}

static Owner
owner_of (const CeHeld *held, const CeUser *user)
{
  gboolean sids = *held->sid != '\0' && *user->sid != '\0', upns = *held->upn != '\0' && *user->upn != '\0';
  gboolean sid_fits = sids && g_ascii_strcasecmp (held->sid, user->sid) == 0;
  gboolean upn_fits = upns && ce_user_is_called (user, held->upn);

  if (sids && !sid_fits)
    return upn_fits ? OWNER_OTHER_SID : OWNER_SOMEBODY_ELSE;
  if (!upns || upn_fits || may_be_called (user, held->upn))
    return OWNER_USER;
  if (sid_fits)
    return user->upn_guessed ? OWNER_USER : OWNER_RENAMED;
  return OWNER_SOMEBODY_ELSE;
}

/* The version-1 extension carries no version, so nothing can be old about it. */
static gboolean
is_old_version (const CeHeld *held, const CeTemplate *template)
{
  return *held->template_oid != '\0' && held->template_major < template->major_version;
}

gboolean
ce_standing_renews_by_itself (const CeTemplate *template)
{
  return !(template->enrollment_flags & CE_TEMPLATE_ENROLL_SKIP_AUTO_RENEWAL);
}

gboolean
ce_standing_is_users (const CeHeld *held, const CeUser *user)
{
  return (*held->upn != '\0' || *held->sid != '\0') && owner_of (held, user) != OWNER_SOMEBODY_ELSE;
}

static Grade
grade (const CeHeld *held, const CeTemplate *template, const CeUser *user, gint64 now_unix)
{
  const Owner owner = owner_of (held, user);

  if (owner == OWNER_SOMEBODY_ELSE)
    return GRADE_SOMEBODY_ELSES;
  if (!held->has_private_key)
    return GRADE_NO_KEY;
  if (!held->trusted)
    return GRADE_UNTRUSTED;
  if (held->revoked)
    return GRADE_REVOKED;
  if (now_unix >= held->not_after_unix)
    return GRADE_EXPIRED;
  if (now_unix + CLOCKS_DIFFER_S < held->not_before_unix)
    return GRADE_NOT_YET_VALID;
  if (owner != OWNER_USER)
    return owner == OWNER_RENAMED ? GRADE_RENAMED : GRADE_OTHER_SID;
  if (held->ca_withdrawn)
    return GRADE_CA_WITHDRAWN;
  if (is_old_version (held, template))
    return GRADE_OLD_VERSION;
  if (ce_standing_renews_by_itself (template) && now_unix >= ce_standing_due_unix (template, held))
    return GRADE_DUE;
  return held->ca_renewed && ce_standing_renews_by_itself (template) ? GRADE_CA_RENEWED : GRADE_VALID;
}

/* Is (@grade, @held) better than what was found so far? Total, so that the order of the card does not matter.
 */
static gboolean
is_better (Grade grade_a, const CeHeld *a, Grade grade_b, const CeHeld *b)
{
  if (grade_a != grade_b)
    return grade_a < grade_b;
  if (a->not_after_unix != b->not_after_unix)
    return a->not_after_unix > b->not_after_unix;
  return strcmp (a->fingerprint, b->fingerprint) < 0;
}

static const CeHeld *
find_best (const CeTemplate *template, const GPtrArray *held, const CeUser *user, gint64 now_unix,
           Grade *ret_grade)
{
  const CeHeld *best = NULL;

  for (guint i = 0; held != NULL && i < held->len; i++)
    {
      const CeHeld *one = g_ptr_array_index (held, i);
      Grade one_grade;

      if (!ce_standing_is_of (one, template))
        continue;
      one_grade = grade (one, template, user, now_unix);
      if (best != NULL && !is_better (one_grade, one, *ret_grade, best))
        continue;
      best = one;
      *ret_grade = one_grade;
    }
  return best;
}

static char *
describe_due (const CeTemplate *template, const CeHeld *held)
{
  gint64 due = ce_standing_due_unix (template, held);
  g_autofree char *since = ce_standing_date (due);
  g_autofree char *until = ce_standing_date (held->not_after_unix);
  const char *rule = held->not_after_unix - due < template->renewal_s
                         ? "the last fifth of its lifetime"
                         : "the renewal period (pKIOverlapPeriod)";

  return g_strdup_printf ("its certificate is valid until %s, and since %s it is in %s", until, since, rule);
}

static char *
describe_valid (const CeTemplate *template, const CeHeld *held)
{
  g_autofree char *until = ce_standing_date (held->not_after_unix);
  g_autofree char *due = ce_standing_date (ce_standing_due_unix (template, held));
  const char *unknown = *held->revocation != '\0' ? "; whether it is revoked is not known: " : "";

  if (!ce_standing_renews_by_itself (template))
    return g_strdup_printf (
        "its certificate is valid until %s and is not renewed before (msPKI-Enrollment-Flag has "
        "SKIP_AUTO_RENEWAL 0x40000)%s%s",
        until, unknown, held->revocation);
  return g_strdup_printf ("its certificate is valid until %s; renewal is due on %s%s%s", until, due, unknown,
                          held->revocation);
}

static char *
describe_end (const CeHeld *held)
{
  g_autofree char *until = ce_standing_date (held->not_after_unix);

  return g_strdup_printf ("its certificate expired on %s", until);
}

static char *
describe_start (const CeHeld *held)
{
  g_autofree char *from = ce_standing_date (held->not_before_unix);

  return g_strdup_printf ("its certificate is not valid before %s", from);
}

static char *
describe_owner (const CeHeld *held)
{
  return g_strdup_printf ("the certificate of it on this card is somebody else's: %s",
                          *held->upn != '\0' ? held->upn : held->sid);
}

static char *
describe (Grade grade, const CeTemplate *template, const CeHeld *held, const CeUser *user)
{
  switch (grade)
    {
    case GRADE_CA_RENEWED:
      return g_strdup (
          "the CA that issued its certificate has a new key since (cACertificate), and renew-with-ca is set");
    case GRADE_CA_WITHDRAWN:
      return g_strdup (
          "the CA that issued its certificate is no longer trusted for logon (NTAuthCertificates does not "
          "have it)");
    case GRADE_RENAMED:
      return g_strdup_printf ("its certificate is for '%s' and your userPrincipalName is '%s' now", held->upn,
                              user->upn);
    case GRADE_OTHER_SID:
      return g_strdup_printf ("its certificate is for the SID %s and yours is %s now (objectSid)", held->sid,
                              user->sid);
    case GRADE_VALID:
      return describe_valid (template, held);
    case GRADE_DUE:
      return describe_due (template, held);
    case GRADE_OLD_VERSION:
      return g_strdup_printf (
          "its certificate is of major version %u and the template is of major version %u (revision): "
          "its administrator wants all holders to enrol again",
          held->template_major, template->major_version);
    case GRADE_REVOKED:
      return g_strdup_printf ("its certificate is %s",
                              *held->revocation != '\0' ? held->revocation : "revoked");
    case GRADE_EXPIRED:
      return describe_end (held);
    case GRADE_NOT_YET_VALID:
      return describe_start (held);
    case GRADE_UNTRUSTED:
      return g_strdup ("its certificate does not chain to a root that the policy trusts");
    case GRADE_NO_KEY:
      return g_strdup ("its certificate is on the card without its private key");
    case GRADE_SOMEBODY_ELSES:
    default:
      return describe_owner (held);
    }
}

static CeReason
reason_of (Grade grade)
{
  switch (grade)
    {
    case GRADE_VALID:
      return CE_REASON_UP_TO_DATE;
    case GRADE_DUE:
      return CE_REASON_RENEWAL_DUE;
    case GRADE_OLD_VERSION:
      return CE_REASON_TEMPLATE_MAJOR_VERSION;
    case GRADE_CA_RENEWED:
      return CE_REASON_CA_RENEWED;
    case GRADE_CA_WITHDRAWN:
      return CE_REASON_CA_WITHDRAWN;
    case GRADE_RENAMED:
      return CE_REASON_USER_NAME_CHANGED;
    case GRADE_OTHER_SID:
      return CE_REASON_SID_CHANGED;
    case GRADE_REVOKED:
      return CE_REASON_REVOKED;
    case GRADE_EXPIRED:
      return CE_REASON_EXPIRED;
    default:
      return CE_REASON_NO_VALID_CERTIFICATE;
    }
}

CeStanding
ce_standing_of (const CeTemplate *template, const GPtrArray *held, const CeUser *user, gint64 now_unix)
{
  Grade best_grade = GRADE_SOMEBODY_ELSES;
  const CeHeld *best = find_best (template, held, user, now_unix, &best_grade);
  CeStanding standing = { .because = CE_REASON_NO_VALID_CERTIFICATE, .held = best };

  if (best == NULL)
    {
      standing.detail = g_strdup ("no certificate of it is on the card");
      return standing;
    }
  standing.because = reason_of (best_grade);
  standing.detail = describe (best_grade, template, best, user);
  if (best_grade == GRADE_VALID)
    standing.look_again_unix = ce_standing_renews_by_itself (template) ? ce_standing_due_unix (template, best)
                                                                       : best->not_after_unix;
  return standing;
}

CeReason
ce_standing_judge (const CeTemplate *template, const CeHeld *held, const CeUser *user, gint64 now_unix)
{
  return reason_of (grade (held, template, user, now_unix));
}

static const char *
name_or_sid (const char *upn, const char *sid)
{
  return *upn != '\0' ? upn : sid;
}

char *
ce_standing_flaw (const CeTemplate *template, const CeHeld *held, const CeUser *user, gint64 now_unix)
{
  const Grade found = grade (held, template, user, now_unix);

  if (found == GRADE_VALID)
    return NULL;
  if (found != GRADE_SOMEBODY_ELSES)
    return describe (found, template, held, user);
  return g_strdup_printf ("its certificate is for '%s' and you are '%s'", name_or_sid (held->upn, held->sid),
                          *held->upn != '\0' ? name_or_sid (user->upn, user->sid)
                                             : name_or_sid (user->sid, user->upn));
}

void
ce_standing_clear (CeStanding *standing)
{
  g_clear_pointer (&standing->detail, g_free);
}

gboolean
ce_standing_is_in_force (const CeTemplate *template, const CeHeld *held, const CeUser *user, gint64 now_unix)
{
  return grade (held, template, user, now_unix) <= GRADE_OLD_VERSION;
}

const CeHeld *
ce_standing_usable (const CeTemplate *template, const GPtrArray *held, const CeUser *user, gint64 now_unix)
{
  Grade best_grade = GRADE_SOMEBODY_ELSES;
  const CeHeld *best = find_best (template, held, user, now_unix, &best_grade);

  return best != NULL && best_grade <= GRADE_OLD_VERSION ? best : NULL;
}

const CeHeld *
ce_standing_usable_elsewhere (const CeTemplate *template, const GPtrArray *published, const CeUser *user,
                              gint64 now_unix)
{
  for (guint i = 0; published != NULL && i < published->len; i++)
    {
      const CeHeld *one = g_ptr_array_index (published, i);
      CeHeld with_key = *one;

      with_key.has_private_key = TRUE;
      if (ce_standing_is_of (one, template) && ce_standing_is_in_force (template, &with_key, user, now_unix))
        return one;
    }
  return NULL;
}
