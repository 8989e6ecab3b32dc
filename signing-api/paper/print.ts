import type { PaperFormat } from '#core/wire/papers';
import { certificatePdf } from './pdf.ts';
import { qrPng } from './qr-png.ts';
import { qrSvg } from './qr-svg.ts';
import { qrSymbol } from './qr-symbol.ts';
import { qrText, type Paper } from './paper.ts';
import { WORDS } from './words.ts';

export const MEDIA_TYPES: Readonly<Record<PaperFormat, string>> = {
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
};

/** The whole page as PDF, or its QR code alone. The same paper gives the same bytes. */
export async function print(paper: Paper, format: PaperFormat): Promise<Uint8Array> {
  if (format === 'pdf') return certificatePdf(paper);
  const symbol = qrSymbol(qrText(paper));
  if (format === 'png') return qrPng(symbol);
  return new TextEncoder().encode(qrSvg(symbol, `${WORDS.qrAlt.vi} – ${WORDS.qrAlt.en}`));
}
