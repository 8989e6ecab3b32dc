import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { unitView } from '#core/wire/devices';
import * as f from '#core/sign/fields';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';

/** The agent's folder (0700): who this machine is enrolled as, the device key, the journal. Nothing personal is in it. */
export type Home = { readonly folder: string };

const ENROLMENT_FILE = 'enrolment.json';
export const MAX_PHRASE = 60;

const enrolmentShape = z.strictObject({
  api: z.string(),
  instance: f.instance,
  deviceId: f.uuid,
  unit: unitView,
  /** DER, base64, and its SHA-256: the one certificate this machine signs with */
  signerCertificate: f.der(16 * 1024),
  signerCertificateSha256: f.digest,
  /** where the key lies; enrolments of version 0.1 are of tokens */
  storage: f.keyStorage.default('token'),
  /** absolute path of the PKCS#11 driver, or of the PKCS#12 file */
  module: z.string(),
  token: z.strictObject({ serial: z.string(), label: z.string() }),
  /** file name of the device key in this folder */
  deviceKey: z.string().regex(/^device-[A-Za-z0-9_-]{43}\.pem$/),
  /** chosen by the signer; the agent's page shows it where it asks the PIN, so that no other page can pass for it */
  phrase: f.text(MAX_PHRASE).optional(),
});

export type Enrolment = z.infer<typeof enrolmentShape>;

/**
 * @param chosen --home; else KYSO_AGENT_HOME; else ~/.config/kyso-agent. The folder is made, for its owner only.
 * @throws Refusal CONFIG_INVALID where others may enter a folder that is in use
 */
export function openHome(chosen: string | undefined): Home {
  const folder = resolve(
    chosen ?? process.env['KYSO_AGENT_HOME'] ?? join(homedir(), '.config', 'kyso-agent'),
  );
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isOpen = (statSync(folder).mode & 0o077) !== 0;
  // an empty folder is closed; one with other things in it is somebody's, and not touched
  if (isOpen && readdirSync(folder).length > 0)
    throw new Refusal('CONFIG_INVALID', { detail: `others may enter ${folder}` });
  if (isOpen) chmodSync(folder, 0o700);
  return { folder };
}

/** @throws Refusal AGENT_NOT_ENROLLED, AGENT_STATE_DAMAGED */
export function readEnrolment(home: Home): Enrolment {
  let text: string;
  try {
    text = readFileSync(join(home.folder, ENROLMENT_FILE), 'utf8');
  } catch (cause) {
    throw new Refusal('AGENT_NOT_ENROLLED', { cause });
  }
  try {
    return readShape(enrolmentShape, JSON.parse(text) as unknown, 'AGENT_STATE_DAMAGED');
  } catch (cause) {
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: ENROLMENT_FILE, cause });
  }
}

/** Replaces the enrolment in one step: the device key that it names is there before. The key it replaces goes. */
export function writeEnrolment(home: Home, enrolment: Enrolment): void {
  const before = enrolledKey(home);
  const file = join(home.folder, ENROLMENT_FILE);
  writeFileSync(`${file}.new`, JSON.stringify(enrolment, null, 2) + '\n', { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  if (before !== undefined && before !== enrolment.deviceKey)
    rmSync(join(home.folder, before), { force: true });
}

function enrolledKey(home: Home): string | undefined {
  try {
    return readEnrolment(home).deviceKey;
  } catch {
    return undefined;
  }
}

/**
 * The API's origin, pinned at enrolment. Plain http only to this machine itself.
 * @throws Refusal CONFIG_INVALID
 */
export function apiOrigin(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: 'the API address is not a URL', cause });
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.origin)))
    throw new Refusal('CONFIG_INVALID', { detail: 'the API address must be https' });
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.pathname !== '/'
  )
    throw new Refusal('CONFIG_INVALID', { detail: 'the API address is an origin only' });
  return url.origin;
}

/** @param origin from apiOrigin */
export function isLoopback(origin: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(origin).hostname);
}
