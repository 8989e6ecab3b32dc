import { isRefusal, refusals, Refusal, type RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import { openPkcs11Token } from '../token/host.ts';
import { allowModule, knownModules } from '../token/modules.ts';
import { refusePin } from '../token/pin-state.ts';
import {
  chooseAlgorithm,
  ensureMaySign,
  signerCertificates,
  type SignerCertificate,
} from '../token/signer-certificate.ts';
import type { PinState, SignatureAlgorithm, TokenState } from '../token/token.ts';

export type CertificateReport = {
  readonly sha256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly keyType: string;
  /** why it cannot be signed with, or null */
  readonly unusable: RefusalCode | null;
};

export type TokenReport = {
  readonly module: string;
  readonly serial: string;
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly pin: PinState;
  readonly algorithms: readonly SignatureAlgorithm[];
  readonly certificates: readonly CertificateReport[];
  /** why the token cannot be signed with, or null */
  readonly unusable: RefusalCode | null;
};

export type TokensReport = {
  readonly tokens: readonly TokenReport[];
  /** modules that could not be asked */
  readonly failed: readonly { readonly module: string; readonly code: RefusalCode }[];
};

/** `kyso agent tokens`: every token of one module, or of the known modules on this machine. Needs no PIN. */
export async function tokensCommand(modulePath: string | undefined, at: Date): Promise<TokensReport> {
  const tokens: TokenReport[] = [];
  const failed: { module: string; code: RefusalCode }[] = [];
  for (const module of modulePath === undefined ? knownModules() : [allowModule(modulePath)]) {
    const token = openPkcs11Token(module);
    try {
      for (const state of await token.list()) tokens.push(reportOf(module, state, at));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      failed.push({ module, code: error.code });
    } finally {
      await token.close();
    }
  }
  return { tokens, failed };
}

export function tokensText({ tokens, failed }: TokensReport): string {
  if (tokens.length + failed.length === 0) return refusalTexts.TOKEN_ABSENT.vi;
  return [
    ...tokens.flatMap((token) => [
      `${token.label} · số sê-ri ${token.serial} · ${token.manufacturer} ${token.model} · PIN ${token.pin} · ${usable(token.unusable)}`,
      ...token.certificates.map(
        (certificate) =>
          `  ${certificate.subject} · cấp bởi ${certificate.issuer} · đến ${certificate.notAfter.slice(0, 10)}` +
          ` · ${certificate.keyType} · ${usable(certificate.unusable)}`,
      ),
      `  ${token.module}`,
    ]),
    ...failed.map(({ module, code }) => `${module}: ${code} ${refusalTexts[code].vi}`),
  ].join('\n');
}

function reportOf(module: string, state: TokenState, at: Date): TokenReport {
  const { serial, label, manufacturer, model, pin, algorithms } = state;
  const signers = signerCertificates(state.certificates);
  const certificates = signers.map((certificate) => certificateReport(certificate, state, at));
  const fault = state.fault ?? codeOf(() => refusePin(state, true));
  // a token that shows its certificates only after login may well be usable
  const none = certificates.length > 0 && certificates.every(({ unusable }) => unusable !== null);
  const unusable = fault ?? (none ? (certificates[0]?.unusable ?? null) : null);
  return { module, serial, label, manufacturer, model, pin, algorithms, certificates, unusable };
}

function certificateReport(certificate: SignerCertificate, state: TokenState, at: Date): CertificateReport {
  const { sha256, subject, issuer, notBefore, notAfter, keyType } = certificate;
  const unusable = codeOf(() => {
    ensureMaySign(certificate, at);
    chooseAlgorithm(certificate, state.algorithms, false);
  });
  return {
    sha256,
    subject,
    issuer,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    keyType,
    unusable,
  };
}

function codeOf(check: () => void): RefusalCode | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

function usable(code: RefusalCode | null): string {
  if (code === null) return 'dùng được';
  return `${refusals[code].fixable ? 'chưa' : 'không'} dùng được: ${code} ${refusalTexts[code].vi}`;
}
