import { describe, expect, it } from 'vitest';
import { makeUvci } from '#core/certificate/uvci';
import { certificatePdf } from '#signing-api/paper/pdf';
import { readPaper } from '#signing-api/paper/read-paper';
import { samplePaper } from '#signing-api/paper/sample-paper';
import { refused } from '../../support/refused.ts';
import { hc1Text, LETTERS, someText, unsignedCose } from './certificates.ts';
import { infoOf, pixelsOf, textOf } from './poppler.ts';

const long = 'Nguyễn Phước Hoàng Bảo Vĩnh San Công Tằng Tôn Nữ Thị Quỳnh Như Thương Huyền Phương';
const print = (...certificate: Parameters<typeof unsignedCose>) =>
  certificatePdf(readPaper(hc1Text(unsignedCose(...certificate)), 'VN'));
const flat = (text: string) => text.replace(/\s+/g, ' ');

describe('the page', () => {
  it('says all eleven fields in both languages, Vietnamese first', async () => {
    const text = flat(textOf(await print({ name: 'Đặng Thị Ngọc Ánh', familyName: 'Đặng' })));
    const rows = [
      '1. Họ và tên Full name Đặng Thị Ngọc Ánh DANG THI NGOC ANH',
      '2. Ngày tháng năm sinh Date of birth 02/01/1980 1980-01-02',
      '3. Quốc tịch Nationality Việt Nam Vietnam',
      '4. Bệnh dịch Disease or agent targeted COVID-19',
      '5. Số mũi tiêm đã nhận Doses received 1',
      '6. Ngày tiêm Date of vaccination 01/08/2021 2021-08-01',
      '7. Liều số Dose number 1/2',
      '8. Vắc xin Vaccine Vắc xin mRNA phòng COVID-19 SARS-CoV-2 mRNA vaccine',
      '9. Sản phẩm Product Comirnaty',
      '10. Nhà cung cấp, sản xuất Marketing authorisation holder or manufacturer Biontech Manufacturing GmbH',
      `11. Mã số chứng nhận Certificate identifier ${makeUvci(new Uint8Array(16).fill(0xd0))}`,
    ];
    for (const row of rows) expect(text).toContain(row);
    expect(text.indexOf('Chứng nhận tiêm chủng COVID-19')).toBeLessThan(text.indexOf('1. Họ và tên'));
    expect(text).toContain('Bộ Y tế Việt Nam Ministry of Health of Viet Nam');
    expect(text).toContain('Ngày cấp: 01/05/2022 Issued: 2022-05-01');
    expect(text).toContain('Mã QR hết hạn: 01/05/2023 QR code expires: 2023-05-01');
  });

  it('holds every Vietnamese letter, and gives it back in NFC', async () => {
    expect(new Set(LETTERS + LETTERS.toUpperCase()).size).toBe(146);
    for (const letters of [LETTERS, LETTERS.toUpperCase()]) {
      const half = letters.slice(0, 37) + ' ' + letters.slice(37);
      const text = textOf(await print({ name: half, familyName: letters.slice(0, 37) }));
      expect(text.normalize('NFC')).toBe(text);
      expect(text.replace(/\s/g, '')).toContain(letters);
    }
  });

  it('prints a person of whom only the year of birth is known, and a foreigner', async () => {
    expect(flat(textOf(await print({ birthDate: '1980' })))).toContain('Date of birth 1980 3.');
    const foreigner = { name: 'Jean-François Müller', nationality: 'DK', familyName: 'Müller' };
    const pdf = await certificatePdf(readPaper(hc1Text(unsignedCose(foreigner)), 'DK'));
    expect(flat(textOf(pdf))).toContain('Müller Jean-François MULLER JEAN FRANCOIS');
    expect(flat(textOf(pdf))).toContain('Đan Mạch Denmark');
  });

  it('names the identity document where the nationality is not known', async () => {
    const pdf = await certificatePdf(readPaper(someText(), undefined));
    expect(flat(textOf(pdf))).toContain('Nationality Theo giấy tờ tùy thân As in the identity document');
  });

  it('wraps the longest names and identifiers, cuts nothing, and stays one page', async () => {
    const given = long.slice(7);
    const uvci = makeUvci(new Uint8Array(16).fill(0xdd));
    const person = { name: `${long.slice(0, 79)}x ${given}`, familyName: `${long.slice(0, 79)}x` };
    const pdf = await print(person, {
      uvci,
      dose: { product: 'BBIBP-CorV', manufacturer: 'ORG-100020693', vaccine: '1157024006' },
    });
    expect(flat(textOf(pdf))).toContain(`${long.slice(0, 79)}x ${given}`);
    expect(textOf(pdf)).toContain(`\n${uvci}\n`);
    expect(infoOf(pdf)).toMatch(/^Pages: +1$/m);
    expect(inkOutside(pixelsOf(pdf, 72), 15)).toBe(0);
  });

  it('has room for the widest names that a certificate can hold', async () => {
    const [familyName, given] = ['W'.repeat(80), 'Ộ'.repeat(80)];
    const pdf = await print({ name: `${familyName} ${given}`, familyName });
    expect(textOf(pdf).replace(/\s/g, '')).toContain(`${familyName}${given}`);
    expect(inkOutside(pixelsOf(pdf, 72), 15)).toBe(0);
  });

  it('is black and white', async () => {
    const { rgb } = pixelsOf(await print(), 72);
    let coloured = 0;
    for (let i = 0; i + 2 < rgb.length; i += 3)
      if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) coloured++;
    expect(coloured).toBe(0);
  });

  it('is the same bytes each time, as its issuing date has it', async () => {
    const [one, other] = [await print(), await print()];
    expect(one.equals(other)).toBe(true);
    expect(infoOf(one, '-isodates')).toMatch(/^CreationDate: +2022-05-01T00:00:00Z$/m);
  });
});

describe('its structure', () => {
  it('is tagged: a heading, a table with a head in each row, a figure with its description', async () => {
    const pdf = await print();
    expect(infoOf(pdf)).toMatch(/^Tagged: +yes$/m);
    const structure = infoOf(pdf, '-struct');
    expect(structure).toMatch(/^Document\n {2}P \(block\)\n {4}Span \(inline\)\n {2}H1 \(block\)/);
    expect(structure.match(/^ {4}TR/gm)).toHaveLength(11);
    expect(structure.match(/^ {6}TH/gm)).toHaveLength(11);
    expect(structure.match(/\/Scope \/Row/g)).toHaveLength(11);
    expect(structure).toMatch(/^ {2}Figure/m);
    const bytes = pdf.toString('latin1');
    expect(bytes).toContain('/Lang (vi-VN)');
    expect(bytes).toContain('/DisplayDocTitle true');
    expect(bytes).toContain('<pdfuaid:part>1</pdfuaid:part>');
    expect(bytes).toContain(`/Alt (\xfe\xff${utf16('Mã QR').toString('latin1')}`);
  });

  it('says nothing about the person outside the page', async () => {
    const pdf = await print();
    const bytes = pdf.toString('latin1');
    const info = infoOf(pdf);
    expect(info).toMatch(/^Title: +Chứng nhận tiêm chủng COVID-19 – COVID-19 vaccination certificate$/m);
    for (const secret of ['Nguyễn Văn An', 'NGUYEN', '1980'])
      for (const form of [Buffer.from(secret), utf16(secret)])
        expect(bytes).not.toContain(form.toString('latin1'));
  });
});

describe('what cannot be printed', () => {
  it('takes the name of the passport where the font lacks a letter', async () => {
    const text = flat(textOf(await print({ name: 'Nguyễn Văn 𠀀An', familyName: 'Nguyễn' })));
    expect(text).toContain('Full name NGUYEN VAN AN');
  });

  it('refuses text that is no certificate', () => {
    expect(refused(() => readPaper('HC1:6BF', 'VN')).code).toBe('HC1_UNREADABLE');
    expect(refused(() => readPaper('hello', 'VN')).code).toBe('HC1_UNREADABLE');
  });
});

it('the sample says in both languages, and across the page, that it is one', async () => {
  const text = textOf(await certificatePdf(samplePaper()));
  expect(text).toContain('MẪU – không có giá trị');
  expect(text).toContain('SAMPLE – not valid');
  // written at an angle: its letters stand in lines of their own
  expect(text.replace(/\s/g, '')).toContain('MẪU–SAMPLE');
  expect(text).not.toContain('Bộ Y tế');
});

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

/** Dark pixels nearer to the edge than so many millimetres. */
function inkOutside({ width, height, rgb }: ReturnType<typeof pixelsOf>, mm: number): number {
  const edge = (mm / 25.4) * 72;
  let dark = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const isEdge = x < edge || y < edge || x > width - edge || y > height - edge;
      if (isEdge && (rgb[(y * width + x) * 3] ?? 255) < 255) dark++;
    }
  return dark;
}
