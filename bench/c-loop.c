/*
 * The floor of the PKCS#11 layer: C_SignInit and C_Sign in a loop, with nothing else done.
 *
 *   c-loop MODULE SERIAL MECHANISM INPUT-BYTES COUNT [SPKI]   (the PIN on standard input; wall and CPU seconds on standard output)
 *
 * With SPKI, a file with the DER of an ECDSA key, every signature is verified too (needs OpenSSL's headers at compile time).
 */
#include <dlfcn.h>
#include <pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef WITH_OPENSSL
#include <openssl/evp.h>
#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#endif

#define MUST(call) must(call, #call)
static void must(CK_RV rv, const char *call) {
  if (rv == CKR_OK) return;
  fprintf(stderr, "%s: 0x%lx\n", call, rv);
  exit(1);
}

static CK_FUNCTION_LIST *load(const char *path) {
  CK_C_GetFunctionList get = NULL;
  CK_FUNCTION_LIST *list;
  void *library = dlopen(path, RTLD_NOW);
  if (library) *(void **)&get = dlsym(library, "C_GetFunctionList");
  if (!get) must(CKR_GENERAL_ERROR, path);
  MUST(get(&list));
  return list;
}

static CK_SLOT_ID slot_of(CK_FUNCTION_LIST *p11, const char *serial) {
  CK_SLOT_ID slots[64];
  CK_ULONG count = 64;
  CK_TOKEN_INFO info;
  MUST(p11->C_GetSlotList(CK_TRUE, slots, &count));
  for (CK_ULONG i = 0; i < count; i++) {
    MUST(p11->C_GetTokenInfo(slots[i], &info));
    if (strncmp((char *)info.serialNumber, serial, strlen(serial)) == 0) return slots[i];
  }
  must(CKR_TOKEN_NOT_PRESENT, serial);
  return 0;
}

static CK_OBJECT_HANDLE private_key(CK_FUNCTION_LIST *p11, CK_SESSION_HANDLE session) {
  CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
  CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof class};
  CK_OBJECT_HANDLE key;
  CK_ULONG count = 0;
  MUST(p11->C_FindObjectsInit(session, &template, 1));
  MUST(p11->C_FindObjects(session, &key, 1, &count));
  MUST(p11->C_FindObjectsFinal(session));
  if (count == 0) must(CKR_KEY_HANDLE_INVALID, "no private key");
  return key;
}

#ifdef WITH_OPENSSL
static EVP_PKEY_CTX *verifier(const char *path) {
  unsigned char der[512];
  const unsigned char *at = der;
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(der, 1, sizeof der, file) : 0;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)length);
  EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
  if (!context || EVP_PKEY_verify_init(context) != 1) must(CKR_GENERAL_ERROR, path);
  return context;
}

static void verify(EVP_PKEY_CTX *context, unsigned char *raw, CK_ULONG length, unsigned char *digest, CK_ULONG size) {
  unsigned char *der = NULL;
  ECDSA_SIG *signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(raw, (int)length / 2, NULL), BN_bin2bn(raw + length / 2, (int)length / 2, NULL));
  int der_length = i2d_ECDSA_SIG(signature, &der);
  if (EVP_PKEY_verify(context, der, (size_t)der_length, digest, size) != 1) must(CKR_SIGNATURE_INVALID, "verify");
  OPENSSL_free(der);
  ECDSA_SIG_free(signature);
}
#endif

static double seconds(struct timespec begin, struct timespec end) {
  return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

int main(int argc, char **argv) {
  char pin[64] = "";
  unsigned char input[512] = {0}, signature[1024];
  struct timespec begin, end, cpu_begin, cpu_end;
  if (argc < 6 || !fgets(pin, sizeof pin, stdin)) return 2;
  pin[strcspn(pin, "\n")] = '\0';
  CK_FUNCTION_LIST *p11 = load(argv[1]);
  CK_MECHANISM mechanism = {strtoul(argv[3], NULL, 0), NULL, 0};
  CK_ULONG size = strtoul(argv[4], NULL, 0);
  long count = atol(argv[5]);
  CK_SESSION_HANDLE session;
  MUST(p11->C_Initialize(NULL));
  MUST(p11->C_OpenSession(slot_of(p11, argv[2]), CKF_SERIAL_SESSION, NULL, NULL, &session));
  MUST(p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)));
  CK_OBJECT_HANDLE key = private_key(p11, session);
#ifdef WITH_OPENSSL
  EVP_PKEY_CTX *context = argc > 6 ? verifier(argv[6]) : NULL;
#else
  if (argc > 6) return 2;
#endif
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_begin);
  clock_gettime(CLOCK_MONOTONIC, &begin);
  for (long i = 0; i < count; i++) {
    CK_ULONG length = sizeof signature;
    memcpy(input + size - sizeof i, &i, sizeof i);
    MUST(p11->C_SignInit(session, &mechanism, key));
    MUST(p11->C_Sign(session, input, size, signature, &length));
#ifdef WITH_OPENSSL
    if (context) verify(context, signature, length, input, size);
#endif
  }
  clock_gettime(CLOCK_MONOTONIC, &end);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu_end);
  printf("%.6f %.6f\n", seconds(begin, end), seconds(cpu_begin, cpu_end));
  return p11->C_Finalize(NULL) == CKR_OK ? 0 : 1;
}
