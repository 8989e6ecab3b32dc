import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { base64url, concat, utf8 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Home } from './config.ts';

/** The device key (P-256, file mode 0600): proves which machine redeems a ticket. It never signs what a token signs. */
export type DeviceKey = { readonly file: string; readonly spki: Uint8Array; readonly privateKey: KeyObject };

const ENROL_DOMAIN = utf8('kyso/enrol/v1\u0000');
const DEVICE_DOMAIN = utf8('kyso/device/v1\u0000');
const ZERO = Uint8Array.of(0);

/** Makes a key beside the one in use: it counts from the moment the enrolment names its file. */
export function makeDeviceKey(home: Home): DeviceKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = withPublic(privateKey);
  writeFileSync(join(home.folder, key.file), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
    flush: true,
  });
  return key;
}

/** @throws Refusal AGENT_STATE_DAMAGED where the file is missing, or is not the key its name says */
export function readDeviceKey(home: Home, file: string): DeviceKey {
  try {
    const key = withPublic(createPrivateKey(readFileSync(join(home.folder, file))));
    if (key.file === file) return key;
  } catch (cause) {
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'device key', cause });
  }
  throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'device key of another name' });
}

/** DER ECDSA over "kyso/enrol/v1" ‖ 00 ‖ code ‖ 00 ‖ SHA-256(signer certificate) (core/wire/devices.ts). */
export function proveEnrolment(key: DeviceKey, code: string, signerCertificate: Uint8Array): Uint8Array {
  return prove(key, concat(ENROL_DOMAIN, utf8(code), ZERO, sha256(signerCertificate)));
}

/** DER ECDSA over "kyso/device/v1" ‖ 00 ‖ nonce ‖ SHA-256(ticket) (core/wire/signing-sessions.ts). */
export function proveTicket(key: DeviceKey, nonce: Uint8Array, ticket: string): Uint8Array {
  return prove(key, concat(DEVICE_DOMAIN, nonce, ticketSha256(ticket)));
}

export function ticketSha256(ticket: string): Uint8Array {
  return sha256(utf8(ticket));
}

function prove(key: DeviceKey, message: Uint8Array): Uint8Array {
  return sign('sha256', message, key.privateKey);
}

function withPublic(privateKey: KeyObject): DeviceKey {
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return { file: `device-${base64url(sha256(spki))}.pem`, spki, privateKey };
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
