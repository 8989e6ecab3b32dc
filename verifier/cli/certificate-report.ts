import { displayedFields } from '#core/certificate/fields';
import type { CertificateVerdict, Steps } from '../certificate/verdict.ts';
import type { Payload } from '../certificate/content.ts';
import { age, line } from './report-line.ts';

const STEP_NAMES: Readonly<Record<keyof Steps, string>> = {
  prefix: 'HC1',
  base45: 'Base45',
  zlib: 'zlib',
  cose: 'COSE',
  signature: 'chữ ký, signature',
  cbor: 'CBOR',
  schema: 'cấu trúc, schema',
  keyUsage: 'quyền ký, key usage',
  expiry: 'thời hạn, dates',
};

const groups = {
  v: 'tiêm chủng, vaccination',
  t: 'xét nghiệm, test',
  r: 'khỏi bệnh, recovery',
} as const;

/** What was asked of a certificate, what it says (only where its signature holds), who signed it, and how old the lists are. */
export function certificateLines(verdict: CertificateVerdict): string[] {
  const { payload, group, issuer, issuedAt, expiresAt, signer, kid } = verdict;
  return [
    line('Các bước', 'Steps', stepsText(verdict.steps)),
    ...(group === undefined || group === 'v' ? [] : [line('Loại', 'Kind', groups[group])]),
    ...(payload ? contentLines(payload) : []),
    ...(signer === undefined
      ? []
      : [line('Khóa ký', 'Signer', `${signer} (${issuer ?? '?'}, kid ${kid ?? ''})`)]),
    ...(signer === undefined && kid !== undefined ? [line('Khóa ký', 'Signer', `kid ${kid}`)] : []),
    ...(issuedAt === undefined ? [] : [line('Cấp lúc', 'Issued', issuedAt)]),
    ...(expiresAt === undefined ? [] : [line('Mã QR hết hạn', 'QR code expires', expiresAt)]),
    ...age('Tuổi danh sách tin cậy', 'Trust list age', verdict.trustAge),
    ...age('Tuổi danh sách khóa ký', 'Document signer list age', verdict.documentSignersAge),
    ...age('Tuổi danh sách thu hồi', 'Revocation list age', verdict.revocationsAge),
  ];
}

function stepsText(steps: Readonly<Steps>): string {
  const names = Object.keys(STEP_NAMES) as (keyof Steps)[];
  return names.map((name) => `${STEP_NAMES[name]} ${mark(steps[name])}`).join(' · ');
}

function mark(step: boolean | null): string {
  return step === null ? '–' : step ? '✓' : '✗';
}

function contentLines(payload: Payload): string[] {
  const { fnt, gnt } = payload.nam;
  const passport = line('Tên theo hộ chiếu', 'Name as in passports', [fnt, gnt ?? ''].join('<<'));
  if (!('v' in payload)) {
    const { fn, gn } = payload.nam;
    const name = [fn, gn].filter((part) => part !== undefined).join(' ');
    return [line('Họ và tên', 'Full name', name), passport, line('Ngày sinh', 'Date of birth', payload.dob)];
  }
  const [name = '', ...rest] = displayedFields(payload).map(({ number, label, value }) =>
    line(`${number} ${label.vi}`, label.en, value === null ? NOT_THERE : valueText(value)),
  );
  return [name, passport, ...rest];
}

const NOT_THERE = 'không có trong mã QR, not in the QR code';

function valueText({ vi, en }: { readonly vi: string; readonly en: string }): string {
  return vi === en ? vi : `${vi} · ${en}`;
}
