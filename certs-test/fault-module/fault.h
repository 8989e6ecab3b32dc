/*
 * A PKCS#11 module that stands before another one (SoftHSM) and fails as tokens and drivers in the field do, on command.
 *
 *   KYSO_FAULT_BEHIND    the module that really works
 *   KYSO_FAULT_CONTROL   text, one command a line, read at each call: see read_control
 *   KYSO_FAULT_COUNTERS  numbers that outlive the process: see struct counter
 */
#ifndef KYSO_FAULT_H
#define KYSO_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include <pkcs11.h>

#define MAX_FAULTS 64
#define MAX_SLOTS 64
#define NAME_BYTES 56

enum what { DELAY, HANG, CRASH, CRASH_AFTER, ANSWER, REMOVE };

struct fault {
  enum what what;
  char function[NAME_BYTES];
  unsigned long value; /* milliseconds, or the CKR code */
  uint64_t at;         /* the number of the call, from 1; 0 for every call */
};

struct control {
  int count;
  struct fault faults[MAX_FAULTS];
  char unplugged[20]; /* a serial number, or "*" */
  uint64_t epoch;     /* grows when a token comes back: what was open before is gone */
  bool reinitialise;  /* a token that came back shows only after C_Finalize and C_Initialize */
  uint64_t lock_after;
  unsigned long flags; /* of CK_TOKEN_INFO, set beside the real ones */
  bool always_authenticate, no_read_write, size_zero, empty_id, no_os_locking, hide_before_login;
};

/* The module behind, loaded by C_GetFunctionList. */
extern CK_FUNCTION_LIST *real;

/* control.c: what is commanded now; the pointer is good for the calling thread until its next call */
const struct control *control(void);

/* counters.c: a number in the counters' file, made at first use; never null */
uint64_t *counter(const char *name);
uint64_t add_one(const char *name);

/* token.c: what the token is, beside what SoftHSM says */
void token_initialised(void);
bool token_gone(CK_SLOT_ID slot);
CK_RV session_check(CK_SESSION_HANDLE session);
void token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info);
CK_RV token_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length);
void sign_begins(CK_SESSION_HANDLE session);
bool sign_wants_pin(CK_SESSION_HANDLE session);
bool is_logged_in(CK_SESSION_HANDLE session);

#endif
