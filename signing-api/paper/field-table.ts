import type { Text } from '#core/certificate/display-names';
import { Refusal } from '#core/refusal';
import type { PaperField } from './paper.ts';
import { heightUnder, largestFit, mm, write, type Doc, type Piece, type Style } from './pen.ts';

const LABEL: Style = { font: 'regular', size: 10 };
const LABEL_EN: Style = { font: 'italic', size: 8.5 };
const VALUE_EN_SIZE = 9.5;
const NUMBER_WIDTH = mm(8);
const LABEL_WIDTH = mm(63);
const GAP = mm(3);
const LINE = 1.3;

/** Space above the first and below the last baseline of a row, and sizes of values: the widest that the page has room for. */
const SPACINGS = [
  { above: 16, below: 7.5, sizes: [12, 11, 10] },
  { above: 13.5, below: 4.5, sizes: [12, 11, 10] },
  { above: 13.5, below: 4.5, sizes: [12, 11, 10, 8] },
];
/** An identifier stays on one line. */
const WORD_SIZES = [12, 11, 10, 9, 8];
type Spacing = (typeof SPACINGS)[number];

type Row = {
  readonly number: Piece;
  readonly label: readonly [vi: Piece, en: Piece];
  /** English only where it differs */
  readonly value: readonly [vi: Piece, en?: Piece];
  readonly bottom: number;
};
export type Frame = {
  readonly x: number;
  readonly top: number;
  readonly width: number;
  readonly lowest: number;
};
export type FieldTable = { readonly rows: readonly Row[]; readonly bottom: number };

/**
 * Places the fields: label left, value right, English below the Vietnamese.
 * @throws Refusal PAPER_UNPRINTABLE where they are higher than the frame
 */
export function layOutFields(doc: Doc, fields: readonly PaperField[], frame: Frame): FieldTable {
  for (const spacing of SPACINGS) {
    const rows: Row[] = [];
    let bottom = frame.top;
    for (const field of fields) {
      const row = layOutRow(doc, field, rows.length + 1, { ...frame, top: bottom }, spacing);
      rows.push(row);
      bottom = row.bottom;
    }
    if (bottom <= frame.lowest) return { rows, bottom };
  }
  throw new Refusal('PAPER_UNPRINTABLE', { detail: 'the fields do not fit the page' });
}

/** A Table with a header cell in every row; draws as it is added to the document. */
export function tableStructure(doc: Doc, { rows }: FieldTable): PDFKit.PDFStructureElement {
  const draw = (piece: Piece) => () => write(doc, piece);
  const english = (piece: Piece) => doc.struct('Span', { lang: 'en' }, draw(piece));
  // the types do not know scope yet
  const rowHead = { lang: 'vi', scope: 'Row' };
  const cells = ({ number, label, value: [vi, en] }: Row) => [
    doc.struct('TH', rowHead, [draw(number), draw(label[0]), english(label[1])]),
    doc.struct('TD', {}, en ? [draw(vi), english(en)] : [draw(vi)]),
  ];
  return doc.struct(
    'Table',
    {},
    rows.map((row) => doc.struct('TR', {}, cells(row))),
  );
}

function layOutRow(doc: Doc, field: PaperField, number: number, frame: Frame, spacing: Spacing): Row {
  const y = frame.top + spacing.above;
  const labelX = frame.x + NUMBER_WIDTH;
  const label = pair(doc, field.label, LABEL, LABEL_EN, {
    x: labelX,
    y,
    width: LABEL_WIDTH - NUMBER_WIDTH - GAP,
  });
  const place = { x: frame.x + LABEL_WIDTH, y, width: frame.width - LABEL_WIDTH };
  const sizes = field.value.vi.includes(' ') ? spacing.sizes : WORD_SIZES;
  const style = largestFit(doc, field.value.vi, 'strong', sizes, place.width);
  const styleEn: Style = { font: 'italic', size: Math.min(VALUE_EN_SIZE, style.size) };
  const value = pair(doc, field.value, style, styleEn, place);
  const isSame = field.value.en === field.value.vi;
  const last = Math.max(label.last, isSame ? value.lastVi : value.last);
  return {
    number: { text: `${number}.`, style: LABEL, x: frame.x, y, width: NUMBER_WIDTH },
    label: label.pieces,
    value: isSame ? [value.pieces[0]] : value.pieces,
    bottom: last + spacing.below,
  };
}

/** Vietnamese, and English below. */
function pair(doc: Doc, text: Text, style: Style, styleEn: Style, place: Omit<Piece, 'text' | 'style'>) {
  const vi: Piece = { text: text.vi, style, ...place };
  const lastVi = place.y + heightUnder(doc, vi);
  const en: Piece = { text: text.en, style: styleEn, ...place, y: lastVi + styleEn.size * LINE };
  return { pieces: [vi, en] as const, lastVi, last: en.y + heightUnder(doc, en) };
}
