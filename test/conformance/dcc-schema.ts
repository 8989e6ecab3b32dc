import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { claimsOf } from '#core/certificate/claims';
import { expiryOf } from '#core/certificate/hcert';
import { makeUvci } from '#core/certificate/uvci';
import { products } from '#core/certificate/value-sets';
import { record } from '#test/verifier/support/world';
import type { Report } from './harness.ts';
import { readVectors } from './vectors.ts';

const NAMES = [
  { name: 'Nguyễn Văn An', familyName: 'Nguyễn', nationality: 'VN' },
  { name: 'Đặng Thị Ngọc Ánh', nationality: 'VN' },
  { name: 'Nguyễn Đức Ưu', nationality: 'VN' },
  { name: "Seán O'Brien-Müller", familyName: "O'Brien-Müller", nationality: 'IE' },
  { name: 'Sukarno', nationality: 'ID' },
] as const;
const BIRTH_DATES = ['1980-01-02', '1950'];
const ISSUED_AT = Date.parse('2022-04-20T00:00:00Z') / 1000;

/** What we issue, of every product, for names and birth dates of all forms, against the EU's own schema. */
export function issuedPassesSchema(folder: string): Report {
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats: fullFormats });
  const passes = ajv.compile(readVectors(folder, 'dcc-schema-1.3.0.json') as object);
  const payloads = products.flatMap((product) =>
    NAMES.flatMap((person) => BIRTH_DATES.map((birthDate) => payloadOf(product, { ...person, birthDate }))),
  );
  const wrong = payloads.filter((payload) => !passes(payload));
  return { cases: payloads.length, wrong };
}

type Person = (typeof NAMES)[number] & { readonly birthDate: string };

function payloadOf({ mp, ma, vp, series }: (typeof products)[number], person: Person) {
  const { person: usual, dose } = record(1);
  const { familyName, ...rest } = { familyName: undefined, ...usual, ...person };
  const leaf = record(1, {
    person: { ...rest, ...(familyName === undefined ? {} : { familyName }) },
    dose: { ...dose, product: mp, manufacturer: ma, vaccine: vp, number: series },
  });
  const identifier = makeUvci(new Uint8Array(16).fill(7));
  return claimsOf(leaf, { identifier, issuedAt: ISSUED_AT, expiresAt: expiryOf(ISSUED_AT) }).payload;
}
