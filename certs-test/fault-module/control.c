#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

static const char *const whats[] = {"delay", "hang", "crash", "crash-after", "answer", "remove"};

/* A command that is not understood would be a fault that does not happen, and a test that proves nothing. */
static void refuse(const char *line) {
  fprintf(stderr, "fault module: not a command: %s\n", line);
  abort();
}

static bool read_fault(struct control *into, const char *word, const char *line) {
  for (int i = 0; i < (int)(sizeof whats / sizeof *whats); i++) {
    if (strcmp(word, whats[i]) != 0) continue;
    if (into->count == MAX_FAULTS) refuse(line);
    struct fault *fault = &into->faults[into->count++];
    fault->what = i;
    if (sscanf(line, "%*s %55s %lu %lu", fault->function, &fault->value, &fault->at) != 3) refuse(line);
    return true;
  }
  return false;
}

static bool *read_switch(struct control *into, const char *word) {
  if (strcmp(word, "reinitialise") == 0) return &into->reinitialise;
  if (strcmp(word, "always-authenticate") == 0) return &into->always_authenticate;
  if (strcmp(word, "no-read-write") == 0) return &into->no_read_write;
  if (strcmp(word, "size-zero") == 0) return &into->size_zero;
  if (strcmp(word, "empty-id") == 0) return &into->empty_id;
  if (strcmp(word, "no-os-locking") == 0) return &into->no_os_locking;
  if (strcmp(word, "hide-before-login") == 0) return &into->hide_before_login;
  return NULL;
}

/*
 *   delay|hang|crash|crash-after|answer|remove FUNCTION VALUE CALL   at that call, or at every call where CALL is 0;
 *                          "crash-after" lets the call work first, "remove" takes the token out from that call on
 *   unplugged SERIAL|*     epoch N     lock-after TRIES     flags N
 *   reinitialise  always-authenticate  no-read-write  size-zero  empty-id  no-os-locking  hide-before-login
 */
static void read_control(FILE *file, struct control *into) {
  char line[200], word[32];
  memset(into, 0, sizeof *into);
  while (fgets(line, sizeof line, file)) {
    if (sscanf(line, "%31s", word) != 1) continue;
    bool *on = read_switch(into, word);
    if (on)
      *on = true;
    else if (read_fault(into, word, line) || sscanf(line, "unplugged %19s", into->unplugged) == 1 ||
             sscanf(line, "epoch %lu", &into->epoch) == 1 ||
             sscanf(line, "lock-after %lu", &into->lock_after) == 1 ||
             sscanf(line, "flags %lu", &into->flags) == 1)
      continue;
    else
      refuse(line);
  }
}

const struct control *control(void) {
  static __thread struct control now;
  const char *path = getenv("KYSO_FAULT_CONTROL");
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) refuse("no control file");
  read_control(file, &now);
  fclose(file);
  return &now;
}
