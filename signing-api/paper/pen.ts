import PDFDocument from 'pdfkit';
import { FONTS, type FontName } from './fonts.ts';

export type Doc = PDFKit.PDFDocument;
export type Style = { readonly font: FontName; readonly size: number };
/** A paragraph; y is the baseline of its first line. */
export type Piece = {
  readonly text: string;
  readonly style: Style;
  readonly x: number;
  readonly y: number;
  readonly width: number;
};

export const mm = (length: number) => (length * 72) / 25.4;

/** One empty A4 page, tagged, in Vietnamese, the same bytes for the same content and date. */
export function newDocument(title: string, madeAt: Date): Doc {
  // the types do not know PDF/UA yet
  const options: unknown = {
    size: 'A4',
    margin: 0,
    pdfVersion: '1.7',
    subset: 'PDF/UA',
    tagged: true,
    lang: 'vi-VN',
    displayTitle: true,
    info: { Title: title, Producer: 'kyso', Creator: 'kyso', CreationDate: madeAt, ModDate: madeAt },
  };
  const doc = new PDFDocument(options as PDFKit.PDFDocumentOptions);
  // parsed once, not for every document; the types know files only
  for (const [name, font] of Object.entries(FONTS)) doc.registerFont(name, font as unknown as Buffer);
  return doc.fillColor('black').strokeColor('black');
}

/** How far the last baseline of a piece lies below its first. */
export function heightUnder(doc: Doc, { text, style, width }: Piece): number {
  doc.font(style.font).fontSize(style.size);
  return doc.heightOfString(text, { width }) - doc.currentLineHeight();
}

export function write(doc: Doc, { text, style, x, y, width }: Piece): void {
  doc.font(style.font).fontSize(style.size).text(text, x, y, { width, baseline: 'alphabetic' });
}

/** The largest of some sizes at which a text stays on one line, else the smallest, at which it goes on below. */
export function largestFit(
  doc: Doc,
  text: string,
  font: FontName,
  sizes: readonly number[],
  width: number,
): Style {
  const style = (size: number): Style => ({ font, size });
  const size = sizes.find(
    (size) => heightUnder(doc, { text, style: style(size), x: 0, y: 0, width }) < size / 2,
  );
  return style(size ?? sizes.at(-1) ?? 10);
}

/** What is there for the eye only. */
export function ornament(doc: Doc, draw: () => void): void {
  doc.markContent('Artifact', { type: 'Layout' });
  draw();
  doc.endMarkedContent();
}

export function rule(doc: Doc, x: number, y: number, width: number, thickness: number): void {
  ornament(doc, () =>
    doc
      .lineWidth(thickness)
      .moveTo(x, y)
      .lineTo(x + width, y)
      .stroke(),
  );
}
