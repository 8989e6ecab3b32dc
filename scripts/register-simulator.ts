import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readShape } from '#core/shape';
import { checkRequest, type CheckAnswer, type PersonToCheck } from '#core/wire/register';
import type { RegisteredPerson } from './demo/sample-people.ts';

/** Faults on demand: how late answers come, how many requests fail next, whether anything is answered at all. */
export type RegisterFaults = { delayMs: number; failNext: number; down: boolean };

export type RegisterSimulator = {
  readonly url: string;
  readonly faults: RegisterFaults;
  /** people by number; later entries replace earlier ones */
  readonly know: (person: RegisteredPerson) => void;
  readonly asked: () => number;
  readonly stop: () => Promise<void>;
};

const MAX_BODY_BYTES = 1024 * 1024;

/** The population register's stand-in for demo and tests: same contract (docs/register.md), made-up people. Never for production. */
export async function startRegisterSimulator(): Promise<RegisterSimulator> {
  const people = new Map<string, RegisteredPerson>();
  const faults: RegisterFaults = { delayMs: 0, failNext: 0, down: false };
  let asked = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (faults.down) return void request.socket.destroy();
    const body = await readBody(request);
    if (faults.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, faults.delayMs));
    if (faults.failNext > 0) {
      faults.failNext--;
      return void response.writeHead(503).end();
    }
    if (request.method !== 'POST' || request.url !== '/v1/checks') return void response.writeHead(404).end();
    const questions = readShape(checkRequest, JSON.parse(body), 'REQUEST_MALFORMED').people;
    asked += questions.length;
    const reply: CheckAnswer = {
      answers: questions.map((question) => check(question, people.get(question.idNumber))),
    };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    faults,
    know: (person) => people.set(person.idNumber, person),
    asked: () => asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function check(question: PersonToCheck, known: RegisteredPerson | undefined): CheckAnswer['answers'][number] {
  if (!known) return { ref: question.ref, result: 'unverifiable', wrong: [] };
  const wrong = (['name', 'sex', 'birthDate'] as const).filter((field) => question[field] !== known[field]);
  // a reference that says nothing about the person
  const reference = `SIM-${question.ref}`;
  return { ref: question.ref, result: wrong.length === 0 ? 'right' : 'wrong', wrong, reference };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('body too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
