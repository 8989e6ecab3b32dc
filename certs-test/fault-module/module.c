#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

#define MAX_ATTRIBUTES 64
#define MAX_SIGNATURE_BYTES 1024

CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST faulty;

static void crash(void) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(SIGSEGV, SIG_DFL);
  raise(SIGSEGV);
}

static bool applies(const struct fault *fault, const char *function, uint64_t call) {
  return strcmp(fault->function, function) == 0 && (fault->at == 0 || fault->at == call);
}

static __thread bool crash_after;

/* Counts the call and does to it what is commanded. Anything but CKR_OK is the call's answer. */
static CK_RV begin(const char *function) {
  uint64_t call = add_one(function);
  const struct control *now = control();
  for (int i = 0; i < now->count; i++) {
    const struct fault fault = now->faults[i];
    if (!applies(&fault, function, call)) continue;
    struct timespec time = {fault.value / 1000, (fault.value % 1000) * 1000000L};
    if (fault.what == DELAY) nanosleep(&time, NULL);
    while (fault.what == HANG) pause();
    if (fault.what == CRASH) crash();
    if (fault.what == CRASH_AFTER) crash_after = true;
    if (fault.what == ANSWER) return fault.value;
  }
  return CKR_OK;
}

static CK_RV end(CK_RV rv) {
  if (crash_after) crash();
  return rv;
}

static CK_RV begin_in_session(const char *function, CK_SESSION_HANDLE session) {
  CK_RV rv = begin(function);
  return rv == CKR_OK ? session_check(session) : rv;
}

static CK_RV begin_at_slot(const char *function, CK_SLOT_ID slot) {
  CK_RV rv = begin(function);
  return rv == CKR_OK && token_gone(slot) ? CKR_TOKEN_NOT_PRESENT : rv;
}

#define FORWARD(name, begun, params, args)  \
  static CK_RV faulty_##name params {       \
    CK_RV rv = begun;                       \
    if (rv != CKR_OK) return rv;            \
    return end(real->name args);            \
  }
#define IN_SESSION(name, params, args) FORWARD(name, begin_in_session(#name, session), params, args)

FORWARD(C_Finalize, begin("C_Finalize"), (void *reserved), (reserved))
FORWARD(C_GetInfo, begin("C_GetInfo"), (CK_INFO * info), (info))
FORWARD(C_GetMechanismList, begin_at_slot("C_GetMechanismList", slot),
        (CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count), (slot, list, count))
FORWARD(C_GetMechanismInfo, begin_at_slot("C_GetMechanismInfo", slot),
        (CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info), (slot, type, info))
FORWARD(C_CloseAllSessions, begin_at_slot("C_CloseAllSessions", slot), (CK_SLOT_ID slot), (slot))
IN_SESSION(C_CloseSession, (CK_SESSION_HANDLE session), (session))
IN_SESSION(C_GetSessionInfo, (CK_SESSION_HANDLE session, CK_SESSION_INFO *info), (session, info))
IN_SESSION(C_Logout, (CK_SESSION_HANDLE session), (session))
IN_SESSION(C_FindObjectsInit, (CK_SESSION_HANDLE session, CK_ATTRIBUTE *template, CK_ULONG count),
           (session, template, count))
IN_SESSION(C_FindObjectsFinal, (CK_SESSION_HANDLE session), (session))

static CK_RV faulty_C_Initialize(void *args) {
  CK_RV rv = begin("C_Initialize");
  if (rv != CKR_OK) return rv;
  CK_C_INITIALIZE_ARGS *wanted = args;
  if (control()->no_os_locking && wanted && (wanted->flags & CKF_OS_LOCKING_OK)) return CKR_CANT_LOCK;
  rv = real->C_Initialize(args);
  if (rv == CKR_OK) token_initialised();
  return end(rv);
}

static CK_RV faulty_C_GetSlotList(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count) {
  CK_SLOT_ID all[MAX_SLOTS];
  CK_ULONG found = MAX_SLOTS, kept = 0;
  CK_RV rv = begin("C_GetSlotList");
  /* SoftHSM looks for new tokens when it is asked for the number */
  if (rv == CKR_OK) rv = real->C_GetSlotList(present, NULL, &found);
  found = MAX_SLOTS;
  if (rv == CKR_OK) rv = real->C_GetSlotList(present, all, &found);
  if (rv != CKR_OK) return rv;
  for (CK_ULONG i = 0; i < found; i++)
    if (!present || !token_gone(all[i])) all[kept++] = all[i];
  bool fits = list && *count >= kept;
  if (fits) memcpy(list, all, kept * sizeof *all);
  *count = kept;
  return end(list && !fits ? CKR_BUFFER_TOO_SMALL : CKR_OK);
}

static CK_RV faulty_C_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info) {
  CK_RV rv = begin("C_GetSlotInfo");
  if (rv == CKR_OK) rv = real->C_GetSlotInfo(slot, info);
  if (rv != CKR_OK) return rv;
  info->flags |= CKF_REMOVABLE_DEVICE;
  if (token_gone(slot)) info->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
  return end(rv);
}

static CK_RV faulty_C_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
  CK_RV rv = begin_at_slot("C_GetTokenInfo", slot);
  if (rv == CKR_OK) rv = real->C_GetTokenInfo(slot, info);
  if (rv == CKR_OK) token_info(slot, info);
  return end(rv);
}

static CK_RV faulty_C_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                                  CK_SESSION_HANDLE *session) {
  CK_RV rv = begin_at_slot("C_OpenSession", slot);
  if (rv != CKR_OK) return rv;
  if (control()->no_read_write && (flags & CKF_RW_SESSION)) return CKR_TOKEN_WRITE_PROTECTED;
  return end(real->C_OpenSession(slot, flags, application, notify, session));
}

static CK_RV faulty_C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length) {
  CK_RV rv = begin_in_session("C_Login", session);
  return rv == CKR_OK ? end(token_login(session, user, pin, length)) : rv;
}

static CK_RV faulty_C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG most,
                                  CK_ULONG *count) {
  CK_RV rv = begin_in_session("C_FindObjects", session);
  if (rv == CKR_OK) rv = real->C_FindObjects(session, objects, most, count);
  if (rv == CKR_OK && control()->hide_before_login && !is_logged_in(session)) *count = 0;
  return end(rv);
}

static bool is_private_key(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object) {
  CK_OBJECT_CLASS class = 0;
  CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
  return real->C_GetAttributeValue(session, object, &template, 1) == CKR_OK && class == CKO_PRIVATE_KEY;
}

static CK_RV faulty_C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *template,
                                        CK_ULONG count) {
  bool asked[MAX_ATTRIBUTES];
  CK_RV rv = begin_in_session("C_GetAttributeValue", session);
  for (CK_ULONG i = 0; i < count && i < MAX_ATTRIBUTES; i++) asked[i] = template[i].pValue == NULL;
  if (rv == CKR_OK) rv = real->C_GetAttributeValue(session, object, template, count);
  if (rv != CKR_OK) return rv;
  const struct control *now = control();
  for (CK_ULONG i = 0; i < count && i < MAX_ATTRIBUTES; i++) {
    CK_ATTRIBUTE *attribute = &template[i];
    if (now->empty_id && attribute->type == CKA_ID) attribute->ulValueLen = 0;
    if (now->always_authenticate && attribute->type == CKA_ALWAYS_AUTHENTICATE && attribute->pValue &&
        is_private_key(session, object))
      *(CK_BBOOL *)attribute->pValue = CK_TRUE;
    if (now->size_zero && asked[i]) attribute->ulValueLen = 0;
  }
  return end(rv);
}

static CK_RV faulty_C_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
  CK_RV rv = begin_in_session("C_SignInit", session);
  if (rv != CKR_OK) return rv;
  sign_begins(session);
  return end(real->C_SignInit(session, mechanism, key));
}

static CK_RV faulty_C_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG length, CK_BYTE *signature,
                           CK_ULONG *signature_length) {
  CK_RV rv = begin_in_session("C_Sign", session);
  if (rv != CKR_OK) return rv;
  if (sign_wants_pin(session)) {
    /* ends the operation that SoftHSM has begun: its signature goes nowhere */
    CK_BYTE nowhere[MAX_SIGNATURE_BYTES];
    CK_ULONG size = sizeof nowhere;
    real->C_Sign(session, data, length, nowhere, &size);
    return CKR_USER_NOT_LOGGED_IN;
  }
  rv = real->C_Sign(session, data, length, signature, signature_length);
  if (signature && rv != CKR_BUFFER_TOO_SMALL) sign_begins(session);
  if (signature && rv == CKR_OK) add_one("signatures");
  return end(rv);
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
  const char *path = getenv("KYSO_FAULT_BEHIND");
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  CK_C_GetFunctionList get = NULL;
  if (library) *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (!get || get(&real) != CKR_OK) return CKR_GENERAL_ERROR;
  faulty = *real;
  faulty.C_GetFunctionList = C_GetFunctionList;
#define TAKE(name) faulty.name = faulty_##name
  TAKE(C_Initialize), TAKE(C_Finalize), TAKE(C_GetInfo), TAKE(C_GetSlotList), TAKE(C_GetSlotInfo);
  TAKE(C_GetTokenInfo), TAKE(C_GetMechanismList), TAKE(C_GetMechanismInfo), TAKE(C_OpenSession);
  TAKE(C_CloseSession), TAKE(C_CloseAllSessions), TAKE(C_GetSessionInfo), TAKE(C_Login), TAKE(C_Logout);
  TAKE(C_FindObjectsInit), TAKE(C_FindObjects), TAKE(C_FindObjectsFinal), TAKE(C_GetAttributeValue);
  TAKE(C_SignInit), TAKE(C_Sign);
  *list = &faulty;
  return CKR_OK;
}
