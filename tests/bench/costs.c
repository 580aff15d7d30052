/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Loaded into the worker, and so into what it starts, with LD_PRELOAD. Writes to the file that
 * CARDENROLL_BENCH_COSTS names: "search" for each search that libldap is asked to send, and at the end of the
 * process "cpu NAME MS": its name and the CPU that it took itself. */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

typedef int SearchSync (LDAP *ld, LDAP_CONST char *base, int scope, LDAP_CONST char *filter, char **attrs,
                        int attrsonly, LDAPControl **sctrls, LDAPControl **cctrls, struct timeval *timeout,
                        int sizelimit, LDAPMessage **res);

static void
put (const char *line, int length)
{
  const char *path = getenv ("CARDENROLL_BENCH_COSTS");
  int fd = path != NULL ? open (path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

  if (fd < 0)
    return;
  if (write (fd, line, (size_t) length) != length)
    abort ();
  close (fd);
}

/* The only one of libldap's searching functions that cardenroll uses. */
int
ldap_search_ext_s (LDAP *ld, LDAP_CONST char *base, int scope, LDAP_CONST char *filter, char **attrs,
                   int attrsonly, LDAPControl **sctrls, LDAPControl **cctrls, struct timeval *timeout,
                   int sizelimit, LDAPMessage **res)
{
  SearchSync *real = (SearchSync *) dlsym (RTLD_NEXT, "ldap_search_ext_s");

  put ("search\n", 7);
  return real (ld, base, scope, filter, attrs, attrsonly, sctrls, cctrls, timeout, sizelimit, res);
}

static double
ms (struct timeval time)
{
  return (double) time.tv_sec * 1e3 + (double) time.tv_usec / 1e3;
}

__attribute__ ((destructor)) static void
tell_cpu (void)
{
  struct rusage used;
  char line[128];

  if (getrusage (RUSAGE_SELF, &used) == 0)
    put (line, snprintf (line, sizeof line, "cpu %.64s %.2f\n", program_invocation_short_name,
                         ms (used.ru_utime) + ms (used.ru_stime)));
}
