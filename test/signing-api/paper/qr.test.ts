import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { certificatePdf } from '#signing-api/paper/pdf';
import { qrText, type SamplePaper, type SignedPaper } from '#signing-api/paper/paper';
import { print } from '#signing-api/paper/print';
import { qrSymbol } from '#signing-api/paper/qr-symbol';
import { readPaper } from '#signing-api/paper/read-paper';
import { samplePaper } from '#signing-api/paper/sample-paper';
import { hc1Text, someText, unsignedCose } from './certificates.ts';
import { pictureOf, pixelsOf } from './poppler.ts';
import { onlyCode } from './qr-reader.ts';

const MM_AT_150 = 25.4 / 150;
const familyName = 'Nguyễn'.padEnd(78, 'ễ');
const long = { name: `${familyName} ${'Thị Ánh'.padEnd(78, 'Á')}`, familyName };

describe('the QR code', () => {
  it('is read from the page at 150 dpi, with what was issued', async () => {
    for (const text of [someText(), hc1Text(unsignedCose(long))]) {
      const code = await onlyCode(pictureOf(await certificatePdf(readPaper(text, 'VN')), 150));
      expect(code.text).toBe(text);
      expect(JSON.parse(code.extra)).toMatchObject({ ECLevel: 'M' });
    }
  });

  it('is at least 60 mm wide, with a white frame of four modules', async () => {
    const text = someText();
    const pdf = await certificatePdf(readPaper(text, 'VN'));
    const { topLeft, topRight, bottomLeft } = (await onlyCode(pictureOf(pdf, 150))).position;
    const side = topRight.x - topLeft.x;
    expect(side * MM_AT_150).toBeGreaterThan(68);
    expect((bottomLeft.y - topLeft.y) * MM_AT_150).toBeGreaterThan(68);
    const { width, rgb } = pixelsOf(pdf, 150);
    const frame = (side / qrSymbol(text).size) * 4;
    const isIn = (x: number, y: number, by: number) =>
      x >= topLeft.x - by && x <= topRight.x + by && y >= topLeft.y - by && y <= bottomLeft.y + by;
    let dark = 0;
    for (let i = 0; i < rgb.length / 3; i++) {
      const [x, y] = [i % width, Math.floor(i / width)];
      // two pixels for the reader's own rounding
      if (isIn(x, y, frame) && !isIn(x, y, 2) && (rgb[3 * i] ?? 0) < 255) dark++;
    }
    expect(dark).toBe(0);
  });

  it('takes the alphanumeric mode: in bytes it would need a larger symbol', () => {
    const text = someText();
    expect(qrSymbol(text).size).toBeLessThan(qrSymbol(text.toLowerCase()).size);
  });

  it('is read from PNG, black and white of one bit, large enough in print', async () => {
    const text = someText();
    const png = Buffer.from(await print(readPaper(text, 'VN'), 'png'));
    expect((await onlyCode(png)).text).toBe(text);
    const width = png.readUInt32BE(16);
    expect([png[24], png[25]]).toEqual([1, 0]);
    const perMetre = png.readUInt32BE(png.indexOf('pHYs') + 4);
    expect((width / perMetre) * 1000).toBeGreaterThan(70);
    expect(inflateSync(png.subarray(png.indexOf('IDAT') + 4)).length).toBe((width / 8 + 1) * width);
  });

  it('is the same in SVG, which has a title', async () => {
    const text = someText();
    const svg = Buffer.from(await print(readPaper(text, 'VN'), 'svg')).toString('utf8');
    expect(svg).toContain('role="img" aria-labelledby="title"');
    expect(svg).toMatch(/<title id="title">Mã QR của chứng nhận.*QR code of the certificate/);
    const symbol = qrSymbol(text);
    const dark = new Set<string>();
    for (const [, x, y, run] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
      for (let i = 0; i < Number(run); i++) dark.add(`${y ?? ''}/${Number(x) + i}`);
    for (let row = 0; row < symbol.size; row++)
      for (let column = 0; column < symbol.size; column++)
        expect(dark.has(`${row}/${column}`)).toBe(symbol.isDark(row, column));
    expect(svg).toContain(`viewBox="0 0 ${symbol.size + 8} ${symbol.size + 8}"`);
  });
});

describe('a sample', () => {
  it('never holds a certificate: whatever the form, its QR code says that it is a sample', async () => {
    const paper = samplePaper();
    const page = pictureOf(Buffer.from(await print(paper, 'pdf')), 150);
    for (const picture of [page, await print(paper, 'png')]) {
      const { text } = await onlyCode(picture);
      expect(text).toBe('MẪU / SAMPLE – KHÔNG PHẢI CHỨNG NHẬN / NOT A CERTIFICATE');
      expect(text).not.toContain('HC1:');
    }
  });

  it('has no place for a text, and no signed paper is made but from one that was read', () => {
    const text = someText();
    // @ts-expect-error: a sample with a text
    const forged: SamplePaper = { ...samplePaper(), text };
    expect(qrText(forged)).not.toBe(text);
    // @ts-expect-error: a signed paper that was not read from its text
    const invented: SignedPaper = { ...samplePaper(), kind: 'signed', text };
    expect(invented).toBeDefined();
  });
});
