import { createHash } from 'node:crypto';
import { sample } from '../core/record/records.ts';

/** The certificate's vectors, by the words of the standards alone: RFC 8949, RFC 7049 §3.9, RFC 9052 §4.4. Nothing under test is used. */
type Value = string | number | Buffer | readonly Value[] | ReadonlyMap<string | number, Value>;

function head(major: number, count: number): Buffer {
  const first = major * 32;
  if (count < 24) return Buffer.of(first + count);
  const argument = Buffer.alloc(8);
  argument.writeBigUInt64BE(BigInt(count));
  const width = [1, 2, 4, 8].find((bytes) => count < 2 ** (8 * bytes)) ?? 8;
  return Buffer.concat([Buffer.of(first + 24 + [1, 2, 4, 8].indexOf(width)), argument.subarray(8 - width)]);
}

function cbor(value: Value): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (Array.isArray(value)) {
    const items = value as readonly Value[];
    return Buffer.concat([head(4, items.length), ...items.map(cbor)]);
  }
  const entries = [...(value as ReadonlyMap<string | number, Value>)].map(
    ([key, member]) => [cbor(key), cbor(member)] as const,
  );
  entries.sort(([a], [b]) => a.length - b.length || Buffer.compare(a, b));
  return Buffer.concat([head(5, entries.length), ...entries.flat()]);
}

const map = (members: Readonly<Record<string, Value>>) => new Map(Object.entries(members));
const KID = Buffer.from('0102030405060708', 'hex');

const people = [
  {
    record: sample,
    names: { fn: 'Nguyễn', fnt: 'NGUYEN', gn: 'Văn An', gnt: 'VAN<AN' },
    series: 2,
  },
  {
    record: {
      ...sample,
      person: { ...sample.person, name: 'Đặng Thị Ngọc Ánh', familyName: undefined },
      dose: {
        ...sample.dose,
        number: 2,
        vaccine: 'J07BX03',
        product: 'EU/1/20/1525',
        manufacturer: 'ORG-100001417',
      },
    },
    names: { fn: 'Đặng', fnt: 'DANG', gn: 'Thị Ngọc Ánh', gnt: 'THI<NGOC<ANH' },
    series: 2,
  },
  {
    record: {
      ...sample,
      person: {
        ...sample.person,
        name: "Seán O'Neil",
        familyName: undefined,
        birthDate: '1961',
        nationality: 'IE',
      },
      dose: { ...sample.dose, vaccine: 'J07BX03', product: 'Abdala', manufacturer: 'CIGB' },
    },
    names: { fn: "Seán O'Neil", fnt: 'SEAN<ONEIL' },
    series: 3,
  },
];

export const certificate = {
  issuer: 'Ministry of Health of Viet Nam',
  kid: KID.toString('hex'),
  protectedHeaders: {
    ES256: 'a201260448' + KID.toString('hex'),
    PS256: 'a20138240448' + KID.toString('hex'),
  },
  cases: people.map(({ record, names, series }, i) => {
    const { birthDate } = record.person;
    const { dose } = record;
    const identifier =
      'URN:UVCI:01:VN:' +
      Buffer.alloc(16, i + 1)
        .toString('hex')
        .toUpperCase();
    const issuedAt = Date.UTC(2022, 4, 1 + i) / 1000;
    const expiresAt = Date.UTC(2023, 4, 1 + i) / 1000;
    const vaccination = map({
      tg: dose.target,
      vp: dose.vaccine,
      mp: dose.product,
      ma: dose.manufacturer,
      dn: dose.number,
      sd: series,
      dt: dose.date,
      co: dose.country,
      is: 'Ministry of Health of Viet Nam',
      ci: identifier,
    });
    const hcert = map({ ver: '1.3.0', nam: map(names), dob: birthDate, v: [vaccination] });
    const claims = cbor(
      new Map<number, Value>([
        [1, 'VN'],
        [4, expiresAt],
        [6, issuedAt],
        [-260, new Map([[1, hcert]])],
      ]),
    );
    const header = Buffer.from('a201260448' + KID.toString('hex'), 'hex');
    const signed = cbor(['Signature1', header, Buffer.alloc(0), claims]);
    const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex');
    return {
      record,
      identifier,
      issuedAt,
      expiresAt,
      claims: claims.toString('hex'),
      sigStructureSha256: sha256(signed),
      revocationHash: sha256(identifier).slice(0, 32),
    };
  }),
};
