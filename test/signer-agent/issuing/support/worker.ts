import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documentSignerNamed, type Pki } from '#certs-test/pki';
import { fromBase64 } from '#core/bytes';
import { claimsOf, encodeClaims, expiryOf, type Issue } from '#core/certificate/claims';
import type { RecordLeaf } from '#core/record/record';
import type { Refusal } from '#core/refusal';
import { findPlaces } from '#signer-agent/issuing/find-places';
import { IssuingApi } from '#signer-agent/issuing/issuing-api';
import type { KeyPlace } from '#signer-agent/issuing/login-gate';
import { issuingKey } from '#signer-agent/issuing/issuing-key';
import { runIssuing, type IssuingOrder } from '#signer-agent/issuing/run-issuing';
import { openHome } from '#signer-agent/config';
import { dropSoftTokens, softTokens } from '#test/signer-agent/support/soft-tokens';
import { refusedLater } from '#test/support/refused';
import type { LyingApi } from './lying-api.ts';
import type { TrustFolder } from './signed-world.ts';

/** A copy of the test PKI whose Ministry tokens are open to the processes that this one starts. */
export async function ministryTokens(): Promise<Pki> {
  const pki = await softTokens();
  Object.assign(process.env, pki.ministryEnvironment);
  return pki;
}
export const dropMinistryTokens = dropSoftTokens;

export const kidNamed = (pki: Pki, name: string) => documentSignerNamed(pki, name).kid;

export function certificateNamed(pki: Pki, name: string): Uint8Array {
  return fromBase64(documentSignerNamed(pki, name).certificate) ?? new Uint8Array();
}

export type Scene = { readonly pki: Pki; readonly api: LyingApi; readonly trust: TrustFolder };
export type Ran = {
  /** codes of refused jobs, in order */
  readonly refused: string[];
};

export function newHome(): string {
  return mkdtempSync(join(tmpdir(), 'kyso-issuing-home-'));
}

/** Where the keys of these document signers lie. */
export function placesOf(pki: Pki, ...names: readonly string[]): Promise<KeyPlace[]> {
  const keys = names.map((name) => issuingKey(certificateNamed(pki, name), new Date()));
  return findPlaces(keys, { module: pki.modulePath, tokens: [] });
}

export function orderOf({ pki, api, trust }: Scene, home: string, changes: Partial<IssuingOrder> = {}) {
  return {
    home: openHome(home),
    api: new IssuingApi(api.origin, api.apiKey),
    trust: trust.trust,
    trustKeys: trust.trustKeys,
    policy: 'district' as const,
    requireToken: false,
    places: () => placesOf(pki, 'ministry-ec', 'ministry-rsa'),
    pin: { file: pki.files.pin },
    sessions: 1,
    limits: {},
    healthPort: null,
    untilEmpty: true,
    stop: new AbortController().signal,
    now: () => new Date(),
    paces: { idle: 50, first: 20, most: 100 },
    ...changes,
  } satisfies IssuingOrder;
}

/** Runs a worker in a home of its own until nothing waits. */
export async function work(
  scene: Scene,
  changes: Partial<IssuingOrder> = {},
  home: string | null = null,
): Promise<Ran> {
  const refused: string[] = [];
  const onRefused = (_: string, { code }: Refusal) => void refused.push(code);
  const folder = home ?? newHome();
  try {
    await runIssuing(orderOf(scene, folder, { onRefused, ...changes }));
  } finally {
    if (home === null) rmSync(folder, { recursive: true, force: true });
  }
  return { refused };
}

export const seconds = (at = Date.now()) => Math.floor(at / 1000);
let identifiers = 0;

export function issueNow(changes: Partial<Issue> = {}): Issue {
  const issuedAt = changes.issuedAt ?? seconds() - 60;
  const number = (++identifiers).toString(16).toUpperCase().padStart(32, '0');
  return { identifier: `URN:UVCI:01:VN:${number}`, issuedAt, expiresAt: expiryOf(issuedAt), ...changes };
}

/** CBOR, as an honest API makes it. */
export function claimsFor(record: RecordLeaf, changes: Partial<Issue> = {}): Uint8Array {
  return encodeClaims(claimsOf(record, issueNow(changes)));
}

export function secretFile(folder: string, name: string, content: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode });
  return path;
}

/** The code that a call is refused with. */
export async function refusedWith(run: () => unknown): Promise<string> {
  const { code } = await refusedLater(() => Promise.resolve().then(run));
  return code;
}
