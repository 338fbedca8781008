/* SPDX-License-Identifier: Apache-2.0 */
#include "faultd.h"

#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FAULTS_MAX = 32, GATHER_S = 5 };

static const struct {
    const char *name;
    enum fault_kind kind;
    bool number; /* KIND:NUMBER */
} kinds[] = {
    {"status", FAULT_STATUS, true},
    {"busy", FAULT_BUSY, true},
    {"timeout", FAULT_TIMEOUT, false},
    {"slow", FAULT_SLOW, false},
    {"truncate", FAULT_TRUNCATE, false},
    {"long", FAULT_LONG, false},
    {"endless", FAULT_ENDLESS, false},
    {"endless-chunked", FAULT_ENDLESS_CHUNKED, false},
    {"endless-header", FAULT_ENDLESS_HEADER, false},
    {"long-header", FAULT_LONG_HEADER, false},
    {"redirect-file", FAULT_REDIRECT_FILE, false},
    {"redirect-loop", FAULT_REDIRECT_LOOP, false},
    {"redirect", FAULT_REDIRECT, true},
    {"reset", FAULT_RESET, false},
    {"garbage", FAULT_GARBAGE, false},
    {"gather", FAULT_GATHER, true},
};

static struct fault faults[FAULTS_MAX];
static size_t n_faults;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static unsigned in_flight;
static unsigned most_in_flight;

/* NUMBER and COUNT of a fault, from ":NUMBER:COUNT" or ":COUNT". */
static void parse_numbers(struct fault *f, bool number, const char *text)
{
    unsigned long v[2] = {0, ULONG_MAX};
    char *end = NULL;
    size_t i = number ? 0 : 1;

    for (; *text == ':' && i < 2; i++, text = end) {
        v[i] = strtoul(text + 1, &end, 10);
        if (end == text + 1) {
            faultd_die("number of a fault");
        }
    }
    if (*text != '\0') {
        faultd_die("end of a fault");
    }
    f->number = v[0];
    f->left = v[1];
}

void faultd_parse_fault(char *text)
{
    char *kind = strrchr(text, '=');

    if (kind == NULL || n_faults == FAULTS_MAX) {
        faultd_die("fault without '=', or too many");
    }
    *kind++ = '\0';
    size_t n = strcspn(kind, ":");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strlen(kinds[i].name) == n &&
            strncmp(kinds[i].name, kind, n) == 0) {
            struct fault *f = &faults[n_faults++];

            f->pattern = text;
            f->kind = kinds[i].kind;
            parse_numbers(f, kinds[i].number, kind + n);
            return;
        }
    }
    faultd_die("unknown kind of fault");
}

static bool hits(struct fault *f, const char *path)
{
    if (f->left == 0 || fnmatch(f->pattern, path, 0) != 0) {
        return false;
    }
    if (f->left != ULONG_MAX) {
        f->left--;
    }
    return true;
}

struct fault faultd_fault_for(const char *path)
{
    struct fault found = {NULL, FAULT_NONE, 0, 0};

    (void)pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_faults && found.kind == FAULT_NONE; i++) {
        if (hits(&faults[i], path)) {
            found = faults[i];
        }
    }
    (void)pthread_mutex_unlock(&lock);
    return found;
}

void faultd_begin(const char *path)
{
    (void)pthread_mutex_lock(&lock);
    in_flight++;
    if (in_flight > most_in_flight) {
        most_in_flight = in_flight;
        (void)pthread_cond_broadcast(&more);
    }
    if (faultd.log != NULL) {
        (void)fprintf(faultd.log, "%u %s\n", in_flight, path);
        (void)fflush(faultd.log);
    }
    (void)pthread_mutex_unlock(&lock);
}

void faultd_end(void)
{
    (void)pthread_mutex_lock(&lock);
    in_flight--;
    (void)pthread_mutex_unlock(&lock);
}

void faultd_gather(unsigned long n)
{
    struct timespec until = {0, 0};
    int err = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += GATHER_S;
    (void)pthread_mutex_lock(&lock);
    while (most_in_flight < n && err == 0) {
        err = pthread_cond_timedwait(&more, &lock, &until);
    }
    (void)pthread_mutex_unlock(&lock);
}
