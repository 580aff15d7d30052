/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "agent/daemon/offer.h"

#include "ui/job/json.h"

#define MAX_ITEMS 64
#define MORNING_HOUR 6

static void
item_free (gpointer data)
{
  CeOfferItem *item = data;

  g_free (item->action);
  g_free (item->template_name);
  g_free (item->display_name);
  g_free (item);
}

void
ce_offer_free (CeOffer *offer)
{
  if (offer == NULL)
    return;
  g_ptr_array_unref (offer->items);
  g_free (offer);
}

static char *
copy (JsonObject *object, const char *name)
{
  const char *text = ce_json_string (object, name);

  return g_strdup (text != NULL ? text : "");
}

static CeOfferItem *
parse_item (JsonObject *object)
{
  CeOfferItem *item = g_new0 (CeOfferItem, 1);

  item->action = copy (object, "action");
  item->template_name = copy (object, "template");
  item->display_name = copy (object, "display_name");
  item->expires_unix = ce_json_time (object, "expires", 0);
  return item;
}

CeOffer *
ce_offer_parse (const CeJobResult *result)
{
  JsonObject *object = ce_json_object (result->object, "offer");
  JsonArray *actions = ce_json_array (object, "actions");
  CeOffer *offer;

  if (result->outcome != CE_OUTCOME_OFFERED || ce_json_length (actions) == 0)
    return NULL;
  offer = g_new0 (CeOffer, 1);
  offer->items = g_ptr_array_new_with_free_func (item_free);
  offer->seconds = (guint) CLAMP (ce_json_int (object, "seconds", 0), 0, 24 * 3600);
  offer->latest_unix = ce_json_time (object, "until", G_MAXINT64);
  for (guint i = 0; i < MIN (ce_json_length (actions), MAX_ITEMS); i++)
    g_ptr_array_add (offer->items, parse_item (ce_json_nth (actions, i)));
  return offer;
}

CePostpone
ce_offer_default (void)
{
  g_autoptr (CeConfig) config = ce_config_load (NULL);

  return config != NULL && config->notify ? config->postpone : CE_POSTPONE_NEVER;
}

gint64
ce_offer_tomorrow (gint64 now_unix, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_unix);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (utc, zone);
  g_autoptr (GDateTime) next = g_date_time_add_days (now, 1);
  g_autoptr (GDateTime) morning
      = g_date_time_new (zone, g_date_time_get_year (next), g_date_time_get_month (next),
                         g_date_time_get_day_of_month (next), MORNING_HOUR, 0, 0);

  return g_date_time_to_unix (morning);
}
