import type { Text } from '#core/certificate/display-names';
import { cityDate } from '#core/dates';
import type { Paper } from './paper.ts';
import { heightUnder, write, type Doc, type Piece, type Style } from './pen.ts';
import { WORDS } from './words.ts';

const HEAD: Style = { font: 'strong', size: 12 };
const HEAD_EN: Style = { font: 'italic', size: 9.5 };
const TEXT: Style = { font: 'regular', size: 9.5 };
const TEXT_EN: Style = { font: 'italic', size: 8.5 };
const LINE = 1.3;
const GAP = 8;

/** What to do with the QR code, and how long: paragraphs beside it, from y on. */
export function checkNotes(doc: Doc, place: Pick<Piece, 'x' | 'y' | 'width'>, paper: Paper) {
  let y = place.y;
  const line = (text: string, style: Style) => {
    const piece = { ...place, text, style, y };
    write(doc, piece);
    y += heightUnder(doc, piece);
  };
  const both = (tag: string, { vi, en }: Text, style: Style, styleEn: Style) =>
    doc.struct(tag, {}, [
      () => {
        y += style.size;
        line(vi, style);
      },
      doc.struct('Span', { lang: 'en' }, () => {
        y += styleEn.size * LINE;
        line(en, styleEn);
        y += GAP;
      }),
    ]);
  const note = (words: Text) => both('P', words, TEXT, TEXT_EN);
  const dated = ({ vi, en }: Text, at: Date) => {
    const day = cityDate(at);
    return note({ vi: `${vi}: ${day.split('-').reverse().join('/')}`, en: `${en}: ${day}` });
  };
  return [
    both('H2', WORDS.check, HEAD, HEAD_EN),
    note(WORDS.scan),
    note(WORDS.identity),
    note(WORDS.fold),
    dated(WORDS.issued, paper.issuedAt),
    dated(WORDS.expires, paper.expiresAt),
  ];
}
