import { describe, expect, it } from 'vitest';
import { districtFor, districts, knownCccdPrefix, UNKNOWN_DISTRICT, wardName } from '#core/record/places';

const wards = [...districts.values()].flatMap(({ code, wards: own }) =>
  [...own].map(([ward, name]) => ({ district: code, ward, name })),
);

describe('the places of the city, 10 April 2022', () => {
  it('are 22 districts and 312 wards, each ward in one district', () => {
    expect(districts.size).toBe(22);
    expect(wards).toHaveLength(312);
    expect(new Set(wards.map(({ ward }) => ward)).size).toBe(312);
    for (const { district, ward, name } of wards) {
      expect(ward).toMatch(/^\d{5}$/);
      expect(district).toMatch(/^\d{3}$/);
      expect(districtFor(ward)).toBe(district);
      expect(wardName(ward)).toBe(name);
    }
  });

  it('know 769 as Thủ Đức city, and no Quận 2', () => {
    expect(districts.get('769')?.name).toBe('Thành phố Thủ Đức');
    expect([...districts.values()].map(({ name }) => name)).not.toContain('Quận 2');
  });

  it('repeat ward names across districts, so a name is never a key', () => {
    const of = (name: string) =>
      new Set(wards.filter((ward) => ward.name === name).map(({ district }) => district)).size;
    expect(of('Phường 6') + of('Phường 06')).toBeGreaterThan(1);
    expect(new Set(wards.map(({ name }) => name)).size).toBeLessThan(312);
  });

  it('are written in NFC', () => {
    for (const { name } of [...districts.values(), ...wards]) expect(name.normalize('NFC')).toBe(name);
  });

  it('know nothing of wards elsewhere', () => {
    expect(districtFor('00001')).toBeUndefined();
    expect(wardName('')).toBeUndefined();
    expect(districtFor('constructor')).toBeUndefined();
    expect(districts.has(UNKNOWN_DISTRICT)).toBe(false);
  });
});

describe('prefixes of the citizen number', () => {
  it.each(['001', '079', '096', '101', '999'])('%s is known', (prefix) =>
    expect(knownCccdPrefix(prefix)).toBe(true),
  );
  it.each(['000', '003', '097', '100'])('%s is not', (prefix) => expect(knownCccdPrefix(prefix)).toBe(false));
});
