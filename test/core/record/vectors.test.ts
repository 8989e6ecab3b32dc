import { expect, it } from 'vitest';
import { hex, utf8 } from '#core/bytes';
import { leafText } from '#core/record/leaf';
import { parseRecordText } from '#core/record/parse-record';
import { leafHash } from '#core/tree/hash';
import { sha256 } from '../../support/hashes.ts';
import { readVectors } from '../../vectors/read.ts';

it.each(readVectors('leaf').cases)(
  'a leaf vector is read, written and hashed as it stands: $leafHash',
  (vector) => {
    const record = parseRecordText(vector.leaf);
    expect(record).toEqual(vector.record);
    expect(leafText(record)).toBe(vector.leaf);
    expect(hex(leafHash(sha256, utf8(vector.leaf)))).toBe(vector.leafHash);
  },
);
