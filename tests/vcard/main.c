/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/vcard/control.h"
#include "tests/vcard/loop.h"
#include "tests/vcard/make.h"
#include "tests/vcard/vpcd.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_USAGE 64
#define DEFAULT_SERIAL "VCARD0001"

static const char help[]
    = "Usage: vcard --state FILE [--port N] [--control SOCKET] [--trace FILE] [--ejected]\n"
      "       vcard --make FILE [--serial S] [--pin-file FILE [--label L]]\n"
      "\n"
      "A SmartCard-HSM in software, in a slot of vsmartcard's vpcd. The card lives in FILE, which is\n"
      "rewritten after each command that changes it.\n"
      "\n"
      "  -s, --state FILE     the card; with --ejected it may be left out: an empty slot to swap cards into\n"
      "  -b, --blank          if FILE does not exist, begin with a card as it left the factory\n"
      "  -p, --port N         vpcd's port on this host (35963: the first slot of Debian's reader.conf)\n"
      "  -c, --control PATH   listen for commands (below) on this Unix socket; vcardctl speaks to it\n"
      "  -t, --trace FILE     append the conversation, PINs masked\n"
      "  -e, --ejected        begin with the card out\n"
      "\n"
      "  -m, --make FILE      make a new card, and end; an existing file is left alone\n"
      "      --serial S       4 to 11 capital letters and digits (" DEFAULT_SERIAL ")\n"
      "      --pin-file FILE  two lines, user PIN and SO-PIN (16 hexadecimal digits): the card is\n"
      "                       initialised and empty; without it, as it left the factory\n"
      "      --label L        its token label\n"
      "  -h, --help           this text\n"
      "\n"
      "Commands on the control socket, one line each, answered by 'ok', 'ok VALUE' or 'error SENTENCE':\n";

typedef struct
{
  const char *state, *control, *trace, *make, *serial, *pin_file, *label;
  unsigned port;
  bool blank, ejected, help;
} Options;

enum
{
  OPTION_SERIAL = 256,
  OPTION_PIN_FILE,
  OPTION_LABEL,
};

static const struct option long_options[] = {
  { "state", required_argument, NULL, 's' },
  { "blank", no_argument, NULL, 'b' },
  { "port", required_argument, NULL, 'p' },
  { "control", required_argument, NULL, 'c' },
  { "trace", required_argument, NULL, 't' },
  { "ejected", no_argument, NULL, 'e' },
  { "make", required_argument, NULL, 'm' },
  { "serial", required_argument, NULL, OPTION_SERIAL },
  { "pin-file", required_argument, NULL, OPTION_PIN_FILE },
  { "label", required_argument, NULL, OPTION_LABEL },
  { "help", no_argument, NULL, 'h' },
  { 0 },
};

static bool
parse_port (const char *text, unsigned *ret_port)
{
  char *end;
  unsigned long port;

  errno = 0;
  port = strtoul (text, &end, 10);
  if (errno != 0 || *end != '\0' || *text < '0' || *text > '9' || port == 0 || port > 65535)
    return false;
  *ret_port = (unsigned) port;
  return true;
}

static bool
take_option (Options *options, int option, VcError *error)
{
  switch (option)
    {
    case 's':
      options->state = optarg;
      return true;
    case 'b':
      return options->blank = true;
    case 'p':
      return parse_port (optarg, &options->port) || vc_error_set (error, "'%s' is no port", optarg);
    case 'c':
      options->control = optarg;
      return true;
    case 't':
      options->trace = optarg;
      return true;
    case 'e':
      return options->ejected = true;
    case 'm':
      options->make = optarg;
      return true;
    case OPTION_SERIAL:
      options->serial = optarg;
      return true;
    case OPTION_PIN_FILE:
      options->pin_file = optarg;
      return true;
    case OPTION_LABEL:
      options->label = optarg;
      return true;
    case 'h':
      return options->help = true;
    default:
      return vc_error_set (error, "unknown option, or one without its value; see --help");
    }
}

static bool
parse_options (int argc, char **argv, Options *options, VcError *error)
{
  int option;

  opterr = 0;
  while ((option = getopt_long (argc, argv, "s:bp:c:t:em:h", long_options, NULL)) != -1)
    if (!take_option (options, option, error))
      return false;
  if (optind < argc)
    return vc_error_set (error, "'%s': nothing but options is expected; see --help", argv[optind]);
  if (options->help || options->make != NULL)
    return true;
  if (options->state == NULL && !options->ejected)
    return vc_error_set (error, "no card: give --state FILE, or --ejected for an empty slot");
  if (options->state == NULL && options->control == NULL)
    return vc_error_set (error, "an empty slot needs --control to put a card in");
  return true;
}

static bool
prepare (const Options *options, VcReader *reader, VcError *error)
{
  if (options->trace != NULL)
    {
      reader->trace = fopen (options->trace, "ae");
      if (reader->trace == NULL)
        return vc_error_set (error, "trace '%s': %s", options->trace, strerror (errno));
    }
  if (options->state == NULL)
    return true;
  if (options->blank && access (options->state, F_OK) != 0
      && !vc_make_card (options->state, options->serial, NULL, NULL, error))
    return false;
  if (!vc_reader_load (reader, options->state, error))
    return false;
  return options->ejected || vc_reader_insert (reader, error);
}

static bool
run (const Options *options, VcReader *reader, VcError *error)
{
  VcLoop *loop;

  if (!prepare (options, reader, error))
    return false;
  loop = vc_loop_new (reader, options->control, error);
  if (loop == NULL)
    return false;
  vc_loop_run (loop);
  vc_loop_free (loop);
  return true;
}

static bool
run_reader (const Options *options, VcError *error)
{
  VcReader *reader = vc_reader_new (options->port);
  FILE *trace;
  bool done = run (options, reader, error);

  trace = reader->trace;
  vc_reader_free (reader);
  if (trace != NULL)
    (void) fclose (trace);
  return done;
}

int
main (int argc, char **argv)
{
  Options options = { .serial = DEFAULT_SERIAL, .port = VC_VPCD_PORT };
  VcError error = { 0 };
  bool done;

  if (!parse_options (argc, argv, &options, &error))
    {
      (void) fprintf (stderr, "vcard: %s\n", error.message);
      return EXIT_USAGE;
    }
  if (options.help)
    {
      (void) printf ("%s%s", help, vc_control_help);
      return EXIT_SUCCESS;
    }
  done = options.make != NULL
             ? vc_make_card (options.make, options.serial, options.label, options.pin_file, &error)
             : run_reader (&options, &error);
  if (!done)
    (void) fprintf (stderr, "vcard: %s\n", error.message);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
