import { describe, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { leafText } from '#core/record/leaf';
import { evidenceBytes, MAX_EVIDENCE_BYTES, parseEvidence, type Evidence } from '#core/sign/evidence';
import { refused } from '../../support/refused.ts';
import { readVectors } from '../../vectors/read.ts';
import { sample } from '../record/records.ts';
import { bytesOf, changed } from './samples.ts';

const statement = readVectors('statement').cases[0]?.bytes ?? '';
const hash = Buffer.alloc(32, 7).toString('base64url');
const evidence: Evidence = {
  type: 'kyso/evidence/v1',
  record: leafText(sample),
  attestations: [
    { statement, proof: { leafIndex: 0, treeSize: 8, path: [hash, hash, hash] }, signature: 'MAAA' },
  ],
  material: { certificates: ['MAAA'], crls: ['MAAA'], ocsp: [] },
};

describe('evidence', () => {
  it('is canonical bytes that are read back', () => {
    expect(parseEvidence(evidenceBytes(evidence))).toEqual(evidence);
  });

  it('may carry the opening, two attestations, no proof in `each`, and a log entry', () => {
    const [attestation] = evidence.attestations;
    const full = {
      ...evidence,
      opening: { number: '079080000001', salt: hash },
      attestations: [
        attestation,
        {
          statement,
          signature: 'MAAA',
          log: { index: 7, path: [hash], checkpoint: 'origin 7012', item: { index: 0, size: 1, path: [] } },
        },
      ],
    };
    expect(parseEvidence(bytesOf(full))).toEqual(full);
  });

  it.each([
    ['attestations', [], '/attestations'],
    ['attestations', [1, 2, 3].map(() => evidence.attestations[0]), '/attestations'],
    ['attestations.0.signature', 'MAA', '/attestations/0/signature'],
    ['attestations.0.signature', 'MAB=', '/attestations/0/signature'],
    ['attestations.0.extra', 'x', '/attestations/0'],
    ['attestations.0.proof.leafIndex', -1, '/attestations/0/proof/leafIndex'],
    ['attestations.0.proof.treeSize', 0, '/attestations/0/proof/treeSize'],
    ['attestations.0.proof.path', [hash + 'A'], '/attestations/0/proof/path/0'],
    ['attestations.0.proof.path', Array.from({ length: 65 }, () => hash), '/attestations/0/proof/path'],
    ['material.certificates', Array.from({ length: 33 }, () => 'MAAA'), '/material/certificates'],
    ['material.notes', 'x', '/material'],
    ['opening', { number: '0790 80', salt: hash }, '/opening/number'],
    ['note', 'unauthenticated', ''],
    ['type', 'kyso/evidence/v2', '/type'],
    ['record', {}, '/record'],
  ])('refuses another %s (%#)', (path, value, at) => {
    const refusal = refused(() => parseEvidence(bytesOf(changed(evidence, path, value))));
    expect(refusal.code).toBe('EVIDENCE_MALFORMED');
    expect(new Set(refusal.faults.map((fault) => fault.at))).toEqual(new Set([at]));
  });

  it('refuses another spelling of the same evidence', () => {
    expect(refused(() => parseEvidence(utf8(JSON.stringify(evidence)))).code).toBe('NOT_CANONICAL');
  });

  it('is bounded', () => {
    expect(refused(() => parseEvidence(new Uint8Array(MAX_EVIDENCE_BYTES + 1))).code).toBe('INPUT_TOO_LARGE');
  });
});
