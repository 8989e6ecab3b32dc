import { buffer } from 'node:stream/consumers';
import { checkNotes } from './check-notes.ts';
import { layOutFields, tableStructure } from './field-table.ts';
import { qrText, type Paper } from './paper.ts';
import { mm, newDocument, ornament, rule, write, type Doc, type Piece } from './pen.ts';
import { QUIET_ZONE, qrSymbol, SYMBOL_MM, symbolPath, type QrSymbol } from './qr-symbol.ts';
import { WATERMARK, WORDS } from './words.ts';

const LEFT = mm(20);
const RIGHT = mm(190);
const WIDTH = RIGHT - LEFT;
const TABLE_TOP = mm(46);
const SIDE = mm(SYMBOL_MM);
const QR_TOP = mm(277) - SIDE;

/**
 * The certificate on one A4 page: black on white, tagged (PDF/UA), Vietnamese with English below; folded into four, no fold crosses the
 * QR code. The same paper gives the same bytes. @throws Refusal PAPER_UNPRINTABLE where the content does not fit the page
 */
export async function certificatePdf(paper: Paper): Promise<Buffer> {
  const doc = newDocument(`${WORDS.title.vi} – ${WORDS.title.en}`, paper.issuedAt);
  const bytes = buffer(doc);
  draw(doc, paper);
  doc.end();
  return bytes;
}

function draw(doc: Doc, paper: Paper): void {
  const symbol = qrSymbol(qrText(paper));
  const frame = (SIDE / symbol.size) * QUIET_ZONE;
  const notesX = LEFT + SIDE + frame + mm(6);
  const table = layOutFields(doc, paper.fields, {
    x: LEFT,
    top: TABLE_TOP,
    width: WIDTH,
    lowest: QR_TOP - frame - mm(2),
  });
  if (paper.kind === 'sample') watermark(doc);
  for (const { bottom } of table.rows.slice(0, -1)) rule(doc, LEFT, bottom, WIDTH, 0.4);
  for (const y of [TABLE_TOP, table.bottom]) rule(doc, LEFT, y, WIDTH, 1.2);
  const document = doc.struct('Document', {}, [
    ...heading(doc, paper),
    tableStructure(doc, table),
    figure(doc, symbol),
    ...checkNotes(doc, { x: notesX, y: QR_TOP, width: RIGHT - notesX }, paper),
  ]);
  doc.addStructure(document);
  document.end();
}

function heading(doc: Doc, { issuer }: Paper): PDFKit.PDFStructureElement[] {
  const line = (text: string, font: Piece['style']['font'], size: number, y: number) => () =>
    write(doc, { text, style: { font, size }, x: LEFT, y, width: WIDTH });
  const english = (draw: () => void) => doc.struct('Span', { lang: 'en' }, draw);
  return [
    doc.struct('P', {}, [
      line(issuer.vi, 'strong', 10.5, mm(19)),
      english(line(issuer.en, 'italic', 9.5, mm(23.5))),
    ]),
    doc.struct('H1', {}, [
      line(WORDS.title.vi, 'strong', 22, mm(34.5)),
      english(line(WORDS.title.en, 'italic', 13, mm(41))),
    ]),
  ];
}

function figure(doc: Doc, symbol: QrSymbol): PDFKit.PDFStructureElement {
  const alt = `${WORDS.qrAlt.vi} – ${WORDS.qrAlt.en}`;
  const bbox = [LEFT, QR_TOP, LEFT + SIDE, QR_TOP + SIDE];
  // the types do not know bbox yet
  const options = { alt, bbox };
  return doc.struct('Figure', options, () => {
    const scale = SIDE / symbol.size;
    doc.save().translate(LEFT, QR_TOP).scale(scale).path(symbolPath(symbol)).fill().restore();
  });
}

/** Across the page, in outline, so that what lies under it stays legible. */
function watermark(doc: Doc): void {
  const [x, y] = [mm(105), mm(120)];
  ornament(doc, () => {
    doc.save().rotate(-50, { origin: [x, y] });
    doc.font('strong').fontSize(72).lineWidth(0.6);
    doc.text(WATERMARK, x - mm(150), y - 45, { width: mm(300), align: 'center', fill: false, stroke: true });
    doc.restore();
  });
}
