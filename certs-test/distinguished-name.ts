import { der, oid, printable, sequence, set, utf8String } from './der.ts';

const COUNTRY = '2.5.4.6';
const ORGANIZATION = '2.5.4.10';
const ORGANIZATIONAL_UNIT = '2.5.4.11';
const COMMON_NAME = '2.5.4.3';

export type Subject = {
  readonly organization: string;
  readonly department?: string;
  readonly commonName: string;
};

/** The DER of a Name: C=VN, O, OU where given, CN; UTF8String but for the country (RFC 5280 §4.1.2.4). */
export function distinguishedName({ organization, department, commonName }: Subject): Uint8Array {
  return der(
    sequence(
      set(sequence(oid(COUNTRY), printable('VN'))),
      set(sequence(oid(ORGANIZATION), utf8String(organization))),
      ...(department === undefined ? [] : [set(sequence(oid(ORGANIZATIONAL_UNIT), utf8String(department)))]),
      set(sequence(oid(COMMON_NAME), utf8String(commonName))),
    ),
  );
}
