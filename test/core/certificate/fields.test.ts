import { describe, expect, it } from 'vitest';
import { displayedDate, displayedFields } from '#core/certificate/fields';
import { products } from '#core/certificate/value-sets';
import { manufacturerName, vaccineName } from '#core/certificate/display-names';
import { claims } from './samples.ts';

describe('the eleven fields', () => {
  it('say what the certificate says, as people in Việt Nam write it', () => {
    expect(
      displayedFields(claims.payload, 'VN').map(({ number, label, value }) => [number, label.vi, value?.vi]),
    ).toEqual([
      [1, 'Họ và tên', 'Nguyễn Văn An'],
      [2, 'Ngày tháng năm sinh', '02/01/1980'],
      [3, 'Quốc tịch', 'Việt Nam'],
      [4, 'Bệnh dịch', 'COVID-19'],
      [5, 'Số mũi tiêm đã nhận', '1'],
      [6, 'Ngày tiêm', '01/08/2021'],
      [7, 'Liều số', '1/2'],
      [8, 'Vắc xin', 'Vắc xin mRNA phòng COVID-19'],
      [9, 'Sản phẩm', 'Comirnaty'],
      [10, 'Nhà cung cấp, sản xuất', 'Biontech Manufacturing GmbH'],
      [11, 'Mã số chứng nhận', 'URN:UVCI:01:VN:' + 'AB'.repeat(16)],
    ]);
    expect(displayedFields(claims.payload, 'VN')[2]?.value?.en).toBe('Vietnam');
  });

  it.each([
    [{ fn: 'Nguyễn', fnt: 'NGUYEN' }, 'Nguyễn'],
    [{ gn: 'Sukarno', fnt: '', gnt: 'SUKARNO' }, 'Sukarno'],
    [{ fnt: 'MUSTERMANN<ERIKA' }, 'MUSTERMANN<ERIKA'],
  ])('show the name that other issuers give in part: %j', (nam, expected) => {
    expect(displayedFields({ ...claims.payload, nam })[0]?.value?.vi).toBe(expected);
  });

  it('leave the nationality open where only the QR is known', () => {
    expect(displayedFields(claims.payload)[2]?.value).toBeNull();
  });

  it('show a code that is in no table as it is', () => {
    const [dose] = claims.payload.v;
    const fields = displayedFields(
      {
        ...claims.payload,
        nam: { fn: 'X', fnt: 'X' },
        v: [{ ...dose, mp: 'Covaxin', ma: 'Bharat', vp: '1', tg: '2' }],
      },
      'not a country',
    );
    expect(fields.map(({ value }) => value?.vi)).toEqual(
      expect.arrayContaining(['X', 'not a country', '2', '1', 'Covaxin', 'Bharat']),
    );
  });

  it('have a name for every code that is issued, in NFC', () => {
    for (const { vp, ma } of products)
      for (const { vi, en } of [vaccineName(vp), manufacturerName(ma)]) {
        expect([vp, ma]).not.toContain(en);
        expect(vi).toBe(vi.normalize('NFC'));
      }
  });

  it.each([
    ['1980-01-02', '02/01/1980'],
    ['1980-01', '01/1980'],
    ['1980', '1980'],
  ])('write the date %s as %s', (date, expected) => {
    expect(displayedDate(date)).toBe(expected);
  });
});
