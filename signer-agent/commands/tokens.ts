import { refusals, type RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import { listAllTokens } from '../token/all-tokens.ts';
import { certificateChoices, refusalCode, type CertificateChoice } from '../token/certificate-choices.ts';
import { allowModule } from '../token/modules.ts';
import { refusePin } from '../token/pin-state.ts';
import type { PinState, SignatureAlgorithm, TokenState } from '../token/token.ts';

export type CertificateReport = {
  readonly sha256: string;
  readonly subject: string;
  /** as the certificate names it */
  readonly unit: string;
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

/**
 * `kyso agent tokens`: every token of these modules, by absolute path. Needs no PIN.
 * @throws Refusal MODULE_NOT_ALLOWED, MODULE_ABSENT
 */
export async function tokensCommand(modules: readonly string[], at: Date): Promise<TokensReport> {
  const { tokens, failed } = await listAllTokens(modules.map(allowModule));
  return {
    tokens: tokens.map(({ module, state }) => reportOf(module, state, at)),
    failed: failed.map(({ module, refusal }) => ({ module, code: refusal.code })),
  };
}

export function tokensText({ tokens, failed }: TokensReport): string {
  if (tokens.length + failed.length === 0) return refusalTexts.TOKEN_ABSENT.vi;
  return [
    ...tokens.flatMap((token) => [
      `${token.label} · số sê-ri ${token.serial} · ${token.manufacturer} ${token.model} · PIN ${token.pin} · ${usable(token.unusable)}`,
      ...token.certificates.map(
        (certificate) =>
          `  ${certificate.unit} · cấp bởi ${certificate.issuer} · đến ${certificate.notAfter.slice(0, 10)}` +
          ` · ${certificate.keyType} · ${usable(certificate.unusable)}`,
      ),
      `  ${token.module}`,
    ]),
    ...failed.map(({ module, code }) => `${module}: ${code} ${refusalTexts[code].vi}`),
  ].join('\n');
}

function reportOf(module: string, state: TokenState, at: Date): TokenReport {
  const { serial, label, manufacturer, model, pin, algorithms } = state;
  const certificates = certificateChoices(state, at).map(certificateReport);
  const fault = state.fault ?? refusalCode(() => refusePin(state, true));
  // a token that shows its certificates only after login may well be usable
  const none = certificates.length > 0 && certificates.every(({ unusable }) => unusable !== null);
  const unusable = fault ?? (none ? (certificates[0]?.unusable ?? null) : null);
  return { module, serial, label, manufacturer, model, pin, algorithms, certificates, unusable };
}

function certificateReport({ certificate, unusable }: CertificateChoice): CertificateReport {
  const { sha256, subject, unit, issuer, notBefore, notAfter, keyType } = certificate;
  return {
    sha256,
    subject,
    unit,
    issuer,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    keyType,
    unusable,
  };
}

function usable(code: RefusalCode | null): string {
  if (code === null) return 'dùng được';
  return `${refusals[code].fixable ? 'chưa' : 'không'} dùng được: ${code} ${refusalTexts[code].vi}`;
}
