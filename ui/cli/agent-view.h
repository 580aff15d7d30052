/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * CeAgentView: what the agent of this session says on the bus of the cards that it watches. Asked once; the agent is not
 * started for it.
 */
typedef enum
{
  CE_AGENT_UNKNOWN, /* there is no session bus, or it did not answer within a second */
  CE_AGENT_ABSENT,
  CE_AGENT_RUNNING,
} CeAgentState;

typedef struct
{
  char *name;
  gint64 ends_unix;
  char *words; /* why it is not renewed, and whom to ask */
} CeAgentEnding;

typedef struct
{
  char *reader;
  char *state; /* "queued" "working" "ready" "waiting" "refused" "failed" "offered" "postponed" */
  char *step;  /* in words, while working; "" */
  char *detail; /* what went wrong last, and what to do, in sentences; "" */
  gint64 next_look_unix; /* 0: it works */
  GPtrArray *endings; /* of CeAgentEnding: certificates that end soon and that nothing renews by itself */
  gint64 postponed_unix; /* until when what is due was postponed; 0 */
} CeAgentCard;

typedef struct
{
  CeAgentState state;
  char *detail;     /* what keeps the agent from the readers; %NULL or "" */
  GPtrArray *cards; /* of CeAgentCard */
} CeAgentView;

/* Blocks for at most two seconds. */
CeAgentView *ce_agent_view_new (void);
void ce_agent_view_free (CeAgentView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CeAgentView, ce_agent_view_free)

/* Borrowed from @view; %NULL where the agent knows of no card in this reader. */
const CeAgentCard *ce_agent_view_find (const CeAgentView *view, const char *reader);

/**
 * ce_agent_refresh:
 * @reader: (nullable): whose card was worked on by hand, and nothing went wrong
 * @waits: a request waits for its CA now
 *
 * Where the agent shows something of this card that the work may have changed, it is told to look again, so that state, notification and
 * timers are those of now. What is due was done, so it asks nobody. That no agent runs is no error. Blocks for at most four seconds.
 * docs/adr/0092-the-agent-looks-again-after-work-by-hand.md
 */
void ce_agent_refresh (const char *reader, gboolean waits);
