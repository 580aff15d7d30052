/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/**
 * The steps of a worker, docs/worker-stream.md.
 *
 * ce_step_doing: what is going on, for a sentence such as "it crashed while generating the key"; "starting"
 * for %NULL, "working" for a step that is not known.
 *
 * ce_step_is_card: whether the card and its PKCS#11 module are what a worker waits for in this step.
 */
const char *ce_step_doing (const char *step);
gboolean ce_step_is_card (const char *step);
