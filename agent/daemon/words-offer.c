/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/words.h"

#define HOUR_S 3600
#define MAX_LISTED 4
#define WEEK_S (7 * 24 * HOUR_S)

static const char *
about (guint seconds, char *buffer, gsize size)
{
  if (seconds == 0 || (seconds >= 45 && seconds < 90))
    return "about a minute";
  if (seconds < 45)
    return seconds < 15 ? "a few seconds" : "less than a minute";
  g_snprintf (buffer, size, "about %u minutes", (seconds + 30) / 60);
  return buffer;
}

static char *
names_of (const CeOffer *offer)
{
  GString *names = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < offer->items->len; i++)
    {
      const CeOfferItem *item = offer->items->pdata[i];

      if (*item->display_name != '\0' && n++ < MAX_LISTED)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", item->display_name);
    }
  if (n > MAX_LISTED)
    g_string_append_printf (names, " and %u more", n - MAX_LISTED);
  return g_string_free (names, FALSE);
}

/* "3 December 2026", in English as all the words around it, in the person's time zone; "later" for no time. */
static char *
day (gint64 unix_s)
{
  static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December" };
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (unix_s);

  if (when == NULL)
    return g_strdup ("later");
  return g_strdup_printf ("%d %s %d", g_date_time_get_day_of_month (when), months[g_date_time_get_month (when) - 1],
                          g_date_time_get_year (when));
}

static gint64
first_end (const CeOffer *offer)
{
  gint64 first = G_MAXINT64;

  for (guint i = 0; i < offer->items->len; i++)
    {
      const CeOfferItem *item = offer->items->pdata[i];

      if (item->expires_unix > 0)
        first = MIN (first, item->expires_unix);
    }
  return first;
}

static void
append_limit (GString *body, const CeOffer *offer)
{
  const gint64 end = first_end (offer);
  g_autofree char *last = day (offer->latest_unix);
  g_autofree char *ends = day (end);

  if (offer->latest_unix == G_MAXINT64)
    return;
  g_string_append_printf (body, " It can wait until %s", last);
  if (end != G_MAXINT64)
    g_string_append_printf (body, "; the certificate ends on %s", ends);
  g_string_append_c (body, '.');
}

static char **
buttons (const CeOffer *offer, gint64 now_unix)
{
  g_autoptr (GStrvBuilder) actions = g_strv_builder_new ();
  g_autoptr (GTimeZone) here = g_time_zone_new_local ();

  g_strv_builder_add_many (actions, CE_ACTION_KEY_NOW, "Now", NULL);
  if (offer->latest_unix >= now_unix + HOUR_S)
    g_strv_builder_add_many (actions, CE_ACTION_KEY_HOUR, "In an hour", NULL);
  if (offer->latest_unix >= ce_offer_tomorrow (now_unix, here))
    g_strv_builder_add_many (actions, CE_ACTION_KEY_TOMORROW, "Tomorrow", NULL);
  return g_strv_builder_end (actions);
}

CeNotice *
ce_words_for_offer (const CeCard *card, const CeOffer *offer, gint64 now_unix)
{
  g_autofree char *which = ce_card_words (card);
  g_autofree char *names = names_of (offer);
  GString *body = g_string_new (NULL);
  char buffer[64];
  CeNotice *notice;

  g_string_printf (body, "It takes %s and your PIN to ", about (offer->seconds, buffer, sizeof buffer));
  if (*names != '\0')
    g_string_append_printf (body, "renew %s on %s.", names, which);
  else
    g_string_append_printf (body, "remove what is no longer valid from %s.", which);
  append_limit (body, offer);
  notice = ce_notice_new (
      CE_ICON_CARD, CE_URGENCY_NORMAL,
      g_strdup (*names != '\0' ? "Your card is due for renewal" : "Your card can be tidied up"),
      g_string_free (body, FALSE));
  notice->stays = TRUE;
  g_strfreev (notice->actions);
  notice->actions = buttons (offer, now_unix);
  return notice;
}

CeNotice *
ce_words_for_reminder (const CeCard *card, const CeReminder *reminder, gint64 now_unix)
{
  g_autofree char *which = ce_card_words (card);
  g_autofree char *ends = day (reminder->ends_unix);
  char *body = g_strdup_printf ("'%s' on %s is not renewed by itself.%s%s", reminder->name, which,
                                *reminder->words != '\0' ? " " : "", reminder->words);
  CeNotice *notice = ce_notice_new (CE_ICON_PROBLEM, CE_URGENCY_NORMAL,
                                    g_strdup_printf ("Your certificate ends on %s", ends), body);

  notice->stays = reminder->ends_unix - now_unix <= WEEK_S;
  return notice;
}
