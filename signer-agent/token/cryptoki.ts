/** The numbers of PKCS#11 that the agent needs, by the standard's own names (PKCS#11 v2.40 and v3.0). */

export const CKF = {
  // slots, tokens
  TOKEN_INITIALIZED: 0x400,
  PROTECTED_AUTHENTICATION_PATH: 0x100,
  USER_PIN_INITIALIZED: 0x8,
  USER_PIN_COUNT_LOW: 0x10000,
  USER_PIN_FINAL_TRY: 0x20000,
  USER_PIN_LOCKED: 0x40000,
  // sessions and initialisation
  OS_LOCKING_OK: 0x2,
  SERIAL_SESSION: 0x4,
} as const;

export const CKU = { USER: 1, CONTEXT_SPECIFIC: 2 } as const;

export const CKO = { CERTIFICATE: 1, PUBLIC_KEY: 2, PRIVATE_KEY: 3 } as const;

export const CKK = { RSA: 0, EC: 3 } as const;

export const CKA = {
  CLASS: 0x0,
  VALUE: 0x11,
  KEY_TYPE: 0x100,
  ID: 0x102,
  MODULUS: 0x120,
  EC_POINT: 0x181,
  ALWAYS_AUTHENTICATE: 0x202,
} as const;

export const CKM = {
  RSA_PKCS: 0x1,
  RSA_PKCS_PSS: 0xd,
  SHA256_RSA_PKCS: 0x40,
  SHA256_RSA_PKCS_PSS: 0x43,
  SHA256: 0x250,
  ECDSA: 0x1041,
  ECDSA_SHA256: 0x1044,
  ECDSA_SHA384: 0x1045,
} as const;

export const CKG_MGF1_SHA256 = 2;
