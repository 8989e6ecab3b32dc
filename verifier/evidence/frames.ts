import { utf8Text } from '#core/bytes';
import { patterns } from '#core/record/fields';
import { MAX_LEAF_BYTES } from '#core/record/parse-record';
import { MAX_EVIDENCE_BYTES, parseEvidence, type Evidence } from '#core/sign/evidence';
import { textFault } from '#core/text';

/**
 * Evidence of one batch differs in proof and record only; what stands between them, its frame, is the same text. A frame that was read
 * in full once need not be read again: canonical JSON is composed of the canonical spellings of its members, so a known frame with a
 * proof before it and a record behind it, each of its exact spelling, is what parseEvidence would accept.
 */
export type Frame = { readonly evidence: Evidence };
export type ReadEvidence = { readonly evidence: Evidence; readonly frame: Frame | null };

const DIGEST = patterns.digest.source.slice(1, -1);
const HEAD = new RegExp(
  `^\\{"attestations":\\[\\{"proof":\\{"leafIndex":(0|[1-9]\\d{0,14}),"path":\\[((?:"${DIGEST}",){0,63}"${DIGEST}"|)\\],"treeSize":([1-9]\\d{0,14})\\},`,
);
const RECORD = ',"record":';
const TAIL = ',"type":"kyso/evidence/v1"}';
const MAX_FRAMES = 64;
const MAX_FRAME_LENGTH = 256 * 1024;

export class Frames {
  readonly #frames = new Map<string, Frame>();

  /** As parseEvidence. @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, EVIDENCE_MALFORMED */
  read(bytes: Uint8Array): ReadEvidence {
    const text = bytes.length > MAX_EVIDENCE_BYTES ? null : utf8Text(bytes);
    const parts = text === null ? null : cut(text);
    const known = parts && this.#frames.get(parts.frame);
    if (parts && known) return { evidence: put(parts, known), frame: known };
    const evidence = parseEvidence(bytes);
    return {
      evidence,
      frame: parts && evidence.attestations.length === 1 ? this.#remember(parts.frame, evidence) : null,
    };
  }

  #remember(text: string, evidence: Evidence): Frame | null {
    if (evidence.opening || text.length > MAX_FRAME_LENGTH) return null;
    const frame = { evidence };
    this.#frames.set(text, frame);
    if (this.#frames.size > MAX_FRAMES) this.#frames.delete(this.#frames.keys().next().value ?? '');
    return frame;
  }
}

type Parts = {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly path: string[];
  readonly frame: string;
  readonly record: string;
};

/** @returns null unless proof and record are canonically spelt and acceptable; what lies between is anything */
function cut(text: string): Parts | null {
  const head = HEAD.exec(text);
  const recordAt = text.lastIndexOf(RECORD);
  if (!head || recordAt < head[0].length || !text.endsWith(TAIL)) return null;
  const record = stringOf(text.slice(recordAt + RECORD.length, -TAIL.length));
  if (record === null || record.length < 2 || record.length > MAX_LEAF_BYTES || textFault(record) !== null)
    return null;
  const [, leafIndex, path, treeSize] = head;
  return {
    leafIndex: Number(leafIndex),
    treeSize: Number(treeSize),
    path: path ? path.slice(1, -1).split('","') : [],
    frame: text.slice(head[0].length, recordAt),
    record,
  };
}

/** The string that a canonical literal spells, or null. */
function stringOf(literal: string): string | null {
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === 'string' && JSON.stringify(value) === literal ? value : null;
  } catch {
    return null;
  }
}

function put({ leafIndex, treeSize, path, record }: Parts, { evidence }: Frame): Evidence {
  const [attestation] = evidence.attestations;
  return attestation
    ? { ...evidence, record, attestations: [{ ...attestation, proof: { leafIndex, treeSize, path } }] }
    : evidence;
}
