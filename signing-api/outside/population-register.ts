import { createHash } from 'node:crypto';
import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { checkAnswer, type CheckAnswer, type PersonToCheck } from '#core/wire/register';
import type { Config } from '../config.ts';

export type RegisterReply = {
  readonly answers: CheckAnswer['answers'];
  /** SHA-256 of the raw reply, kept beside every answer */
  readonly replySha256: Buffer;
};

export type PopulationRegister = {
  /**
   * @param people at most 500, each `ref` unique
   * @throws Refusal REGISTER_UNREACHABLE after three tries
   */
  readonly check: (people: readonly PersonToCheck[]) => Promise<RegisterReply>;
  readonly close: () => void;
};

const TIMEOUT_MS = 20_000;
const MAX_REPLY_BYTES = 1024 * 1024;
const TRIES = 3;

/** The national population database over HTTP, mutual TLS where configured (production refuses anything else). */
export function populationRegister({ register }: Config): PopulationRegister {
  const url = new URL('v1/checks', register.url.endsWith('/') ? register.url : register.url + '/');
  const isTls = url.protocol === 'https:';
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, ...register.tls })
    : new HttpAgent({ keepAlive: true });
  const check = async (people: readonly PersonToCheck[]): Promise<RegisterReply> => {
    const body = JSON.stringify({ people });
    for (let attempt = 1; ; attempt++) {
      try {
        return read(people, await post(url, isTls, agent, body));
      } catch (cause) {
        if (attempt === TRIES) throw new Refusal('REGISTER_UNREACHABLE', { detail: `${TRIES} tries`, cause });
        await new Promise((resolve) => setTimeout(resolve, 200 * 4 ** (attempt - 1)));
      }
    }
  };
  return { check, close: () => agent.destroy() };
}

function read(people: readonly PersonToCheck[], raw: Buffer): RegisterReply {
  const { answers } = readShape(checkAnswer, JSON.parse(raw.toString('utf8')), 'REGISTER_UNREACHABLE');
  const asked = new Set(people.map(({ ref }) => ref));
  if (answers.length !== asked.size || !answers.every(({ ref }) => asked.delete(ref)))
    throw new Refusal('REGISTER_UNREACHABLE', { detail: 'the answers are not those of the questions' });
  return { answers, replySha256: createHash('sha256').update(raw).digest() };
}

function post(url: URL, isTls: boolean, agent: HttpAgent, body: string): Promise<Buffer> {
  const options: RequestOptions = {
    method: 'POST',
    agent,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  return new Promise((resolve, reject) => {
    const request = (isTls ? httpsRequest : httpRequest)(url, options, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > MAX_REPLY_BYTES) response.destroy(new Error('reply too large'));
        parts.push(part);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(parts));
        else reject(new Error(`status ${response.statusCode ?? 0}`));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
