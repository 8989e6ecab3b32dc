import type { RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import type { CertificateVerdict } from '../certificate/verdict.ts';
import { states, type State } from '../states.ts';
import type { AttestationVerdict, Verdict } from '../verdict.ts';
import { certificateLines } from './certificate-report.ts';
import { age, line } from './report-line.ts';

/** One input's answer as it is printed. */
export type Answer = {
  readonly file: string;
  readonly state: State;
  readonly exitCode: number;
  readonly verdict: Judged;
};

/** Of evidence, or of a certificate. */
export type Judged = Verdict | CertificateVerdict;

/** One line of `--json`: the verdict's own members, with `file`, `state` and `exitCode`. */
export function jsonLine({ file, state, exitCode, verdict }: Answer): string {
  return JSON.stringify({ file, state, exitCode, ...verdict });
}

/** For people: Vietnamese first, English beside it. Of evidence it names nobody but the signing unit; of a certificate, what it says. */
export function textReport({ file, state, verdict }: Answer): string {
  const { vi, en } = states[state];
  return [
    `${file}: ${vi.toUpperCase()} · ${en}`,
    ...('steps' in verdict ? certificateLines(verdict) : evidenceLines(verdict)),
    ...verdict.reasons.map(reasonLine),
    ...(verdict.verdict === 'valid' ? [] : verdict.details.map((detail) => `    ${detail}`)),
  ].join('\n');
}

function evidenceLines(verdict: Verdict): string[] {
  return [
    ...(verdict.recordId === undefined
      ? []
      : [line('Hồ sơ', 'Record', `${verdict.recordId} v${String(verdict.recordVersion)}`)]),
    ...verdict.attestations.flatMap(attestationLines),
    ...age('Tuổi danh sách tin cậy', 'Trust list age', verdict.trustAge),
    ...age('Tuổi danh sách tình trạng', 'Status list age', verdict.statusAge),
  ];
}

function reasonLine(code: RefusalCode): string {
  return `  ${code}: ${refusalTexts[code].vi} · ${refusalTexts[code].en}`;
}

const kinds = { district: 'quận/huyện, district', facility: 'cơ sở tiêm, facility' } as const;
const storages = { token: 'USB token/HSM', software: 'phần mềm, software' } as const;

const timeSources = {
  now: 'giờ xét, time of asking',
  timestamp: 'dấu thời gian chứng minh, proven by a time stamp',
} as const;

function attestationLines(one: AttestationVerdict): string[] {
  const lines: string[] = [];
  if (one.kind !== undefined)
    lines.push(
      line('Đơn vị ký', 'Signing unit', `${one.unitName ?? ''} (${one.unit ?? ''}, ${kinds[one.kind]})`),
    );
  if (one.signer !== undefined)
    lines.push(
      line('Người ký', 'Signer', one.signer + (one.keyStorage ? ` (${storages[one.keyStorage]})` : '')),
    );
  if (one.count !== undefined)
    lines.push(line('Danh sách', 'List', `${one.count} hồ sơ, records; ${one.shortDigest ?? ''}`));
  if (one.index !== undefined)
    lines.push(line('Ký riêng', 'Signed by itself', `${one.index + 1}/${one.count ?? ''}`));
  if (one.claimedSigningTime !== undefined)
    lines.push(line('Giờ ký khai báo', 'Claimed signing time', one.claimedSigningTime));
  lines.push(line('Xét tại', 'Judged at', `${one.judgedTime} (${timeSources[one.timeSource]})`));
  return lines;
}
