/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "agent/base/names.h"
#include "agent/daemon/bus.h"
#include "agent/daemon/look.h"
#include "agent/daemon/network.h"
#include "agent/daemon/reader.h"
#include "agent/daemon/rest.h"
#include "agent/daemon/timer.h"
#include "agent/daemon/words.h"

#define EMPTY 0x10u
#define PRESENT 0x20u
#define IN_USE 0x100u
#define MUTE 0x200u
#define UNAVAILABLE 0x08u
#define UNKNOWN 0x04u
#define COUNT(n) ((guint32) (n) << 16)

static void
test_reader_change (void)
{
  static const struct
  {
    guint32 before, after;
    CeReaderChange change;
  } rows[] = {
    { 0, COUNT (0) | EMPTY, CE_READER_SAME },
    { 0, COUNT (1) | PRESENT, CE_READER_CARD_IN },
    { COUNT (0) | EMPTY, COUNT (1) | PRESENT, CE_READER_CARD_IN },
    { COUNT (1) | PRESENT, COUNT (2) | EMPTY, CE_READER_CARD_OUT },
    { COUNT (1) | PRESENT, COUNT (3) | PRESENT, CE_READER_CARD_SWAPPED },
    { COUNT (1) | PRESENT, COUNT (1) | PRESENT | IN_USE, CE_READER_SAME },
    { COUNT (1) | PRESENT | MUTE, COUNT (1) | PRESENT, CE_READER_SAME },
    { COUNT (2) | EMPTY, COUNT (4) | EMPTY, CE_READER_SAME },
    { COUNT (1) | PRESENT, UNAVAILABLE, CE_READER_CARD_OUT },
    { COUNT (1) | PRESENT, UNKNOWN | UNAVAILABLE, CE_READER_CARD_OUT },
    { UNAVAILABLE, COUNT (1) | PRESENT, CE_READER_CARD_IN },
    { COUNT (0xffff) | PRESENT, COUNT (1) | PRESENT, CE_READER_CARD_SWAPPED },
    { COUNT (1) | PRESENT, 0, CE_READER_CARD_OUT },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpint (ce_reader_change (rows[i].before, rows[i].after), ==, rows[i].change);
}

static CeJobResult *
parse (const char *line)
{
  g_autoptr (CeReport) report = ce_report_parse (line, strlen (line));

  g_assert_nonnull (report);
  return g_steal_pointer (&report->result);
}

#define NOW G_GINT64_CONSTANT (1800000000) /* 2027-01-15T08:00:00Z */
#define EVERY 28800u

static gint64
look_after (const char *line, guint failures, double chance)
{
  g_autoptr (CeJobResult) result = parse (line);

  return ce_look_after (result, NOW, EVERY, failures, chance) - NOW;
}

static void
test_look (void)
{
  const char *quiet = "{\"type\":\"result\",\"outcome\":\"nothing-to-do\"}";
  const char *soon
      = "{\"type\":\"result\",\"outcome\":\"waiting\",\"plan\":{\"next_look\":\"2027-01-15T09:00:00Z\"}}";
  const char *late
      = "{\"type\":\"result\",\"outcome\":\"done\",\"plan\":{\"next_look\":\"2028-01-15T09:00:00Z\"}}";
  const char *past
      = "{\"type\":\"result\",\"outcome\":\"done\",\"plan\":{\"next_look\":\"2001-01-15T09:00:00Z\"}}";
  const char *offered
      = "{\"type\":\"result\",\"outcome\":\"offered\",\"plan\":{\"next_look\":\"2027-01-15T08:00:01Z\"}}";
  const char *wild = "{\"type\":\"result\",\"outcome\":\"done\",\"plan\":{\"next_look\":\"tomorrow\"}}";
  const char *busy
      = "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"busy\",\"message\":\"m\"}}";
  const char *away = "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"ca-unreachable\","
                     "\"message\":\"m\"}}";
  const char *pin = "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"pin-incorrect\","
                    "\"message\":\"m\"},"
                    "\"plan\":{\"next_look\":\"2027-01-15T08:00:01Z\"}}";
  const char *requests = "{\"type\":\"result\",\"outcome\":\"waiting\",\"next_look\":\"2027-01-15T09:00:00Z\"}";
  const char *offline
      = "{\"type\":\"result\",\"outcome\":\"nothing-to-do\",\"plan\":{\"next_look\":\"2027-01-15T16:00:00Z\","
        "\"policy\":{\"cached\":true,\"cached_because\":\"dc1 does not answer\"}}}";

  g_assert_cmpint (look_after (quiet, 0, 0), ==, EVERY);
  g_assert_cmpint (look_after (quiet, 0, 1), ==, EVERY - EVERY / 10);
  g_assert_cmpint (look_after (soon, 0, 0), ==, 3600);
  g_assert_cmpint (look_after (late, 0, 0), ==, EVERY);
  g_assert_cmpint (look_after (past, 0, 0), ==, 60);
  g_assert_cmpint (look_after (offered, 0, 0), ==, EVERY);
  g_assert_cmpint (look_after (wild, 0, 0), ==, EVERY);
  g_assert_cmpint (look_after (busy, 1, 0), ==, 60);
  g_assert_cmpint (look_after (away, 1, 0), ==, 900);
  g_assert_cmpint (look_after (away, 2, 0), ==, 1800);
  g_assert_cmpint (look_after (away, 2, 1), ==, 1800 - 450);
  g_assert_cmpint (look_after (away, 9999, 0), ==, EVERY);
  g_assert_cmpint (look_after (away, 9999, 1), ==, EVERY - EVERY / 10);
  g_assert_cmpint (look_after (pin, 1, 0), ==, EVERY);
  g_assert_cmpint (look_after (requests, 0, 0), ==, 3600);
  g_assert_cmpint (look_after (offline, 1, 0), ==, 900);
  g_assert_cmpint (look_after (offline, 3, 0), ==, 3600);
}

/* How often something that is down is asked for in a day, the clock put forward by each pause. */
static guint
attempts_in_a_day (const char *line, double chance)
{
  g_autoptr (CeJobResult) result = parse (line);
  gint64 now = NOW;
  guint n = 0;

  for (; now < NOW + 24 * 3600; n++)
    now = ce_look_after (result, now, EVERY, n + 1, chance);
  return n;
}

static void
test_attempts (void)
{
#define FAILED(code) "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"" code "\",\"message\":\"m\"}}"
  g_assert_cmpuint (attempts_in_a_day (FAILED ("ca-unreachable"), 0), ==, 8);
  g_assert_cmpuint (attempts_in_a_day (FAILED ("ca-unreachable"), 1), ==, 8);
  g_assert_cmpuint (attempts_in_a_day (FAILED ("directory-unreachable"), 0.5), ==, 8);
  g_assert_cmpuint (attempts_in_a_day (FAILED ("not-trusted"), 0), ==, 3);
  g_assert_cmpuint (attempts_in_a_day (FAILED ("pin-incorrect"), 0), ==, 3);
#undef FAILED
}

/* A message of rtnetlink(7) with one address, as the kernel lays it out. */
typedef struct
{
  guint32 length;
  guint16 type, flags;
  guint32 sequence, port;
  guint8 family, prefix, address_flags, scope;
  guint32 index;
  guint16 attribute_length, attribute_type;
  guint8 address[4];
} AddressMessage;

#define NEW_ADDRESS 20
#define GONE_ADDRESS 21
#define NEW_LINK 16

static AddressMessage
address_message (guint16 type, guint8 last)
{
  AddressMessage message = { sizeof message, type, 0, 0, 0, 2, 24, 0, 0, 1, 8, 1, { 192, 0, 2, last } };

  return message;
}

static void
test_network (void)
{
  g_autoptr (GHashTable) known = ce_network_known_new ();
  AddressMessage messages[2] = { address_message (NEW_LINK, 1), address_message (NEW_ADDRESS, 1) };
  const guint8 *bytes = (const guint8 *) messages;

  g_assert_false (ce_network_learn (known, bytes, 0));
  g_assert_false (ce_network_learn (known, bytes, sizeof messages[0]));
  g_assert_false (ce_network_learn (known, bytes, sizeof messages - 1));
  g_assert_true (ce_network_learn (known, bytes, sizeof messages));
  /* It is there already and lasts longer. */
  g_assert_false (ce_network_learn (known, bytes, sizeof messages));
  messages[0] = address_message (NEW_ADDRESS, 2);
  g_assert_true (ce_network_learn (known, bytes, sizeof messages));
  messages[1] = address_message (GONE_ADDRESS, 1);
  g_assert_false (ce_network_learn (known, bytes, sizeof messages));
  messages[1] = address_message (NEW_ADDRESS, 1);
  g_assert_true (ce_network_learn (known, bytes, sizeof messages));
}

static void
test_network_hostile (void)
{
  g_autoptr (GHashTable) known = ce_network_known_new ();
  AddressMessage message = address_message (NEW_ADDRESS, 1);

  for (guint length = 0; length <= G_MAXUINT8; length++)
    {
      message.attribute_length = (guint16) length;
      g_assert_cmpint (ce_network_learn (known, (const guint8 *) &message, sizeof message), ==, length >= 4 && length <= 8);
    }
  message = address_message (NEW_ADDRESS, 9);
  message.length = 0;
  g_assert_false (ce_network_learn (known, (const guint8 *) &message, sizeof message));
  message.length = G_MAXUINT32;
  g_assert_false (ce_network_learn (known, (const guint8 *) &message, sizeof message));
}

static CeCard *
card_after (const char *line)
{
  g_autoptr (CeCard) card = ce_card_new (1, "Reader 00");
  g_autoptr (CeJobResult) result = parse (line);

  ce_card_set_result (card, result);
  return g_steal_pointer (&card);
}

static void
assert_words (const char *line, const char *summary, const char *body)
{
  g_autoptr (CeCard) card = card_after (line);
  g_autoptr (CeNotice) notice = ce_words_for_result (card);

  if (summary == NULL)
    {
      g_assert_null (notice);
      return;
    }
  g_assert_nonnull (notice);
  g_assert_cmpstr (notice->summary, ==, summary);
  g_assert_cmpstr (notice->body, ==, body);
}

static void
assert_offer (const char *offer, const char *summary, const char *body, const char *buttons)
{
  g_autofree char *line = g_strdup_printf ("{\"type\":\"result\",\"outcome\":\"offered\",\"offer\":%s}", offer);
  g_autoptr (CeCard) card = card_after (line);
  g_autoptr (CeOffer) parsed = ce_offer_parse (card->last);
  g_autoptr (CeNotice) notice = NULL;
  g_autofree char *joined = NULL;

  g_assert_null (ce_words_for_result (card));
  g_assert_cmpstr (ce_card_state_name (card), ==, "offered");
  if (summary == NULL)
    {
      g_assert_null (parsed);
      return;
    }
  g_assert_nonnull (parsed);
  notice = ce_words_for_offer (card, parsed, NOW);
  joined = g_strjoinv (" ", notice->actions);
  g_assert_cmpstr (notice->summary, ==, summary);
  g_assert_cmpstr (notice->body, ==, body);
  g_assert_cmpstr (joined, ==, buttons);
}

#define ITEM(name) "{\"action\":\"renew\",\"template\":\"T\",\"display_name\":\"" name "\",\"expires\":\"2027-02-15T12:00:00Z\"}"
#define ALL "now Now hour In an hour tomorrow Tomorrow"

static void
test_words_for_offer (void)
{
  assert_offer ("{\"until\":\"2027-02-08T12:00:00Z\",\"seconds\":0,\"actions\":[" ITEM ("A") "," ITEM ("B") "]}",
                "Your card is due for renewal",
                "It takes about a minute and your PIN to renew A, B on the card in Reader 00. It can wait until 8 "
                "February 2027; the certificate ends on 15 February 2027.",
                ALL);
  assert_offer ("{\"until\":null,\"seconds\":7,\"actions\":[{\"action\":\"remove\",\"template\":\"\"}]}",
                "Your card can be tidied up",
                "It takes a few seconds and your PIN to remove what is no longer valid from the card in Reader 00.",
                ALL);
  assert_offer ("{\"until\":\"2027-01-15T09:30:00Z\",\"seconds\":30,\"actions\":[" ITEM ("A") "]}",
                "Your card is due for renewal",
                "It takes less than a minute and your PIN to renew A on the card in Reader 00. It can wait until 15 "
                "January 2027; the certificate ends on 15 February 2027.",
                "now Now hour In an hour");
  assert_offer ("{\"until\":null,\"seconds\":-5,\"actions\":[7,{}]}", "Your card can be tidied up",
                "It takes about a minute and your PIN to remove what is no longer valid from the card in Reader 00.",
                ALL);
  assert_offer ("{\"actions\":[]}", NULL, NULL, NULL);
  assert_offer ("7", NULL, NULL, NULL);
}

static void
test_tomorrow (void)
{
  g_autoptr (GTimeZone) berlin = g_time_zone_new_identifier ("Europe/Berlin");
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();

  g_assert_cmpint (ce_offer_tomorrow (NOW, utc), ==, NOW + 22 * 3600);
  /* 27 March 2027, 23:30; in the night summer time begins */
  if (berlin != NULL)
    g_assert_cmpint (ce_offer_tomorrow (1806186600, berlin), ==, 1806206400);
}

#define DID(name) "{\"template\":\"" name "\",\"outcome\":\"done\",\"request_id\":\"1\"}"
#define CARD "\"plan\":{\"card\":{\"serial\":\"S1\",\"label\":\"Alice\"}}"

static void
test_words (void)
{
  assert_words ("{\"type\":\"result\",\"outcome\":\"nothing-to-do\"," CARD "}", NULL, NULL);
  assert_words ("{\"type\":\"result\",\"outcome\":\"done\"," CARD ",\"performed\":[" DID ("A") "," DID (
                    "B") "," DID ("A") ",7,"
                                       "{\"template\":\"C\",\"outcome\":\"waiting\"}]}",
                "Your card is ready", "New on card 'Alice' (S1): A, B.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"done\",\"performed\":[" DID (
                    "A") "],\"plan\":{\"templates\":["
                         "{\"name\":\"B\",\"display_name\":\"Other\"},{\"name\":\"A\",\"display_name\":\"Lab "
                         "Smartcard\"}]}}",
                "Your card is ready", "New on the card in Reader 00: Lab Smartcard.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"done\",\"performed\":[" DID ("A") "," DID ("B") "," DID (
                    "C") "," DID ("D") "," DID ("E") "," DID ("F") "]}",
                "Your card is ready", "New on the card in Reader 00: A, B, C, D and 2 more.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"done\"," CARD ",\"performed\":[{\"template\":\"A\","
                "\"outcome\":\"done\",\"in_vain\":true,\"note\":\"it does not count: its certificate is for 'm@a' and "
                "you are 'n@a'; ask the administrator of Lab CA\"}]}",
                "Your new certificate is not the right one",
                "'A' is on card 'Alice' (S1). It does not count: its certificate is for 'm@a' and you are 'n@a'; "
                "ask the administrator of Lab CA.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"waiting\",\"performed\":[" DID (
                    "A") ",{\"outcome\":"
                         "\"waiting\",\"request_id\":\"27\",\"ca\":\"Lab CA\"}]}",
                "Your card waits for approval",
                "New on the card in Reader 00: A. Lab CA has to approve request 27. You need not do anything: the "
                "certificate is fetched once it is issued.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"waiting\",\"performed\":[{\"template\":\"V\",\"outcome\":\"done\","
                "\"in_vain\":true},{\"outcome\":\"waiting\",\"request_id\":\"27\",\"ca\":\"Lab CA\"},{\"outcome\":\"waiting\",\"request_id\":\"28\",\"ca\":\"Lab CA\"}]}",
                "Your card waits for approval",
                "2 requests have to be approved. You need not do anything: the certificates are fetched once they are "
                "issued.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"pin-incorrect\","
                "\"message\":\"card S1: the PIN "
                "is wrong\",\"tries_left\":1}}",
                "Wrong PIN: 1 try left", "Card S1: the PIN is wrong. Try again with the right PIN.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"refused\",\"error\":{\"code\":\"ca-denied\",\"message\":"
                "\"über.\",\"hint\":"
                "\"Ask.\"}}",
                "Your card was refused", "Über. Ask.");
  assert_words (
      "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"cancelled\",\"message\":\"m\"}}",
      NULL, NULL);
}

#define NOT_GOT(name, code, note) \
  "{\"template\":\"" name "\",\"outcome\":\"failed\",\"note\":\"" note "\",\"error\":{\"code\":\"" code "\"}}"
#define FAILED(code, hint) \
  "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"" code "\",\"message\":\"m\",\"hint\":\"" hint "\"}," CARD \
  ",\"performed\":["

static void
test_words_for_part (void)
{
  assert_words (FAILED ("ca-unreachable", "Look.") DID ("A") "," NOT_GOT ("B", "ca-unreachable",
                                                                         "template 'B': CA 'Y' does not answer") "]}",
                "Your card is not complete yet",
                "New on card 'Alice' (S1): A. 'B' was not got: CA 'Y' does not answer. It is tried again by itself.");
  assert_words (FAILED ("protocol", "Tell.") DID ("A") ",{\"template\":\"C\",\"outcome\":\"waiting\"},"
                                                       "{\"template\":\"D\",\"outcome\":\"refused\",\"note\":\"no\"},"
                    NOT_GOT ("B", "protocol", "nonsense") "]}",
                "Your card is not complete yet",
                "New on card 'Alice' (S1): A. 'C' waits for approval. 'D' was refused: No. 'B' was not got: Nonsense. Tell.");
  assert_words (FAILED ("misconfigured", "Look.") DID ("A") ",{\"template\":null,\"outcome\":\"failed\",\"note\":\"no\","
                                                            "\"error\":{\"code\":\"misconfigured\"}}]}",
                "Your card is not complete yet",
                "New on card 'Alice' (S1): A. What is of no use any more was not removed: No. Look.");
  /* Nothing was got; or what ended the work is the news. */
  assert_words (FAILED ("ca-unreachable", "Look.") NOT_GOT ("B", "ca-unreachable", "n") "]}",
                "The certification authority cannot be reached", "M. Look.");
  assert_words (FAILED ("pin-incorrect", "Again.") DID ("A") "," NOT_GOT ("B", "ca-unreachable", "n") "]}", "Wrong PIN",
                "M. Again.");
}

static void
test_words_for_refusal (void)
{
  assert_words ("{\"type\":\"result\",\"outcome\":\"refused\",\"error\":{\"code\":\"policy-denied\",\"message\":\"You may not "
                "enrol for 'Card' yet. Ask your administrator for membership of 'LAB\\\\Card Users'.\",\"hint\":\"Look.\"}}",
                "Your card was refused",
                "You may not enrol for 'Card' yet. Ask your administrator for membership of 'LAB\\Card Users'.");
  assert_words ("{\"type\":\"result\",\"outcome\":\"refused\",\"error\":{\"code\":\"ca-denied\",\"message\":\"CA1 refused template "
                "'Card': CERTSRV_E_TEMPLATE_DENIED: you may not enrol for this template\",\"hint\":\"Ask.\"}}",
                "Your card was refused", "CA1 refused template 'Card': you may not enrol for this template. Ask.");
}

static void
test_call_back (void)
{
  static const char line[] = "{\"type\":\"progress\",\"step\":\"ask-ca\",\"card\":{\"serial\":\"S1\",\"label\":\"Alice\"}}";
  g_autoptr (CeReport) report = ce_report_parse (line, strlen (line));
  g_autoptr (CeCard) card = card_after (
      "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"cancelled\",\"message\":\"m\"}}");
  g_autoptr (CeNotice) here = NULL;
  g_autoptr (CeNotice) untouched = NULL;
  g_autoptr (CeNotice) pulled = NULL;

  ce_card_set_progress (card, report->progress);
  card->touched = TRUE;
  here = ce_words_for_result (card);
  card->present = card->touched = FALSE;
  untouched = ce_words_for_result (card);
  card->touched = TRUE;
  pulled = ce_words_for_result (card);
  g_assert_null (here);
  g_assert_null (untouched);
  g_assert_true (ce_words_call_back (card));
  g_assert_cmpstr (pulled->summary, ==, "Your card was taken out too early");
  g_assert_cmpstr (pulled->body, ==, "Insert card 'Alice' (S1) again: the work carries on where it stopped.");
}

static gint64
asks_again (const char *line)
{
  g_autoptr (CeJobResult) result = parse (line);

  return ce_look_asks_again (result);
}

static void
test_asks_again (void)
{
  g_assert_cmpint (asks_again ("{\"type\":\"result\",\"outcome\":\"waiting\",\"plan\":{\"next_look\":"
                               "\"2027-01-15T09:00:00Z\"}}"),
                   ==, NOW + 3600);
  g_assert_cmpint (asks_again ("{\"type\":\"result\",\"outcome\":\"nothing-to-do\",\"plan\":{\"next_look\":"
                               "\"2027-01-15T09:00:00Z\",\"templates\":[{\"because\":\"up-to-date\"},"
                               "{\"because\":\"pending\"}]}}"),
                   ==, NOW + 3600);
  g_assert_cmpint (asks_again ("{\"type\":\"result\",\"outcome\":\"done\",\"plan\":{\"next_look\":"
                               "\"2027-01-15T09:00:00Z\",\"templates\":[7]}}"),
                   ==, 0);
  g_assert_cmpint (asks_again ("{\"type\":\"result\",\"outcome\":\"waiting\"}"), ==, 0);
}

static void
test_words_for_issued (void)
{
  g_autoptr (CeNotice) notice = ce_words_for_issued ("S1", "Alice", "Card");
  g_autoptr (CeNotice) unnamed = ce_words_for_issued ("S1", "", "Card");

  g_assert_cmpstr (notice->body, ==, "Insert card 'Alice' (S1) to get the certificate that was issued: Card.");
  g_assert_cmpstr (unnamed->body, ==, "Insert card S1 to get the certificate that was issued: Card.");
}

#define ENDINGS(outcome) \
  "{\"type\":\"result\",\"outcome\":\"" outcome "\",\"plan\":{\"card\":{\"serial\":\"S1\",\"label\":\"Alice\"}," \
  "\"endings\":[{\"certificate\":\"ab\",\"subject\":\"CN=Alice\",\"display_name\":\"Lab Smartcard\"," \
  "\"not_after\":\"2027-03-04T12:00:00Z\",\"words\":\"Automatic enrolment is switched off for you. Ask your administrator.\"}," \
  "{\"certificate\":\"cd\",\"subject\":\"CN=Alice\",\"display_name\":null,\"not_after\":\"2027-01-16T12:00:00Z\"}," \
  "{\"certificate\":\"ef\",\"not_after\":\"soon\"},{},7]}}"

static void
test_words_for_reminder (void)
{
  g_autoptr (CeCard) card = card_after (ENDINGS ("nothing-to-do"));
  g_autoptr (GPtrArray) reminders = ce_reminders_parse (card->last);
  g_autoptr (CeNotice) notice = NULL;
  g_autoptr (CeNotice) urgent = NULL;

  g_assert_cmpuint (reminders->len, ==, 2);
  notice = ce_words_for_reminder (card, reminders->pdata[0], NOW);
  g_assert_cmpstr (notice->summary, ==, "Your certificate ends on 4 March 2027");
  g_assert_cmpstr (notice->body, ==,
                   "'Lab Smartcard' on card 'Alice' (S1) is not renewed by itself. Automatic enrolment is switched off for you. "
                   "Ask your administrator.");
  g_assert_false (notice->stays);
  urgent = ce_words_for_reminder (card, reminders->pdata[1], NOW);
  g_assert_cmpstr (urgent->body, ==, "'CN=Alice' on card 'Alice' (S1) is not renewed by itself.");
  g_assert_true (urgent->stays);
}

/* How often the holder of a card that is looked at every eight hours is told of a certificate that ends in @days. */
static guint
times_told (int days)
{
  const gint64 ends = NOW + days * G_GINT64_CONSTANT (86400);
  gint64 told = 0;
  guint n = 0;

  for (gint64 now = NOW; now < ends; now += EVERY)
    if (ce_reminder_is_due (told, ends, now))
      {
        told = now;
        n++;
      }
  return n;
}

static void
test_reminders_come_weekly_then_daily (void)
{
  g_assert_cmpuint (times_told (1), ==, 1);
  g_assert_cmpuint (times_told (7), ==, 7);
  g_assert_cmpuint (times_told (14), ==, 1 + 7);
  g_assert_cmpuint (times_told (35), ==, 4 + 7);
  g_assert_true (ce_reminder_is_due (NOW + 60, NOW + 86400, NOW));
}

static void
test_words_for_every_error (void)
{
  for (int code = 0; code < CE_N_ERRORS; code++)
    {
      g_autofree char *line = g_strdup_printf (
          "{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":\"%s\",\"message\":\"it broke\"}}",
          ce_error_name ((CeErrorCode) code));
      g_autoptr (CeCard) card = card_after (line);
      g_autoptr (CeNotice) notice = ce_words_for_result (card);

      if (notice == NULL)
        continue;
      g_assert_cmpuint (strlen (notice->summary), >, 0);
      g_assert_cmpuint (strlen (notice->summary), <, 50);
      g_assert_true (g_str_has_prefix (notice->body, "It broke."));
    }
}

static void
test_card_from_readers (void)
{
  g_autoptr (CeCard) card = card_after ("{\"type\":\"result\",\"outcome\":\"failed\",\"error\":{\"code\":"
                                        "\"no-ticket\",\"message\":\"m\"},\"readers\":["
                                        "{\"reader\":\"Other\",\"card\":{\"serial\":\"X\"}},{\"reader\":"
                                        "\"Reader 00\",\"card\":{\"serial\":\"S\\u001b2\"}}]}");

  g_assert_cmpstr (card->label, ==, "");
  g_assert_true (g_str_has_prefix (card->serial, "S"));
  g_assert_null (strchr (card->serial, '\x1b'));
  g_assert_cmpstr (ce_card_state_name (card), ==, "failed");
  g_assert_cmpstr (ce_card_error_name (card), ==, "no-ticket");
}

static void
test_error_names (void)
{
  g_autofree char *name = ce_bus_error_name (CE_ERROR_PIN_INCORRECT);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (name, ==, "org.cardenroll.Error.PinIncorrect");
  ce_bus_register_errors ();
  error = g_dbus_error_new_for_dbus_error (name, "m");
  g_assert_true (g_error_matches (error, CE_ERROR, CE_ERROR_PIN_INCORRECT));
}

static void
count (gpointer data)
{
  (*(guint *) data)++;
}

static void
test_timer (void)
{
  guint n = 0;
  g_autoptr (CeTimer) timer = ce_timer_new (count, &n);

  ce_timer_set (timer, g_get_real_time () / G_USEC_PER_SEC + 3600);
  ce_timer_set (timer, 0);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
  ce_timer_set (timer, 1);
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n, ==, 1);
  g_assert_false (g_main_context_iteration (NULL, FALSE));
}

static void
test_rest (void)
{
  static int written = 1;
  g_autofree char *before = g_strdup_printf ("%s %d", ce_error_name (CE_ERROR_BUSY), written);

  written = 2;
  ce_rest ();
  g_assert_cmpstr (before, ==, "busy 1");
  g_assert_cmpint (written, ==, 2);
  test_words_for_every_error ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/reader/a-count-that-moved-is-another-card", test_reader_change);
  g_test_add_func ("/daemon/look/knows-when-a-request-is-asked-for-again", test_asks_again);
  g_test_add_func ("/daemon/words/say-which-card-a-certificate-waits-for", test_words_for_issued);
  g_test_add_func ("/daemon/look/is-never-too-soon-nor-too-late", test_look);
  g_test_add_func ("/daemon/look/what-is-down-is-asked-for-eight-times-in-a-day", test_attempts);
  g_test_add_func ("/daemon/network/a-new-address-is-news", test_network);
  g_test_add_func ("/daemon/network/a-message-of-any-size-is-harmless", test_network_hostile);
  g_test_add_func ("/daemon/words/say-what-a-person-wants-to-know", test_words);
  g_test_add_func ("/daemon/words/tell-what-was-got-and-what-was-not", test_words_for_part);
  g_test_add_func ("/daemon/words/call-back-a-card-that-was-pulled-while-the-ca-was-asked", test_call_back);
  g_test_add_func ("/daemon/words/a-refusal-is-told-without-codes", test_words_for_refusal);
  g_test_add_func ("/daemon/words/offer-only-what-can-wait", test_words_for_offer);
  g_test_add_func ("/daemon/offer/tomorrow-is-six-in-the-morning", test_tomorrow);
  g_test_add_func ("/daemon/words/every-error-has-some", test_words_for_every_error);
  g_test_add_func ("/daemon/words/a-reminder-says-what-ends-when-and-whom-to-ask", test_words_for_reminder);
  g_test_add_func ("/daemon/reminder/once-a-week-and-daily-in-the-last-one", test_reminders_come_weekly_then_daily);
  g_test_add_func ("/daemon/card/is-found-among-the-readers", test_card_from_readers);
  g_test_add_func ("/daemon/bus/errors-have-names", test_error_names);
  g_test_add_func ("/daemon/timer/fires-once-and-not-when-unset", test_timer);
  g_test_add_func ("/daemon/rest/all-that-was-known-still-is", test_rest);
  return g_test_run ();
}
