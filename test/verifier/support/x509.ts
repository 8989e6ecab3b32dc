import {
  fromHex,
  bits,
  boolean,
  explicit,
  integer,
  octets,
  oid,
  sequence,
  set,
  text,
  time,
} from './der-write.ts';
import {
  certificateSignatureIds,
  newKey,
  signWith,
  usualKind,
  type KeyKind,
  type SignatureKind,
  type TestKey,
} from './keys.ts';

export const T0 = '2022-01-01T00:00:00Z';
export const T1 = '2032-01-01T00:00:00Z';

export type Extension = readonly [type: string, critical: boolean, value: Uint8Array];

export type CertificateOptions = {
  readonly name: string;
  /** DER Name, in place of one made of `name` */
  readonly subject?: Uint8Array;
  readonly key?: TestKey;
  readonly keyKind?: KeyKind;
  readonly issuer?: Holder;
  readonly from?: string;
  readonly to?: string;
  readonly ca?: boolean | { readonly pathLength: number };
  /** DER of the BIT STRING, or null for none */
  readonly keyUsage?: Uint8Array | null;
  readonly extensions?: readonly Extension[];
  readonly serial?: number;
  readonly signature?: SignatureKind;
  /** signs in place of the issuer */
  readonly signedBy?: TestKey;
  readonly innerAlgorithm?: Uint8Array;
};

/** A certificate and its key. */
export type Holder = {
  readonly name: Uint8Array;
  readonly key: TestKey;
  readonly certificate: Uint8Array;
  readonly issuerName: Uint8Array;
  readonly serial: number;
};

export const signerUsage = fromHex('030206c0');
export const caUsage = fromHex('03020106');
let lastSerial = 1000;

export function nameOf(commonName: string): Uint8Array {
  return sequence(
    set(sequence(oid('2.5.4.6'), Uint8Array.of(0x13, 2, 0x56, 0x4e))),
    set(sequence(oid('2.5.4.3'), text(commonName))),
  );
}

export function issue(options: CertificateOptions): Holder {
  const key = options.key ?? newKey(options.keyKind ?? 'p256');
  const name = options.subject ?? nameOf(options.name);
  const issuerName = options.issuer?.name ?? name;
  const signer = options.signedBy ?? options.issuer?.key ?? key;
  const kind = options.signature ?? usualKind(signer);
  const serial = options.serial ?? ++lastSerial;
  const algorithm = certificateSignatureIds[kind];
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(serial),
    options.innerAlgorithm ?? algorithm,
    issuerName,
    sequence(time(options.from ?? T0), time(options.to ?? T1)),
    name,
    key.spki,
    explicit(3, sequence(...extensionsOf(options).map(extension))),
  );
  const certificate = sequence(tbs, algorithm, bits(signWith(signer, kind, tbs)));
  return { name, key, certificate, issuerName, serial };
}

function extensionsOf({ ca, keyUsage, extensions = [] }: CertificateOptions): Extension[] {
  const list: Extension[] = [];
  if (ca !== undefined) {
    const length = typeof ca === 'object' ? [integer(ca.pathLength)] : [];
    list.push(['2.5.29.19', true, ca === false ? sequence() : sequence(boolean(true), ...length)]);
  }
  const usage = keyUsage === undefined ? (ca ? caUsage : signerUsage) : keyUsage;
  if (usage) list.push(['2.5.29.15', true, usage]);
  return [...list, ...extensions, ['2.5.29.14', false, octets(Uint8Array.of(1, 2, 3))]];
}

export function extension([type, critical, value]: Extension): Uint8Array {
  return critical ? sequence(oid(type), boolean(true), octets(value)) : sequence(oid(type), octets(value));
}

export type CrlOptions = {
  readonly issuer: Holder;
  readonly from: string;
  readonly to?: string | null;
  readonly revoked?: readonly {
    readonly serial: number;
    readonly at: string;
    readonly extensions?: readonly Extension[];
  }[];
  readonly extensions?: readonly Extension[];
  readonly number?: number;
  /** encoded, in place of `revoked` */
  readonly manyEntries?: Uint8Array;
  readonly signature?: SignatureKind;
  readonly signedBy?: TestKey;
};

export function issueCrl(options: CrlOptions): Uint8Array {
  const { issuer, revoked = [], extensions = [] } = options;
  const signer = options.signedBy ?? issuer.key;
  const kind = options.signature ?? usualKind(signer);
  const algorithm = certificateSignatureIds[kind];
  const entries = revoked.map((entry) =>
    sequence(
      integer(entry.serial),
      time(entry.at),
      ...(entry.extensions ? [sequence(...entry.extensions.map(extension))] : []),
    ),
  );
  const tbs = sequence(
    integer(1),
    algorithm,
    issuer.name,
    time(options.from),
    ...(options.to === null ? [] : [time(options.to ?? T1)]),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    ...(options.manyEntries ? [sequence(options.manyEntries)] : []),
    explicit(
      0,
      sequence(
        ...[['2.5.29.20', false, integer(options.number ?? 7)] as const, ...extensions].map(extension),
      ),
    ),
  );
  return sequence(tbs, algorithm, bits(signWith(signer, kind, tbs)));
}

/** Entries with serial numbers from 1,000,000 on, encoded at once. */
export function manyEntries(count: number, at: string, extensions: readonly Extension[]): Uint8Array {
  const first = 1_000_000;
  const one = sequence(integer(first), time(at), sequence(...extensions.map(extension)));
  const serialAt = one.indexOf(0x02) + 2;
  const all = new Uint8Array(one.length * count);
  for (let i = 0; i < count; i++) {
    all.set(one, i * one.length);
    const serial = first + i;
    all.set([serial >> 16, (serial >> 8) & 0xff, serial & 0xff], i * one.length + serialAt);
  }
  return all;
}
