/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Every name that leaves the process: D-Bus, journal fields, environment variables, files, programs. */

#define CE_BUS_NAME "org.cardenroll.Agent1"
#define CE_BUS_PATH "/org/cardenroll/Agent1"
#define CE_BUS_INTERFACE "org.cardenroll.Agent1"
#define CE_BUS_CARD_INTERFACE "org.cardenroll.Card1"
#define CE_BUS_CARDS_PATH CE_BUS_PATH "/cards"
#define CE_BUS_ERROR_PREFIX "org.cardenroll.Error."

#define CE_PROGRAM_WORKER "cardenroll-worker"
#define CE_PROGRAM_AGENT "cardenroll-agent"
#define CE_PROGRAM_CLI "cardenroll"
#define CE_PROGRAM_SYSVOL "cardenroll-sysvol"

/* Beside the worker: the PKCS#11 module through which libkrb5 gets at the card that the worker has open. */
#define CE_SHARED_TOKEN_MODULE "cardenroll-shared-token.so"

/* $XDG_RUNTIME_DIR/cardenroll/, $XDG_STATE_HOME/cardenroll/, $XDG_CACHE_HOME/cardenroll/ */
#define CE_DIRECTORY "cardenroll"
#define CE_CONFIG_FILE "cardenroll.conf"
#define CE_JOURNAL_FILE "journal.db"
#define CE_POSTPONED_FILE "postponed.json"
#define CE_GROUP_POLICY_FILE "group-policy"

/* Where the worker is, for a build tree and tests; the installed place where it is not set. */
#define CE_ENV_WORKER "CARDENROLL_WORKER"
/* The same for the program that reads SYSVOL; beside the running one where it is not set. */
#define CE_ENV_SYSVOL "CARDENROLL_SYSVOL"
/* Tests only: how many seconds the clock by which certificates are judged runs ahead. */
#define CE_ENV_CLOCK_AHEAD "CARDENROLL_CLOCK_AHEAD"
/* Sanitised, tests only: milliseconds that stand for one second of a step's deadline. */
#define CE_ENV_DEADLINE_SCALE "CARDENROLL_DEADLINE_SCALE"

/* Fields of structured log entries, beside MESSAGE and PRIORITY. */
#define CE_FIELD_READER "CARDENROLL_READER"
#define CE_FIELD_CARD "CARDENROLL_CARD"
#define CE_FIELD_TEMPLATE "CARDENROLL_TEMPLATE"
#define CE_FIELD_ACTION "CARDENROLL_ACTION"
#define CE_FIELD_ERROR "CARDENROLL_ERROR"
#define CE_FIELD_REQUEST "CARDENROLL_REQUEST_ID"
#define CE_FIELD_CA "CARDENROLL_CA"
