#include <stdio.h>
#include <string.h>

#include "fault.h"

#define PIN_FLAGS (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED)
#define SESSIONS 1024

/* of this process: a driver forgets all of it when its process ends */
static uint64_t epoch_initialised, epoch_seen;
static char right_pin[64];
static bool context_login[SESSIONS];

void token_initialised(void) { epoch_initialised = epoch_seen = control()->epoch; }

static void serial_of(CK_SLOT_ID slot, char serial[17]) {
  CK_TOKEN_INFO info;
  memset(serial, 0, 17);
  if (real->C_GetTokenInfo(slot, &info) != CKR_OK) return;
  memcpy(serial, info.serialNumber, 16);
  for (int i = 15; i >= 0 && serial[i] == ' '; i--) serial[i] = '\0';
}

static bool is_removed(const struct control *now, CK_SLOT_ID slot) {
  if (now->reinitialise && epoch_initialised != now->epoch) return true;
  for (int i = 0; i < now->count; i++)
    if (now->faults[i].what == REMOVE && *counter(now->faults[i].function) >= now->faults[i].at) return true;
  if (strcmp(now->unplugged, "*") == 0) return true;
  char serial[17];
  if (now->unplugged[0] == '\0') return false;
  serial_of(slot, serial);
  return strcmp(now->unplugged, serial) == 0;
}

/* A token that was out meanwhile has lost its sessions and its login. */
static void catch_up(uint64_t epoch) {
  CK_SLOT_ID slots[MAX_SLOTS];
  CK_ULONG count = MAX_SLOTS;
  if (__atomic_exchange_n(&epoch_seen, epoch, __ATOMIC_SEQ_CST) == epoch) return;
  if (real->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) return;
  for (CK_ULONG i = 0; i < count; i++) real->C_CloseAllSessions(slots[i]);
}

bool token_gone(CK_SLOT_ID slot) {
  const struct control *now = control();
  catch_up(now->epoch);
  bool gone = is_removed(now, slot);
  if (gone) real->C_CloseAllSessions(slot);
  return gone;
}

/* As real drivers: the call that finds the token gone says so, later ones that there is no such session. */
CK_RV session_check(CK_SESSION_HANDLE session) {
  CK_SESSION_INFO info;
  CK_RV rv = real->C_GetSessionInfo(session, &info);
  if (rv != CKR_OK) return rv;
  return token_gone(info.slotID) ? CKR_DEVICE_REMOVED : real->C_GetSessionInfo(session, &info);
}

static uint64_t *tries_of(CK_SLOT_ID slot) {
  char serial[17], name[NAME_BYTES];
  serial_of(slot, serial);
  snprintf(name, sizeof name, "tries %s", serial);
  return counter(name);
}

/* The tries are counted here, SoftHSM's own flags left out: it never locks, and remembers tries of before. */
void token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
  const struct control *now = control();
  uint64_t tries = *tries_of(slot);
  info->flags &= ~(CK_FLAGS)PIN_FLAGS;
  if (tries > 0) info->flags |= CKF_USER_PIN_COUNT_LOW;
  if (now->lock_after > 0 && tries + 1 == now->lock_after) info->flags |= CKF_USER_PIN_FINAL_TRY;
  if (now->lock_after > 0 && tries >= now->lock_after) info->flags |= CKF_USER_PIN_LOCKED;
  info->flags |= now->flags;
}

/* SoftHSM asks for the PIN again only for keys that were made so; here any key may be one: the PIN of C_Login is compared. */
static CK_RV context_specific(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG length) {
  if (!is_logged_in(session)) return CKR_USER_NOT_LOGGED_IN;
  if (strlen(right_pin) != length || memcmp(right_pin, pin, length) != 0) return CKR_PIN_INCORRECT;
  context_login[session % SESSIONS] = true;
  return CKR_OK;
}

CK_RV token_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length) {
  const struct control *now = control();
  CK_SESSION_INFO info;
  if (user == CKU_SO || length >= sizeof right_pin || real->C_GetSessionInfo(session, &info) != CKR_OK)
    return real->C_Login(session, user, pin, length);
  uint64_t *tries = tries_of(info.slotID);
  if (now->lock_after > 0 && *tries >= now->lock_after) return CKR_PIN_LOCKED;
  bool again = user == CKU_CONTEXT_SPECIFIC && now->always_authenticate;
  CK_RV rv = again ? context_specific(session, pin, length) : real->C_Login(session, user, pin, length);
  if (again && rv == CKR_OK) add_one("context logins");
  if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE) {
    add_one("wrong PINs");
    __atomic_add_fetch(tries, 1, __ATOMIC_SEQ_CST);
  }
  if (rv != CKR_OK) return rv;
  __atomic_store_n(tries, 0, __ATOMIC_SEQ_CST);
  memcpy(right_pin, pin, length);
  right_pin[length] = '\0';
  return rv;
}

void sign_begins(CK_SESSION_HANDLE session) { context_login[session % SESSIONS] = false; }

bool sign_wants_pin(CK_SESSION_HANDLE session) {
  return control()->always_authenticate && !context_login[session % SESSIONS];
}

bool is_logged_in(CK_SESSION_HANDLE session) {
  CK_SESSION_INFO info;
  return real->C_GetSessionInfo(session, &info) == CKR_OK &&
         (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}
