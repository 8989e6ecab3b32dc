import type { RefusalCode } from '#core/refusal';
import type { Verdict } from './verdict.ts';

/** The eight states that people see (formats §4). Programs read verdict and reasons. */
export const states = {
  valid: { vi: 'Hợp lệ', en: 'Valid' },
  invalid: { vi: 'Không hợp lệ', en: 'Not valid' },
  revoked: { vi: 'Đã thu hồi', en: 'Revoked' },
  superseded: { vi: 'Đã thay thế', en: 'Superseded' },
  expired: { vi: 'Mã QR hết hạn', en: 'QR code expired' },
  untrusted: { vi: 'Đơn vị ký không tin cậy', en: 'Signing unit not trusted' },
  unreadable: { vi: 'Không đọc được mã', en: 'Cannot be read' },
  unchecked: { vi: 'Chưa kiểm tra được', en: 'Could not be checked' },
} as const;

export type State = keyof typeof states;

const UNTRUSTED: readonly RefusalCode[] = [
  'SIGNER_UNTRUSTED',
  'SIGNER_OF_OTHER_UNIT',
  'SIGNER_NOT_ON_TOKEN',
  'DOCUMENT_SIGNER_UNKNOWN',
];

/** `expired` and `unreadable` are said of certificates and of files that could not be read, not of evidence. */
export function stateOf({ verdict, reasons }: Pick<Verdict, 'verdict' | 'reasons'>): State {
  if (verdict === 'undetermined') return 'unchecked';
  if (verdict !== 'invalid') return verdict;
  const [first] = reasons;
  if (first === 'HC1_UNREADABLE') return 'unreadable';
  if (first === 'HC1_EXPIRED') return 'expired';
  return UNTRUSTED.some((code) => code === first) ? 'untrusted' : 'invalid';
}
