import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import * as f from '#core/sign/fields';
import type { Home } from '../config.ts';

const seenShape = z.strictObject({
  trust: f.index,
  documentSigners: f.index.default(0),
  status: z.record(f.district, f.index),
});

/** The highest sequences that this worker saw, over restarts, too: whoever offers a lower one takes something back. */
export class SeenSequences {
  readonly #file: string;
  #trust: number;
  #documentSigners: number;
  readonly #status: Map<string, number>;

  /** @throws Refusal AGENT_STATE_DAMAGED */
  constructor({ folder }: Home) {
    this.#file = join(folder, 'issuing-seen.json');
    const { trust, documentSigners, status } = read(this.#file);
    this.#trust = trust;
    this.#documentSigners = documentSigners;
    this.#status = new Map(Object.entries(status));
  }

  get trust(): number {
    return this.#trust;
  }

  get documentSigners(): number {
    return this.#documentSigners;
  }

  status(district: string): number {
    return this.#status.get(district) ?? 0;
  }

  sawTrust(sequence: number): void {
    if (sequence <= this.#trust) return;
    this.#trust = sequence;
    this.#write();
  }

  sawDocumentSigners(sequence: number): void {
    if (sequence <= this.#documentSigners) return;
    this.#documentSigners = sequence;
    this.#write();
  }

  sawStatus(district: string, sequence: number): void {
    if (sequence <= this.status(district)) return;
    this.#status.set(district, sequence);
    this.#write();
  }

  #write(): void {
    const status = Object.fromEntries(this.#status);
    const seen = { trust: this.#trust, documentSigners: this.#documentSigners, status };
    writeFileSync(`${this.#file}.new`, JSON.stringify(seen) + '\n', { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function read(file: string): z.infer<typeof seenShape> {
  if (!existsSync(file)) return { trust: 0, documentSigners: 0, status: {} };
  try {
    return readShape(seenShape, JSON.parse(readFileSync(file, 'utf8')) as unknown, 'AGENT_STATE_DAMAGED');
  } catch (cause) {
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'issuing-seen.json', cause });
  }
}
