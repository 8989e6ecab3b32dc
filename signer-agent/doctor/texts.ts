import { refusalTexts } from '#core/refusal-texts';
import type { CheckReport, Link, LinkReport, WarningCode } from './report.ts';

/** The machine check as people read it ("Kiểm tra máy"), at the terminal and on the agent's page. */

type Text = { readonly vi: string; readonly en: string };

export const linkNames: Record<Link, Text> = {
  agent: { vi: 'Trình ký', en: 'Agent' },
  driver: { vi: 'Trình điều khiển', en: 'Driver' },
  token: { vi: 'Token', en: 'Token' },
  certificate: { vi: 'Chứng thư số', en: 'Signer certificate' },
  clock: { vi: 'Đồng hồ', en: 'Clock' },
  server: { vi: 'Máy chủ', en: 'Server' },
  revocation: { vi: 'Thu hồi', en: 'Revocation' },
};

export const stateNames: Record<LinkReport['state'], Text> = {
  ok: { vi: 'tốt', en: 'ok' },
  warning: { vi: 'lưu ý', en: 'warning' },
  broken: { vi: 'hỏng', en: 'broken' },
  'not-run': { vi: 'chưa kiểm tra', en: 'not checked' },
};

const expires = (days: string, inDays: string): Text => ({
  vi: `Chứng thư số hết hạn trong ${days} ngày tới. Hãy gia hạn ngay bây giờ.`,
  en: `The signer certificate expires within ${inDays}. Renew it now.`,
});

export const warningTexts: Record<WarningCode, Text> = {
  EXPIRES_30: expires('30', '30 days'),
  EXPIRES_14: expires('14', '14 days'),
  EXPIRES_7: expires('7', '7 days'),
  EXPIRES_1: expires('1', 'a day'),
  PIN_LOW: {
    vi: 'Mã PIN đã bị nhập sai trước đó. Hãy nhập cẩn thận.',
    en: 'A wrong PIN was entered before. Enter it with care.',
  },
  PIN_FINAL_TRY: {
    vi: 'Chỉ còn một lần thử PIN; sai lần này token bị khóa. Hãy hỏi lại mã PIN trước khi nhập.',
    en: 'One PIN try is left; a wrong PIN locks the token. Make sure of the PIN before you enter it.',
  },
};

/** What happened and what to do now; null where all is well or nothing was checked. */
export function adviceOf(report: LinkReport): Text | null {
  if (report.state === 'broken') return refusalTexts[report.code];
  return report.state === 'warning' ? warningTexts[report.code] : null;
}

const MARKS: Record<LinkReport['state'], string> = { ok: '✓', warning: '!', broken: '✗', 'not-run': '–' };

export function reportText({ links, firstBroken, supportCode }: CheckReport): string {
  return [
    ...links.flatMap(linkLines),
    '',
    firstBroken === null
      ? 'Máy sẵn sàng ký. / This machine is ready to sign.'
      : `Cần sửa trước: ${linkNames[firstBroken].vi}. / Mend first: ${linkNames[firstBroken].en}.`,
    `Mã hỗ trợ / Support code: ${supportCode}`,
  ].join('\n');
}

function linkLines(report: LinkReport): string[] {
  const { link, state, code, facts } = report;
  const advice = adviceOf(report);
  const head = `${MARKS[state]} ${linkNames[link].vi.padEnd(16)} ${stateNames[state].vi}${code === null ? '' : ` (${code})`}`;
  return [
    head,
    ...facts.map((fact) => `    ${fact}`),
    ...(advice ? [`    → ${advice.vi}`, `      ${advice.en}`] : []),
    ...(report.state === 'broken' && report.detail !== null ? [`      (${report.detail})`] : []),
  ];
}
