import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Expected } from './harness.ts';

/** Vectors that others wrote, as they are published, brought into the form of the harness. */

const REFUSED = ['invalid', 'undetermined'];
const verdicts = (isValid: boolean) => (isValid ? ['valid'] : REFUSED);

export function readVectors(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

type Pkits = {
  readonly at: string;
  readonly certificates: Readonly<Record<string, string>>;
  readonly crls: Readonly<Record<string, string>>;
  readonly cases: readonly {
    readonly id: string;
    readonly name: string;
    readonly anchor: string;
    readonly chain: readonly string[];
    readonly crls: readonly string[];
    readonly valid: boolean;
    readonly initialPolicySet: readonly string[] | null;
    readonly explicitPolicy: boolean;
    readonly inhibitPolicyMapping: boolean;
    readonly inhibitAnyPolicy: boolean;
  }[];
};

/** NIST PKITS 1.0.1. DSA is not supported: its two valid cases are refused. */
export function pkits(folder: string): Expected[] {
  const { at, certificates, crls, cases } = readVectors(folder, 'pkits.json') as Pkits;
  const DSA = ['4.1.4', '4.1.5'];
  return cases.map((one) => ({
    given: {
      id: `${one.id} ${one.name}`,
      anchors: [certificates[one.anchor]],
      untrusted: one.chain.slice(0, -1).map((name) => certificates[name]),
      leaf: certificates[one.chain.at(-1) ?? ''],
      crls: one.crls.map((name) => crls[name]),
      at,
      revocation: 'require',
      policy: {
        initialPolicySet: one.initialPolicySet,
        explicit: one.explicitPolicy,
        inhibitMapping: one.inhibitPolicyMapping,
        inhibitAny: one.inhibitAnyPolicy,
      },
    },
    verdicts: verdicts(one.valid && !DSA.includes(one.id)),
  }));
}

type Wycheproof = {
  readonly testGroups: readonly {
    readonly publicKeyDer: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: string;
    }[];
  }[];
};

/** @param alg as JOSE names it */
export function wycheproof(folder: string, name: string, alg: string, encoding?: 'p1363'): Expected[] {
  const { testGroups } = readVectors(folder, name) as Wycheproof;
  const base64 = (text: string) => Buffer.from(text, 'hex').toString('base64');
  return testGroups.flatMap(({ publicKeyDer, tests }) =>
    tests.map(({ tcId, msg, sig, result }) => ({
      given: {
        id: `${name} ${tcId}`,
        alg,
        ...(encoding ? { encoding } : {}),
        key: base64(publicKeyDer),
        message: base64(msg),
        signature: base64(sig),
      },
      verdicts: result === 'acceptable' ? ['valid', ...REFUSED] : verdicts(result === 'valid'),
    })),
  );
}

type Inclusion = {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string | null;
  readonly leafHash: string | null;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
};

export function merkleInclusion(folder: string): Expected[] {
  // sizes beyond 2^53 lose digits in JSON.parse: they are read as text
  const text = readFileSync(join(folder, 'merkle-inclusion.json'), 'utf8');
  const exact = text.replace(/"(leafIdx|treeSize)":\s*(\d+)/g, '"$1": "$2"');
  const { vectors } = JSON.parse(exact) as { vectors: Readonly<Record<string, Inclusion>> };
  return Object.entries(vectors).map(([id, { leafIdx, treeSize, root, leafHash, proof, wantErr }]) => ({
    given: {
      id,
      leafIndex: String(leafIdx),
      treeSize: String(treeSize),
      leafHash: leafHash ?? '',
      proof: proof ?? [],
      root: root ?? '',
    },
    verdicts: verdicts(!wantErr),
  }));
}
