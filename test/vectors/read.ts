import { readFileSync } from 'node:fs';
import type { IdType, RecordLeaf } from '#core/record/record';

/**
 * Language-neutral vectors, checked in: another implementation must come to the same bytes. Binary values are lower-case hex, or
 * base64url where the format itself says so. Made once by make.ts, which writes without the parts under test.
 */
export type Vectors = {
  readonly leaf: {
    readonly cases: readonly {
      readonly record: Record<string, unknown>;
      readonly leaf: string;
      readonly leafHash: string;
    }[];
  };
  readonly commitment: {
    readonly cases: readonly {
      readonly type: IdType;
      readonly number: string;
      readonly salt: string;
      readonly commit: string;
    }[];
  };
  /** consistency proofs (RFC 9162 §2.1.4) over the leaves "0", "1", …: all pairs of sizes, and what may not be accepted */
  readonly consistency: {
    readonly cases: readonly {
      readonly size1: number;
      readonly size2: number;
      readonly root1: string;
      readonly root2: string;
      readonly proof: readonly string[];
      readonly verdict: 'valid' | 'invalid';
    }[];
  };
  readonly tree: {
    /** RFC 6962 reference leaves, hex */
    readonly leaves: readonly string[];
    /** the root over the first n leaves stands at n − 1 */
    readonly roots: readonly string[];
    readonly proofs: readonly {
      readonly leafIndex: number;
      readonly treeSize: number;
      readonly path: readonly string[];
    }[];
    /** roots over the leaves "0", "1", … of a size (decimal ASCII) */
    readonly counted: readonly { readonly treeSize: number; readonly root: string }[];
  };
  readonly statement: {
    readonly cases: readonly {
      readonly statement: Record<string, unknown>;
      readonly bytes: string;
      readonly sha256: string;
    }[];
  };
  /** the exact bytes of a list in `each` mode, and the item statements that follow from it, one a leaf in order */
  readonly item: {
    readonly list: string;
    readonly cases: Vectors['statement']['cases'];
  };
  /** the claims of the certificate of a record, canonical CBOR, and what an ES256 signature covers */
  readonly certificate: {
    readonly issuer: string;
    readonly kid: string;
    readonly protectedHeaders: { readonly ES256: string; readonly PS256: string };
    readonly cases: readonly {
      readonly record: RecordLeaf;
      readonly identifier: string;
      readonly issuedAt: number;
      readonly expiresAt: number;
      readonly claims: string;
      readonly sigStructureSha256: string;
      readonly revocationHash: string;
    }[];
  };
};

export function readVectors<K extends keyof Vectors>(name: K): Vectors[K] {
  return JSON.parse(readFileSync(`test/vectors/${name}.json`, 'utf8')) as Vectors[K];
}
