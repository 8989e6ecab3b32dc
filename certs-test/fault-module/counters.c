#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"

/*
 * The counters' file is an array of these, mapped by every process that has the module loaded: an increment is one instruction, which
 * no crash leaves half done. The file never shrinks.
 */
struct counter {
  char name[NAME_BYTES];
  uint64_t value;
};

#define MAX_COUNTERS 128
#define FILE_BYTES (MAX_COUNTERS * sizeof(struct counter))

static struct counter *counters;
static int file = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void open_counters(void) {
  const char *path = getenv("KYSO_FAULT_COUNTERS");
  file = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
  if (file < 0 || posix_fallocate(file, 0, FILE_BYTES) != 0) abort();
  counters = mmap(NULL, FILE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (counters == MAP_FAILED) abort();
}

static uint64_t *find(const char *name, bool make) {
  for (int i = 0; i < MAX_COUNTERS; i++) {
    if (strncmp(counters[i].name, name, NAME_BYTES) == 0) return &counters[i].value;
    if (counters[i].name[0] != '\0') continue;
    if (!make) return NULL;
    strncpy(counters[i].name, name, NAME_BYTES - 1);
    return &counters[i].value;
  }
  abort();
}

uint64_t *counter(const char *name) {
  pthread_mutex_lock(&mutex);
  if (!counters) open_counters();
  uint64_t *found = find(name, false);
  if (!found) {
    /* threads are kept out by the mutex, other processes by the lock, which a crash frees */
    flock(file, LOCK_EX);
    found = find(name, true);
    flock(file, LOCK_UN);
  }
  pthread_mutex_unlock(&mutex);
  return found;
}

uint64_t add_one(const char *name) { return __atomic_add_fetch(counter(name), 1, __ATOMIC_SEQ_CST); }
