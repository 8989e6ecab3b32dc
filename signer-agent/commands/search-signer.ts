import { isRefusal, Refusal, type Fault } from '#core/refusal';
import { findToken } from '../token/find-token.ts';
import { openPkcs11Token } from '../token/host.ts';
import {
  chooseAlgorithm,
  ensureMaySign,
  signerCertificates,
  type SignerCertificate,
} from '../token/signer-certificate.ts';
import type { TokenState } from '../token/token.ts';

/** Which token is meant, where the signer only plugged one in. */

export type Wanted = {
  readonly serial?: string | undefined;
  readonly label?: string | undefined;
  /** SHA-256 of the certificate, base64url */
  readonly certificate?: string | undefined;
};

export type FoundSigner = {
  readonly module: string;
  readonly state: TokenState;
  /** null where the token shows its certificates only after login */
  readonly signer: SignerCertificate | null;
};

/**
 * Looks through drivers, without a PIN, for the one certificate that can be signed with.
 * @param modules allowed, the preferred ones first: a token that two drivers show is taken from the first
 * @throws Refusal MODULE_ABSENT; TOKEN_ABSENT; SIGNER_CERTIFICATE_AMBIGUOUS, whose faults are the choices; TOKEN_AMBIGUOUS; else why what
 *   was found cannot be used
 */
export async function searchSigner(
  modules: readonly string[],
  wanted: Wanted,
  at: Date,
): Promise<FoundSigner> {
  if (modules.length === 0) throw new Refusal('MODULE_ABSENT');
  const { shown, failures } = await listAll(modules);
  const tokens = shown.filter(({ state }) => isWanted(state, wanted));
  if (tokens.length === 0)
    throw failures[0] ?? new Refusal('TOKEN_ABSENT', { detail: wanted.serial ?? wanted.label ?? 'no token' });

  const reasons: Refusal[] = [...failures];
  const found = tokens.flatMap(({ module, state }) =>
    signerCertificates(state.certificates)
      .filter(({ sha256 }) => (wanted.certificate ?? sha256) === sha256)
      .filter((signer) => isUsable(signer, state, at, reasons))
      .map((signer) => ({ module, state, signer })),
  );
  const choices = found.filter(
    (one, i) => found.findIndex(({ signer }) => signer.sha256 === one.signer.sha256) === i,
  );
  const [only, ...others] = choices;
  if (only && others.length === 0) return { ...only, state: findToken([only.state], {}) };
  if (only) throw ambiguous(choices);
  return { ...silentToken(tokens, reasons), signer: null };
}

type ShownToken = { readonly module: string; readonly state: TokenState };

async function listAll(modules: readonly string[]) {
  const shown: ShownToken[] = [];
  const failures: Refusal[] = [];
  for (const module of modules) {
    const token = openPkcs11Token(module);
    try {
      for (const state of await token.list()) shown.push({ module, state });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failures.push(error);
    } finally {
      await token.close();
    }
  }
  return { shown, failures };
}

function isWanted(state: TokenState, { serial, label }: Wanted): boolean {
  return (serial ?? state.serial) === state.serial && (label ?? state.label) === state.label;
}

function isUsable(signer: SignerCertificate, state: TokenState, at: Date, reasons: Refusal[]): boolean {
  try {
    ensureMaySign(signer, at);
    chooseAlgorithm(signer, state.algorithms, false);
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    reasons.unshift(error);
    return false;
  }
}

/** The one token that shows nothing: its PIN is tried there and nowhere else. */
function silentToken(tokens: readonly ShownToken[], reasons: readonly Refusal[]): ShownToken {
  const serials = new Set(tokens.map(({ state }) => state.serial));
  const silent = tokens.find(({ state }) => state.certificates.length === 0 && state.fault === undefined);
  if (silent && serials.size === 1) return silent;
  if (silent) throw new Refusal('TOKEN_AMBIGUOUS', { detail: [...serials].join(' ') });
  const fault = tokens.find(({ state }) => state.fault !== undefined)?.state.fault;
  throw reasons[0] ?? new Refusal(fault ?? 'SIGNER_CERTIFICATE_ABSENT');
}

function ambiguous(choices: readonly { state: TokenState; signer: SignerCertificate }[]): Refusal {
  const faults = choices.map(({ state, signer }) => choice(signer, state.label));
  return new Refusal('SIGNER_CERTIFICATE_AMBIGUOUS', { detail: 'name one by --certificate', faults });
}

/** What a person tells them apart by: unit, issuer, expiry, token. */
function choice({ sha256, subject, issuer, notAfter }: SignerCertificate, tokenLabel: string): Fault {
  const until = notAfter.toISOString().slice(0, 10).split('-').reverse().join('/');
  const text = [subject, issuer, until, tokenLabel].join(' · ');
  return { at: sha256, code: 'CHOICE', vi: text, en: text };
}
