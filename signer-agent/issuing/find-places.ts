import { sameBytes } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { openPkcs11Token, type Deadlines } from '../token/host.ts';
import { openPkcs12Token } from '../token/pkcs12.ts';
import type { Token, TokenState } from '../token/token.ts';
import type { IssuingKey } from './issuing-key.ts';
import type { KeyPlace } from './login-gate.ts';

/** the longest that a timer can be set to (24 days): a worker that has nothing to do keeps its sessions; the ordinary signer's do end */
const WORKER: Partial<Deadlines> = { idleMs: 2_147_483_647 };

export type Hsm = {
  /** absolute path of the PKCS#11 driver */
  readonly module: string;
  /** serial numbers or labels of the tokens that may be used; empty for all that it shows */
  readonly tokens: readonly string[];
};

/**
 * Where each key lies: on the token that shows its certificate, or on the one token that there is to choose from. Needs no PIN.
 * @param keys those that must be found; with `anyOf` those that are found, at least one
 * @throws Refusal SIGNER_CERTIFICATE_ABSENT, TOKEN_ABSENT, TOKEN_AMBIGUOUS, MODULE_NOT_ALLOWED, MODULE_FAILED; CONFIG_INVALID
 */
export async function findPlaces(
  keys: readonly IssuingKey[],
  { module, tokens }: Hsm,
  {
    anyOf = false,
    open = () => openPkcs11Token(module, WORKER),
  }: { anyOf?: boolean; open?: () => Token } = {},
): Promise<KeyPlace[]> {
  demandDifferent(keys);
  const shown = (await listOf(open())).filter(
    ({ serial, label }) => tokens.length === 0 || tokens.includes(serial) || tokens.includes(label),
  );
  if (shown.length === 0) throw new Refusal('TOKEN_ABSENT', { detail: tokens.join(', ') || 'no token' });
  const places = keys.flatMap((key): KeyPlace[] => {
    const token = tokenOf(key, shown, anyOf);
    return token ? [{ key, token: { serial: token.serial }, open }] : [];
  });
  if (places.length === 0) throw new Refusal('SIGNER_CERTIFICATE_ABSENT', { detail: 'none of the list' });
  return places;
}

/**
 * Keys in PKCS#12 files, for where no HSM is: the n-th file holds the n-th key.
 * @throws Refusal CONFIG_INVALID, PKCS12_UNREADABLE, PKCS12_NOT_PRIVATE
 */
export function placesInFiles(keys: readonly IssuingKey[], files: readonly string[]): KeyPlace[] {
  demandDifferent(keys);
  if (files.length !== keys.length)
    throw new Refusal('CONFIG_INVALID', { detail: 'as many --pkcs12 as --certificate' });
  return keys.map((key, i) => {
    const open = () => openPkcs12Token(files[i] ?? '', WORKER);
    return { key, token: {}, open };
  });
}

async function listOf(token: Token): Promise<readonly TokenState[]> {
  try {
    return await token.list();
  } finally {
    await token.close();
  }
}

function tokenOf(key: IssuingKey, shown: readonly TokenState[], anyOf: boolean): TokenState | null {
  const holders = shown.filter(({ certificates }) =>
    certificates.some((der) => sameBytes(der, key.certificate)),
  );
  const [holder, ...others] = holders;
  if (others.length > 0) throw new Refusal('TOKEN_AMBIGUOUS', { detail: key.kid });
  if (holder) return holder;
  if (anyOf) return null;
  // the token need not hold the certificate: its key is compared when it is opened
  const [only, ...more] = shown;
  if (only && more.length === 0) return only;
  throw new Refusal('SIGNER_CERTIFICATE_ABSENT', { detail: `${key.kid}: tell its token` });
}

function demandDifferent(keys: readonly IssuingKey[]): void {
  if (keys.length === 0) throw new Refusal('CERTIFICATE_KEY_NONE');
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length)
    throw new Refusal('CONFIG_INVALID', { detail: 'two certificates with one kid' });
}
