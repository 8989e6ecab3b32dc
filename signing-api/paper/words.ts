import type { Text } from '#core/certificate/display-names';

/** What the paper says beside the certificate's own fields, Vietnamese first. */
export const WORDS = {
  title: { vi: 'Chứng nhận tiêm chủng COVID-19', en: 'COVID-19 vaccination certificate' },
  qrAlt: {
    vi: 'Mã QR của chứng nhận, dùng để kiểm tra bằng máy',
    en: 'QR code of the certificate, to be checked by machine',
  },
  check: { vi: 'Kiểm tra chứng nhận', en: 'Checking the certificate' },
  scan: {
    vi: 'Bản in chỉ có giá trị khi mã QR kiểm tra hợp lệ.',
    en: 'This print counts only if its QR code verifies as valid.',
  },
  identity: {
    vi: 'Xuất trình cùng giấy tờ tùy thân.',
    en: 'Show it together with an identity document.',
  },
  fold: { vi: 'Không gấp qua mã QR.', en: 'Do not fold across the QR code.' },
  notStated: { vi: 'Theo giấy tờ tùy thân', en: 'As in the identity document' },
  issued: { vi: 'Ngày cấp', en: 'Issued' },
  expires: { vi: 'Mã QR hết hạn', en: 'QR code expires' },
  sample: { vi: 'MẪU – không có giá trị', en: 'SAMPLE – not valid' },
  ministry: 'Bộ Y tế Việt Nam',
} as const satisfies Record<string, Text | string>;

export const WATERMARK = 'MẪU – SAMPLE';
