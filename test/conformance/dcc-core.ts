import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import { hex, sameBytes } from '#core/bytes';
import { isCborMap, type CborMap } from '#core/certificate/cbor-value';
import { decodeCbor, encodeCbor } from '#core/certificate/cbor';
import { decodeClaims } from '#core/certificate/claims';
import { coseSign1, parseCoseSign1, sigStructure, type CoseSign1 } from '#core/certificate/cose';
import { decodeHc1, encodeHc1 } from '#core/certificate/hc1';
import { countryRevocationHash, signatureRevocationHash } from '#core/certificate/revocation-hashes';
import { revocationHash } from '#core/certificate/uvci';
import { isRefusal } from '#core/refusal';
import type { Report } from './harness.ts';
import { readVectors } from './vectors.ts';

/** What core alone makes of the vectors: no case of the command, but functions that an issuer stands on. */

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const inflate = (bytes: Uint8Array, max: number) => inflateSync(bytes, { maxOutputLength: max });
const deflate = (bytes: Uint8Array) => deflateSync(bytes, { level: 9 });

type Sample = {
  readonly hc1: string;
  readonly expect: {
    readonly alg: number;
    readonly kid: string;
    readonly sigStructureSha256: string;
    readonly revocation: { readonly uci: string; readonly countryUci: string; readonly signature: string };
  } & Readonly<Record<'iss' | 'exp' | 'iat' | 'ci' | 'mp' | 'ma' | 'vp', string | number>>;
};

/** The public Vietnamese sample: read, written again bit for bit, hashed, and refused as something to issue. */
export function vietnameseSample(folder: string): Report {
  const { hc1, expect } = readVectors(folder, 'dcc-vn-sample.json') as Sample;
  const bytes = decodeHc1(hc1, inflate);
  const cose = parseCoseSign1(bytes);
  const { iss, exp, iat, dose } = contentOf(cose);
  const found: Readonly<Record<string, unknown>> = {
    alg: cose.alg,
    kid: hex(cose.kid ?? new Uint8Array()),
    iss,
    exp,
    iat,
    ...Object.fromEntries(['ci', 'mp', 'ma', 'vp'].map((member) => [member, dose.get(member)])),
    sigStructureSha256: hex(sha256(sigStructure(cose.protectedBytes, cose.payload))),
    revocation: hashesOf(cose),
    claimsAgain: sameBytes(encodeCbor(decodeCbor(cose.payload)), cose.payload),
    coseAgain: sameBytes(coseSign1(cose.protectedBytes, cose.payload, cose.signature), bytes),
    textAgain: encodeHc1(bytes, deflate) === hc1,
    refusedToIssue: isRefused(cose),
  };
  const wanted = { ...expect, claimsAgain: true, coseAgain: true, textAgain: true, refusedToIssue: true };
  return compare(found, wanted);
}

type Hashes = {
  readonly description: string;
  readonly barcodeData: string;
  readonly expUCI: string;
  readonly expCOUNTRYCODEUCI: string;
  readonly expSIGNATURE: string;
};

/** corona-warn-app's revocation hashes. */
export function revocationHashes(folder: string): Report {
  const all = readVectors(folder, 'dcc-revocation-hashes.json') as readonly Hashes[];
  const found = all.map(({ barcodeData }) => hashesOf(parseCoseSign1(decodeHc1(barcodeData, inflate))));
  const wanted = all.map(({ expUCI, expCOUNTRYCODEUCI, expSIGNATURE }) => ({
    uci: expUCI,
    countryUci: expCOUNTRYCODEUCI,
    signature: expSIGNATURE,
  }));
  return compare(Object.fromEntries(found.entries()), Object.fromEntries(wanted.entries()));
}

/** One case a member. */
function compare(
  found: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Report {
  const names = Object.keys(wanted);
  const wrong = names.filter((name) => JSON.stringify(found[name]) !== JSON.stringify(wanted[name]));
  return {
    cases: names.length,
    wrong: wrong.map((name) => ({ name, found: found[name], wanted: wanted[name] })),
  };
}

function hashesOf(cose: CoseSign1) {
  const { iss, dose } = contentOf(cose);
  const [country, ci] = [iss as string, dose.get('ci') as string];
  return {
    uci: hex(revocationHash(sha256, ci)),
    countryUci: hex(countryRevocationHash(sha256, country, ci)),
    signature: hex(signatureRevocationHash(sha256, cose.alg ?? 0, cose.signature)),
  };
}

function contentOf({ payload }: CoseSign1) {
  const claims = map(decodeCbor(payload));
  const hcert = map(map(claims.get(-260)).get(1));
  const group = ['v', 't', 'r'].map((member) => hcert.get(member)).find(Array.isArray) as readonly unknown[];
  return { iss: claims.get(1), exp: claims.get(4), iat: claims.get(6), dose: map(group[0]) };
}

function map(value: unknown): CborMap {
  if (!isCborMap(value as CborMap)) throw new TypeError('not a map');
  return value as CborMap;
}

function isRefused({ payload }: CoseSign1): boolean {
  try {
    decodeClaims(payload);
    return false;
  } catch (error) {
    return isRefusal(error, 'CODES_INCONSISTENT') || isRefusal(error, 'CLAIMS_VALIDITY_TOO_LONG');
  }
}
